//! Who is connected.
//!
//! Instances of a component share no memory, so that what they have open is counted
//! here. Whoever holds a connection says every now and then that it is still there
//! ([`held`], [`seen`]); what was not heard of for too long is no longer counted.

use duebell_store::{Db, Error, Tx, Value};
use std::collections::BTreeSet;

/// How long a stream counts after it was last heard of, in milliseconds.
pub const STREAM_COUNTS_FOR: i64 = 15_000;

/// How long a WebSocket does, in milliseconds: proxies ask for it every 20 seconds.
pub const WEBSOCKET_COUNTS_FOR: i64 = 70_000;

/// The latest time at which anything is stale that is heard of now, in milliseconds from
/// now. What would be later is of before the clock was set back; instances' clocks differ
/// a little.
const LATEST: i64 = WEBSOCKET_COUNTS_FOR + 1_000;

/// How many rows one statement writes.
const ROWS: usize = 100;

/// A connection that is to be opened, or open. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its id. Nobody but its holder knows it.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// The instance that holds it, if it is a stream; a WebSocket is held by a proxy.
    pub instance: Option<String>,
    /// When its token expires.
    pub expires_at: i64,
}

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// Of one user.
    pub of_a_user: i64,
    /// In all.
    pub in_all: i64,
    /// Instances that hold streams: each is kept for as long as its last one.
    pub instances: i64,
}

/// What became of a connection that is to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may be opened, and is counted.
    Admitted,
    /// Its user has too many.
    UserHasTooMany,
    /// There are too many in all.
    TooMany,
}

/// Whether there is room for a connection: to be asked before [`admit`], so that
/// whoever is refused costs no write.
///
/// # Errors
/// The database's.
pub async fn has_room(
    db: &Db<'_>,
    now: i64,
    connection: &Connection,
    most: Most,
) -> Result<Admission, Error> {
    let row = db
        .first(
            "SELECT count(*) FILTER (WHERE user_id = ?1), count(*) FROM connections
             WHERE stale_at > ?2 AND stale_at <= ?3",
            [
                (&connection.user_id).into(),
                now.into(),
                (now + LATEST).into(),
            ],
        )
        .await?
        .ok_or_else(|| Error::Unexpected("a count has no row".to_owned()))?;
    if row.integer(0)? >= most.of_a_user {
        return Ok(Admission::UserHasTooMany);
    }
    if row.integer(1)? >= most.in_all {
        return Ok(Admission::TooMany);
    }
    let Some(instance) = &connection.instance else {
        return Ok(Admission::Admitted);
    };
    let known = db
        .first(
            "SELECT 1 FROM connections WHERE instance = ?1 LIMIT 1",
            [instance.into()],
        )
        .await?;
    if known.is_some() {
        return Ok(Admission::Admitted);
    }
    let row = db
        .first(
            "SELECT count(DISTINCT instance) FROM connections
             WHERE stale_at > ?1 AND stale_at <= ?2",
            [now.into(), (now + LATEST).into()],
        )
        .await?;
    let instances = row.map_or(Ok(0), |row| row.integer(0))?;
    Ok(if instances < most.instances {
        Admission::Admitted
    } else {
        Admission::TooMany
    })
}

/// Counts a connection, if there is room for it; and forgets those that are stale. (A
/// WebSocket of before the clock was set back may be open: it is told of what happens.)
///
/// # Errors
/// The database's.
pub async fn admit(
    tx: &Tx<'_>,
    now: i64,
    connection: &Connection,
    most: Most,
) -> Result<Admission, Error> {
    tx.execute("DELETE FROM connections WHERE stale_at <= ?1", [now.into()])
        .await?;
    let admission = has_room(tx, now, connection, most).await?;
    if admission == Admission::Admitted {
        let counts_for = match connection.instance {
            Some(_) => STREAM_COUNTS_FOR,
            None => WEBSOCKET_COUNTS_FOR,
        };
        tx.execute(
            "INSERT INTO connections (id, user_id, instance, stale_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            [
                (&connection.id).into(),
                (&connection.user_id).into(),
                connection.instance.as_ref().into(),
                (now + counts_for).into(),
                connection.expires_at.into(),
            ],
        )
        .await?;
    }
    Ok(admission)
}

