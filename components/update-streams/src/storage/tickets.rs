//! Tickets: good once, and not for long. Only their hashes are kept.

use crate::session::Session;
use duebell_store::{Db, Error, Tx};
use sha2::{Digest, Sha256};

/// How long a ticket is good, in milliseconds. One that would be good for longer is of
/// before the clock was set back.
pub(crate) const GOOD_FOR: i64 = 30_000;

/// How many tickets a user may have that were not used, and have not expired.
pub(crate) const MOST_OF_A_USER: i64 = 100;

/// What a ticket is kept as.
pub(crate) fn hash(ticket: &str) -> Vec<u8> {
    Sha256::digest(ticket.as_bytes()).to_vec()
}

/// How many tickets of this user's are good.
pub(crate) async fn count(db: &Db<'_>, now: i64, user_id: &str) -> Result<i64, Error> {
    let row = db
        .first(
            "SELECT count(*) FROM tickets
             WHERE user_id = ?1 AND expires_at > ?2 AND expires_at <= ?3",
            [user_id.into(), now.into(), (now + GOOD_FOR).into()],
        )
        .await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// Keeps a ticket until it expires, and forgets those that have.
pub(crate) async fn issue(
    tx: &Tx<'_>,
    now: i64,
    hash: Vec<u8>,
    session: &Session,
    expires_at: i64,
) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM tickets WHERE expires_at <= ?1 OR expires_at > ?2",
        [now.into(), (now + GOOD_FOR).into()],
    )
    .await?;
    tx.execute(
        "INSERT INTO tickets (hash, user_id, expires_at, token_expires_at)
         VALUES (?1, ?2, ?3, ?4)",
        [
            hash.into(),
            (&session.user_id).into(),
            expires_at.into(),
            session.expires_at.into(),
        ],
    )
    .await
}

/// Whether there is such a ticket: whoever shows none costs no write.
pub(crate) async fn exists(db: &Db<'_>, hash: &[u8]) -> Result<bool, Error> {
    let row = db
        .first(
            "SELECT 1 FROM tickets WHERE hash = ?1",
            [hash.to_vec().into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Uses a ticket up. None: there is none, or it has expired, or the token has that
/// bought it.
pub(crate) async fn redeem(tx: &Tx<'_>, now: i64, hash: &[u8]) -> Result<Option<Session>, Error> {
    let row = tx
        .first(
            "DELETE FROM tickets
             WHERE hash = ?1 AND expires_at > ?2 AND expires_at <= ?3 AND token_expires_at > ?2
             RETURNING user_id, token_expires_at",
            [hash.to_vec().into(), now.into(), (now + GOOD_FOR).into()],
        )
        .await?;
    row.map(|row| {
        Ok(Session {
            user_id: row.text(0)?.to_owned(),
            expires_at: row.integer(1)?,
        })
    })
    .transpose()
}
