use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::wit::spin::sqlite::sqlite::{Error, Value};

struct Fixture {
    database: Arc<Database>,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/test.db");
    let database = Database::open(&path).unwrap();
    Fixture {
        database,
        path,
        _folder: folder,
    }
}

impl Fixture {
    fn open(&self) -> Connection {
        Connection::new(self.database.clone())
    }
}

/// The first value of the first row, or the error.
async fn run(connection: &Connection, statement: &str) -> Result<Option<Value>, Error> {
    let outcome = connection.execute(statement, &[]).await;
    outcome.result?;
    Ok(outcome
        .rows
        .into_iter()
        .next()
        .and_then(|row| row.values.into_iter().next()))
}

async fn integer(connection: &Connection, statement: &str) -> i64 {
    match run(connection, statement).await.unwrap() {
        Some(Value::Integer(integer)) => integer,
        other => panic!("no integer: {other:?}"),
    }
}

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_went() {
    let fixture = fixture();
    let values = [
        Value::Integer(i64::MIN),
        Value::Real(1.5),
        Value::Text("t\u{e9}\0x".to_owned()),
        Value::Blob(vec![0, 255]),
        Value::Null,
    ];
    let outcome = fixture
        .open()
        .execute("SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e", &values)
        .await;
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.columns, ["a", "b", "c", "d", "e"]);
    assert_eq!(
        format!("{:?}", outcome.rows[0].values),
        format!("{values:?}")
    );
}

#[tokio::test]
async fn an_error_comes_with_the_result() {
    let fixture = fixture();
    let outcome = fixture.open().execute("SELEC 1", &[]).await;
    assert!(outcome.columns.is_empty());
    let Err(Error::Io(message)) = outcome.result else {
        panic!("an error");
    };
    assert!(message.contains("syntax error"), "{message}");
}

#[tokio::test]
async fn the_settings_are_those_of_a_durable_database() {
    let fixture = fixture();
    let connection = fixture.open();
    let mode = run(&connection, "PRAGMA journal_mode").await.unwrap();
    assert!(matches!(mode, Some(Value::Text(mode)) if mode == "wal"));
    assert_eq!(integer(&connection, "PRAGMA synchronous").await, 2);
    assert_eq!(integer(&connection, "PRAGMA foreign_keys").await, 1);
    run(&connection, "CREATE VIRTUAL TABLE words USING fts5(word)")
        .await
        .unwrap();
}

