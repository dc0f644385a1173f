//! Reads, writes, migrations.

use super::{Case, Failed, MIGRATIONS, Open, same};
use crate::{Error, Store, Value};
use futures::future::{join_all, poll_fn};
use std::task::Poll;

async fn put(store: &Store, name: &str, value: Value) -> Result<(), Error> {
    store
        .write(async |tx| {
            tx.execute("INSERT INTO things VALUES (?1, ?2)", [name.into(), value])
                .await
        })
        .await
}

async fn get(store: &Store, name: &str) -> Result<Option<Value>, Error> {
    let row = store
        .read(async |db| {
            db.first("SELECT value FROM things WHERE name = ?1", [name.into()])
                .await
        })
        .await?;
    Ok(row.and_then(|row| row.values().first().cloned()))
}

async fn count(store: &Store) -> Result<i64, Error> {
    let row = store
        .read(async |db| db.first("SELECT count(*) FROM things", []).await)
        .await?;
    row.map_or(Ok(-1), |row| row.integer(0))
}

pub(super) async fn values_of_every_type_come_back_as_they_were(open: Open<'_>) -> Case {
    let store = open();
    let values = [
        ("whole", Value::Null),
        ("whole", Value::Integer(i64::MIN)),
        ("whole", Value::Integer(i64::MAX)),
        ("broken", Value::Null),
        ("broken", Value::Real(0.1)),
        ("words", Value::Null),
        ("words", Value::Text(String::new())),
        (
            "words",
            Value::Text("ünï \u{1f514} 'quoted' \"text\"\n".to_owned()),
        ),
        ("bytes", Value::Null),
        ("bytes", Value::Blob(Vec::new())),
        ("bytes", Value::Blob(vec![0, 255, 10, 0])),
    ];
    for (at, (column, value)) in (1_i64..).zip(values) {
        let kept = store
            .write(async |tx| {
                let insert = format!("INSERT INTO typed (number, {column}) VALUES (?1, ?2)");
                tx.execute(&insert, [at.into(), value.clone()]).await?;
                let select = format!("SELECT {column} FROM typed WHERE number = ?1");
                let row = tx.first(&select, [at.into()]).await?;
                Ok::<_, Error>(row.and_then(|row| row.values().first().cloned()))
            })
            .await?;
        same(&format!("{column}, {at}"), kept, Some(value))?;
    }
    // What is compared, and what stands in lists, has its type of its own.
    let row = store
        .read(async |db| {
            let select = format!(
                "SELECT ?1 + ?2, ?3 < ?4, max(?1, ?2), EXISTS (SELECT 1 FROM typed WHERE (number, words) IN (VALUES {}))",
                "(?1, ?3)"
            );
            db.first(&select, [1.into(), 2.into(), "B".into(), "a".into()])
                .await
        })
        .await?;
    let row = row.map(|row| row.values().to_vec());
    let wanted: Vec<Value> = [3, 1, 2, 0].map(Value::from).to_vec();
    same("what is compared", row, Some(wanted))
}

pub(super) async fn what_is_written_is_seen_by_every_instance(open: Open<'_>) -> Case {
    let (one, other) = (open(), open());
    put(&one, "bell", 12.into()).await?;
    same(
        "the other's view",
        get(&other, "bell").await?,
        Some(12.into()),
    )
}

pub(super) async fn a_write_that_fails_leaves_nothing(open: Open<'_>) -> Case {
    let store = open();
    let outcome: Result<(), Failed> = store
        .write(async |tx| {
            tx.execute("INSERT INTO things VALUES ('bell', 1)", [])
                .await?;
            Err(Failed("on purpose".to_owned()))
        })
        .await;
    same("it failed", outcome.is_err(), true)?;
    same("what is left", get(&store, "bell").await?, None)?;
    put(&store, "bell", 2.into()).await?;
    same("the next write", get(&store, "bell").await?, Some(2.into()))
}

pub(super) async fn a_reader_does_not_see_what_is_not_committed(open: Open<'_>) -> Case {
    let (store, other) = (open(), open());
    put(&store, "bell", 1.into()).await?;
    let seen = store
        .write(async |tx| {
            tx.execute("UPDATE things SET value = 2", []).await?;
            Ok::<_, Error>((get(&store, "bell").await?, get(&other, "bell").await?))
        })
        .await?;
    same("during the write", seen, (Some(1.into()), Some(1.into())))?;
    same("after it", get(&other, "bell").await?, Some(2.into()))
}

pub(super) async fn a_snapshot_is_one_commit_and_holds_nobody_up(open: Open<'_>) -> Case {
    let (one, other) = (open(), open());
    put(&one, "before", 1.into()).await?;
    let count_in = async |db: &crate::Db<'_>| {
        let row = db.first("SELECT count(*) FROM things", []).await?;
        row.map_or(Ok(-1), |row| row.integer(0))
    };
    let seen = one
        .snapshot(async |db| {
            let first = count_in(db).await?;
            put(&one, "meanwhile", 2.into()).await?;
            put(&other, "meanwhile, elsewhere", 3.into()).await?;
            Ok::<_, Error>((first, count_in(db).await?))
        })
        .await?;
    same("what the snapshot saw", seen, (1, 1))?;
    same("what there is", count(&one).await?, 3)?;
    let failed = one
        .snapshot(async |db| db.query("SELECT nothing FROM nowhere", []).await)
        .await;
    same("one that fails", failed.is_err(), true)?;
    same("after one that failed", count(&one).await?, 3)
}