/// Counts a WebSocket for a while longer.
///
/// # Errors
/// The database's.
pub async fn seen(tx: &Tx<'_>, now: i64, id: &str) -> Result<(), Error> {
    tx.execute(
        "UPDATE connections SET stale_at = ?2 WHERE id = ?1",
        [id.into(), (now + WEBSOCKET_COUNTS_FOR).into()],
    )
    .await
}

/// Counts the streams that an instance holds for a while longer, even those that
/// others have taken for lost; and no others: `on_their_way` are the ids of those
/// that are being opened or closed.
///
/// # Errors
/// The database's.
pub async fn held(
    tx: &Tx<'_>,
    now: i64,
    instance: &str,
    streams: &[Connection],
    on_their_way: &[String],
) -> Result<(), Error> {
    for part in streams.chunks(ROWS) {
        let statement = format!(
            "INSERT INTO connections (id, user_id, instance, stale_at, expires_at) VALUES {}
             ON CONFLICT (id) DO UPDATE SET stale_at = excluded.stale_at",
            duebell_store::values(part.len(), 5)
        );
        let values = part.iter().flat_map(|stream| {
            [
                Value::from(&stream.id),
                (&stream.user_id).into(),
                instance.into(),
                (now + STREAM_COUNTS_FOR).into(),
                stream.expires_at.into(),
            ]
        });
        tx.execute(&statement, values.collect::<Vec<_>>()).await?;
    }
    let known = streams.iter().map(|stream| &stream.id).chain(on_their_way);
    // A list has to have something in it on Postgres; no id is empty.
    let mut values: Vec<Value> = vec![instance.into(), "".into()];
    values.extend(known.map(Value::from));
    let statement = format!(
        "DELETE FROM connections WHERE instance = ?1 AND id NOT IN ({})",
        duebell_store::parameters(values.len() - 1)
    );
    tx.execute(&statement, values).await
}

/// A WebSocket that is counted.
///
/// # Errors
/// The database's.
pub async fn websocket(db: &Db<'_>, id: &str) -> Result<Option<Connection>, Error> {
    let row = db
        .first(
            "SELECT user_id, expires_at FROM connections WHERE id = ?1 AND instance IS NULL",
            [id.into()],
        )
        .await?;
    row.map(|row| {
        Ok(Connection {
            id: id.to_owned(),
            user_id: row.text(0)?.to_owned(),
            instance: None,
            expires_at: row.integer(1)?,
        })
    })
    .transpose()
}

/// What is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Event streams.
    pub streams: i64,
    /// WebSockets.
    pub websockets: i64,
    /// Instances that hold streams.
    pub instances: i64,
    /// Users who have any.
    pub users: i64,
}

/// What is open, over all instances.
///
/// # Errors
/// The database's.
pub async fn open(db: &Db<'_>, now: i64) -> Result<Open, Error> {
    let row = db
        .first(
            "SELECT count(instance), count(*) - count(instance), count(DISTINCT instance),
                 count(DISTINCT user_id)
             FROM connections WHERE stale_at > ?1",
            [now.into()],
        )
        .await?;
    row.map_or(Ok(Open::default()), |row| {
        Ok(Open {
            streams: row.integer(0)?,
            websockets: row.integer(1)?,
            instances: row.integer(2)?,
            users: row.integer(3)?,
        })
    })
}

/// Counts a connection no longer.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &Tx<'_>, id: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM connections WHERE id = ?1", [id.into()])
        .await
}

/// Whether anybody has a WebSocket open.
///
/// # Errors
/// The database's.
pub async fn has_websockets(db: &Db<'_>, now: i64) -> Result<bool, Error> {
    let row = db
        .first(
            "SELECT 1 FROM connections WHERE instance IS NULL AND stale_at > ?1 LIMIT 1",
            [now.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Those of these users who have a WebSocket open.
///
/// # Errors
/// The database's.
pub async fn with_websockets(
    db: &Db<'_>,
    now: i64,
    users: &BTreeSet<&str>,
) -> Result<BTreeSet<String>, Error> {
    let statement = format!(
        "SELECT DISTINCT user_id FROM connections
         WHERE instance IS NULL AND stale_at > ?1 AND user_id IN ({})",
        duebell_store::parameters(users.len())
    );
    let mut values: Vec<Value> = vec![now.into()];
    values.extend(users.iter().map(|user_id| Value::from(*user_id)));
    let rows = db.query(&statement, values).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}