#[tokio::test]
async fn files_other_than_the_database_are_out_of_reach() {
    let fixture = fixture();
    let connection = fixture.open();
    for statement in [
        "ATTACH 'other.db' AS other",
        "VACUUM INTO 'other.db'",
        "PRAGMA temp_store_directory = '/tmp'",
    ] {
        let error = run(&connection, statement).await.unwrap_err();
        assert!(
            matches!(&error, Error::Io(text) if text.contains("authoriz")),
            "{statement}: {error:?}"
        );
    }
    run(&connection, "ATTACH ':memory:' AS scratch")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_and_others_may_write() {
    let fixture = fixture();
    let first = fixture.open();
    run(&first, "CREATE TABLE t (x)").await.unwrap();
    run(&first, "BEGIN IMMEDIATE").await.unwrap();
    run(&first, "INSERT INTO t VALUES (1)").await.unwrap();
    drop(first);
    let second = fixture.open();
    run(&second, "INSERT INTO t VALUES (2)").await.unwrap();
    assert_eq!(integer(&second, "SELECT count(*) FROM t").await, 1);
}

#[tokio::test]
async fn what_a_guest_left_on_its_connection_is_gone() {
    let fixture = fixture();
    let first = fixture.open();
    run(&first, "CREATE TABLE t (x)").await.unwrap();
    run(&first, "INSERT INTO t VALUES (1), (2)").await.unwrap();
    assert_eq!((first.last_insert_rowid(), first.changes()), (2, 2));
    run(&first, "CREATE TEMP TABLE mine (x)").await.unwrap();
    run(&first, "PRAGMA foreign_keys = OFF").await.unwrap();
    drop(first);
    let second = fixture.open();
    assert!(run(&second, "SELECT * FROM mine").await.is_err());
    assert_eq!(integer(&second, "PRAGMA foreign_keys").await, 1);
    assert_eq!((second.last_insert_rowid(), second.changes()), (0, 0));
}

#[tokio::test]
async fn writers_queue_in_the_order_in_which_they_came() {
    let fixture = fixture();
    let setup = fixture.open();
    run(&setup, "CREATE TABLE t (id INTEGER PRIMARY KEY, x)")
        .await
        .unwrap();
    run(&setup, "BEGIN IMMEDIATE").await.unwrap();
    let mut writers = Vec::new();
    for number in 0..20 {
        let connection = fixture.open();
        let mut writer = Box::pin(async move {
            run(&connection, "BEGIN IMMEDIATE").await?;
            run(&connection, &format!("INSERT INTO t (x) VALUES ({number})")).await?;
            run(&connection, "COMMIT").await
        });
        // Each is in the queue before the next one comes.
        assert!(futures::poll!(&mut writer).is_pending());
        writers.push(tokio::spawn(writer));
    }
    run(&setup, "COMMIT").await.unwrap();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    let outcome = setup.execute("SELECT x FROM t ORDER BY id", &[]).await;
    let order: Vec<_> = outcome
        .rows
        .iter()
        .map(|row| format!("{:?}", row.values[0]))
        .collect();
    let expected: Vec<_> = (0..20)
        .map(|number| format!("{:?}", Value::Integer(number)))
        .collect();
    assert_eq!(order, expected);
}

#[tokio::test]
async fn a_deferred_transaction_takes_the_gate_with_its_first_write() {
    let fixture = fixture();
    let (reader, writer) = (fixture.open(), fixture.open());
    run(&writer, "CREATE TABLE t (x)").await.unwrap();
    run(&reader, "BEGIN").await.unwrap();
    assert_eq!(integer(&reader, "SELECT count(*) FROM t").await, 0);
    run(&writer, "BEGIN").await.unwrap();
    run(&writer, "INSERT INTO t VALUES (1)").await.unwrap();
    let other = fixture.open();
    let mut waiting = Box::pin(run(&other, "INSERT INTO t VALUES (2)"));
    assert!(futures::poll!(&mut waiting).is_pending());
    run(&writer, "COMMIT").await.unwrap();
    waiting.await.unwrap();
    assert_eq!(
        integer(&reader, "SELECT count(*) FROM t").await,
        0,
        "the reader's snapshot"
    );
    // Its snapshot is stale: no waiting can help, as in a real Spin.
    let error = run(&reader, "INSERT INTO t VALUES (3)").await.unwrap_err();
    assert!(matches!(error, Error::Io(text) if text.contains("locked")));
}

#[tokio::test]
async fn many_undrained_rows_hold_the_connection() {
    let fixture = fixture();
    let connection = fixture.open();
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n";
    let undrained = connection.execute(many, &[]).await;
    let mut next = Box::pin(run(&connection, "SELECT 1"));
    assert!(futures::poll!(&mut next).is_pending());
    drop(undrained);
    next.await.unwrap();
}

#[tokio::test]
async fn another_process_with_the_file_is_waited_for_and_then_named() {
    let patience = Duration::from_millis(200);
    let mut fixture = fixture();
    fixture.database = Database::open_with(&fixture.path, patience).unwrap();
    let other = rusqlite::Connection::open(&fixture.path).unwrap();
    other
        .execute_batch("CREATE TABLE t (x); BEGIN IMMEDIATE")
        .unwrap();
    let connection = fixture.open();
    let begun = tokio::time::Instant::now();
    let error = run(&connection, "INSERT INTO t VALUES (1)")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Io(text) if text == "database is locked"));
    assert!(begun.elapsed() >= patience);
    other.execute_batch("COMMIT").unwrap();
    run(&connection, "INSERT INTO t VALUES (1)").await.unwrap();
}

#[tokio::test]
async fn closing_moves_everything_into_the_file() {
    let fixture = fixture();
    let connection = fixture.open();
    run(&connection, "CREATE TABLE t (x)").await.unwrap();
    drop(connection);
    fixture.database.close();
    let log = fixture.path.with_extension("db-wal");
    assert_eq!(std::fs::metadata(log).map_or(0, |file| file.len()), 0);
}
