//! Who was erased.

use crate::Order;
use duebell_edge::Failure;
use duebell_service::Problem;
use duebell_store::{Db, Error, Store, Tx, Value};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};

/// The tables, for a component's migration. Times are milliseconds since 1970.
pub const TABLES: &[&str] = &[
    "CREATE TABLE erased_users (
        number INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        erasure_id TEXT NOT NULL UNIQUE,
        noted_at INTEGER NOT NULL,
        done_at INTEGER
    )",
    "CREATE TABLE erasure_key (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        key BLOB NOT NULL
    )",
    "INSERT INTO erasure_key (one, key) VALUES (1, randomblob(32))",
];

/// What Postgres runs in their place: it makes random bytes only of UUIDs, 122 bits in each.
pub const ON_POSTGRES: &[(usize, &str)] = &[(
    2,
    "INSERT INTO erasure_key (one, key) VALUES (1, decode(replace(
        gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text,
        '-', ''), 'hex'))",
)];

/// Notes that this user is erased. One that is noted already keeps its first note.
///
/// # Errors
/// The database's.
pub async fn note(tx: &Tx<'_>, now: i64, order: &Order) -> Result<(), Error> {
    let row = tx.first("SELECT key FROM erasure_key", []).await?;
    let row = row.ok_or_else(|| Error::Unexpected("the erasures' key is gone".to_owned()))?;
    tx.execute(
        "INSERT INTO erased_users (hash, erasure_id, noted_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (hash) DO NOTHING",
        [
            hash(row.blob(0)?, &order.user_id)?.into(),
            (&order.erasure_id).into(),
            now.into(),
        ],
    )
    .await
}

/// Has a new erasure stand for one that is complete: a database that was restored since
/// has of the user what it had.
///
/// # Errors
/// The database's.
pub async fn note_again(tx: &Tx<'_>, now: i64, order: &Order, before: &str) -> Result<(), Error> {
    tx.execute(
        "UPDATE erased_users SET erasure_id = ?2, noted_at = ?3, done_at = NULL
         WHERE erasure_id = ?1",
        [before.into(), (&order.erasure_id).into(), now.into()],
    )
    .await
}

/// Those of these users who were erased.
///
/// # Errors
/// The database's.
pub async fn erased<'u>(
    db: &Db<'_>,
    users: &BTreeSet<&'u str>,
) -> Result<BTreeSet<&'u str>, Error> {
    let found = erasures_of(db, users).await?;
    Ok(found.into_keys().collect())
}

/// By which erasure this user was erased, if so.
///
/// # Errors
/// The database's.
pub async fn erasure_of(db: &Db<'_>, user_id: &str) -> Result<Option<String>, Error> {
    let found = erasures_of(db, &BTreeSet::from([user_id])).await?;
    Ok(found.into_values().next())
}

/// Refuses whoever was erased. Whatever is written for a user wants this in its own
/// transaction.
///
/// # Errors
/// 403, or the database's.
pub async fn must_not_be_erased(db: &Db<'_>, user_id: &str) -> Result<(), Failure> {
    match erasure_of(db, user_id).await? {
        Some(_) => Err(Problem::user_erased().into()),
        None => Ok(()),
    }
}

/// The same for whoever only reads.
///
/// # Errors
/// 403, or the database's.
pub async fn reader_must_not_be_erased(store: &Store, user_id: &str) -> Result<(), Failure> {
    store
        .read(async |db| must_not_be_erased(db, user_id).await)
        .await
}

async fn erasures_of<'u>(
    db: &Db<'_>,
    users: &BTreeSet<&'u str>,
) -> Result<BTreeMap<&'u str, String>, Error> {
    // Where nobody was erased, which is everywhere but for a few, there is no more to it
    // than this.
    let key = db
        .first(
            "SELECT key FROM erasure_key WHERE EXISTS (SELECT 1 FROM erased_users)",
            [],
        )
        .await?;
    let Some(key) = key.filter(|_| !users.is_empty()) else {
        return Ok(BTreeMap::new());
    };
    let key = key.blob(0)?;
    let hashes = users
        .iter()
        .map(|user| Ok((hash(key, user)?, *user)))
        .collect::<Result<BTreeMap<Vec<u8>, &str>, Error>>()?;
    let statement = format!(
        "SELECT hash, erasure_id FROM erased_users WHERE hash IN ({})",
        duebell_store::parameters(hashes.len())
    );
    let parameters: Vec<Value> = hashes.keys().map(|hash| hash.clone().into()).collect();
    let rows = db.query(&statement, parameters).await?;
    let mut found = BTreeMap::new();
    for row in &rows {
        if let Some(user) = hashes.get(row.blob(0)?) {
            found.insert(*user, row.text(1)?.to_owned());
        }
    }
    Ok(found)
}

/// HMAC-SHA-256 of the user's id (RFC 2104).
fn hash(key: &[u8], user_id: &str) -> Result<Vec<u8>, Error> {
    let mut hash = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|error| Error::Unexpected(error.to_string()))?;
    hash.update(user_id.as_bytes());
    Ok(hash.finalize().into_bytes().to_vec())
}
