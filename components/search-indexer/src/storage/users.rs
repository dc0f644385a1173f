//! Users by number: each has a range of document ids.

use duebell_store::{Db, Error, Tx, Value, values};
use std::collections::{BTreeMap, BTreeSet};

/// How many bits of a document's id are the user's own count.
const COUNT_BITS: u32 = 32;

/// A user's number, and the last document of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// From 1.
    pub(crate) number: i64,
    /// How many documents the user has ever had.
    pub(crate) last: i64,
}

impl Owner {
    /// The id of the user's next document.
    pub(crate) fn next_document(&mut self) -> i64 {
        self.last += 1;
        (self.number << COUNT_BITS) + self.last
    }
}

/// The ids that a user's documents can have: from the first, and below the second.
pub(crate) fn range(number: i64) -> (i64, i64) {
    (number << COUNT_BITS, (number + 1) << COUNT_BITS)
}

/// The number of the user whose document this is.
pub(crate) fn user_of(id: i64) -> i64 {
    id >> COUNT_BITS
}

/// A user's number, if anything was ever heard of them.
///
/// # Errors
/// The database's.
pub(crate) async fn number(db: &Db<'_>, user_id: &str) -> Result<Option<i64>, Error> {
    let row = db
        .first(
            "SELECT number FROM users WHERE user_id = ?1",
            [user_id.into()],
        )
        .await?;
    row.map(|row| row.integer(0)).transpose()
}

/// These users, made where they are new.
///
/// # Errors
/// The database's.
pub(crate) async fn owners(
    tx: &Tx<'_>,
    users: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Owner>, Error> {
    let found = find(tx, users).await?;
    if found.len() == users.len() {
        return Ok(found);
    }
    let new = users.iter().filter(|user| !found.contains_key(**user));
    let parameters: Vec<Value> = new
        .flat_map(|user| [Value::from(*user), 0.into()])
        .collect();
    let statement = format!(
        "INSERT INTO users (user_id, last) VALUES {}",
        values(parameters.len() / 2, 2)
    );
    tx.execute(&statement, parameters).await?;
    find(tx, users).await
}

async fn find(db: &Db<'_>, users: &BTreeSet<&str>) -> Result<BTreeMap<String, Owner>, Error> {
    let list = duebell_store::parameters(users.len());
    let statement = format!("SELECT user_id, number, last FROM users WHERE user_id IN ({list})");
    let parameters: Vec<Value> = users.iter().map(|user| Value::from(*user)).collect();
    let rows = db.query(&statement, parameters).await?;
    rows.iter()
        .map(|row| {
            let owner = Owner {
                number: row.integer(1)?,
                last: row.integer(2)?,
            };
            Ok((row.text(0)?.to_owned(), owner))
        })
        .collect()
}

/// Forgets a user who has no documents any more.
///
/// # Errors
/// The database's.
pub(crate) async fn remove(tx: &Tx<'_>, number: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM users WHERE number = ?1", [number.into()])
        .await
}

/// Notes the last documents of these users.
///
/// # Errors
/// The database's; one of them would have too many documents.
pub(crate) async fn set_last(
    tx: &Tx<'_>,
    owners: impl Iterator<Item = Owner>,
) -> Result<(), Error> {
    for owner in owners {
        tx.execute(
            "UPDATE users SET last = ?2 WHERE number = ?1",
            [owner.number.into(), owner.last.into()],
        )
        .await?;
    }
    Ok(())
}