pub(super) async fn a_broken_constraint_is_told_apart(open: Open<'_>) -> Case {
    let store = open();
    put(&store, "bell", 1.into()).await?;
    match put(&store, "bell", 2.into()).await {
        Err(Error::Constraint(_)) => Ok(()),
        other => Err(Failed(format!("a second row with one key: {other:?}"))),
    }
}

pub(super) async fn a_statement_that_is_none_is_an_error(open: Open<'_>) -> Case {
    let store = open();
    let outcome: Result<(), Error> = store
        .write(async |tx| tx.execute("RING THE BELL", []).await)
        .await;
    same(
        "it failed",
        matches!(outcome, Err(Error::Database(_))),
        true,
    )?;
    put(&store, "bell", 1.into()).await?;
    Ok(())
}

/// Lets the others come to the gate before going on.
async fn let_others_wait() {
    let mut turns = 8;
    poll_fn(|context| {
        if turns == 0 {
            return Poll::Ready(());
        }
        turns -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub(super) async fn writers_that_wait_are_all_kept(open: Open<'_>) -> Case {
    let store = open();
    let writers = (0..100).map(|at| {
        let store = &store;
        async move {
            store
                .write(async |tx| {
                    let_others_wait().await;
                    tx.execute(
                        "INSERT INTO things VALUES (?1, ?2)",
                        [format!("{at}").into(), at.into()],
                    )
                    .await
                })
                .await
        }
    });
    for outcome in join_all(writers).await {
        outcome?;
    }
    same("rows", count(&open()).await?, 100)
}

pub(super) async fn one_that_fails_among_them_takes_back_its_own_alone(open: Open<'_>) -> Case {
    let store = open();
    let writers = (0..100).map(|at| {
        let store = &store;
        async move {
            store
                .write(async |tx| {
                    let_others_wait().await;
                    tx.execute(
                        "INSERT INTO things VALUES (?1, ?2)",
                        [format!("{at}").into(), at.into()],
                    )
                    .await?;
                    if at % 3 == 0 {
                        return Err(Failed("on purpose".to_owned()));
                    }
                    Ok(())
                })
                .await
        }
    });
    let failed = join_all(writers)
        .await
        .iter()
        .filter(|outcome| outcome.is_err())
        .count();
    same("failures", failed, 34)?;
    same("rows", count(&open()).await?, 66)
}

pub(super) async fn a_write_that_is_given_up_leaves_nothing_and_lets_the_next_in(
    open: Open<'_>,
) -> Case {
    let store = open();
    {
        let given_up = store.write(async |tx| {
            tx.execute("INSERT INTO things VALUES ('given up', 1)", [])
                .await?;
            std::future::pending::<()>().await;
            Ok::<(), Error>(())
        });
        let next = put(&store, "next", 2.into());
        futures::pin_mut!(given_up, next);
        // The first is dropped while the second waits for it.
        let mut polls = 0;
        poll_fn(|context| {
            let _ = given_up.as_mut().poll(context);
            let _ = next.as_mut().poll(context);
            polls += 1;
            if polls == 64 {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
    put(&store, "later", 3.into()).await?;
    same("the given up", get(&store, "given up").await?, None)?;
    same("the later", get(&store, "later").await?, Some(3.into()))
}

pub(super) async fn migrations_run_once(open: Open<'_>) -> Case {
    for _ in 0..3 {
        let rows = open()
            .read(async |db| {
                db.query("SELECT number FROM migrations ORDER BY number", [])
                    .await
            })
            .await?;
        let numbers: Result<Vec<i64>, Error> = rows.iter().map(|row| row.integer(0)).collect();
        let wanted: Vec<i64> = MIGRATIONS.iter().map(|step| step.number).collect();
        same("steps", numbers?, wanted)?;
    }
    Ok(())
}

pub(super) async fn notes_and_writes_that_wait_are_all_kept_and_seen(open: Open<'_>) -> Case {
    let (store, other) = (open(), open());
    let note = async |name: String| {
        store
            .note(async |tx| {
                tx.execute("INSERT INTO things VALUES (?1, 1)", [name.into()])
                    .await
            })
            .await
    };
    // In turn, so that each kind finds the other's transaction open.
    let outcomes = join_all((0..20).map(async |at| {
        let name = format!("{at}");
        if at % 3 == 0 {
            note(name).await
        } else {
            put(&store, &name, 1.into()).await
        }
    }))
    .await;
    for outcome in outcomes {
        outcome?;
    }
    same("kept", count(&store).await?, 20)?;
    same("seen by another", count(&other).await?, 20)?;
    let failed: Result<(), Failed> = store
        .note(async |tx| {
            tx.execute("DELETE FROM things", []).await?;
            Err(Failed("on purpose".to_owned()))
        })
        .await;
    same("it failed", failed.is_err(), true)?;
    same("what is left", count(&other).await?, 20)
}
