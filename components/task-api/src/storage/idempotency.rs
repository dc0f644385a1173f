//! The first answers to requests that carried an `Idempotency-Key`.

use chrono::{DateTime, Utc};
use duebell_store::{Db, Error, Tx, Value};

/// How long an answer is kept, in milliseconds: 24 hours.
const KEEP: i64 = 24 * 3600 * 1000;

/// To which request an answer belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Whose request it was.
    pub(crate) user_id: String,
    /// Its method and path: `POST /api/tasks`.
    pub(crate) path: String,
    /// Its `Idempotency-Key`.
    pub(crate) key: String,
}

/// An answer as it was given the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The `Location` header.
    pub(crate) location: Option<String>,
    /// The `ETag` header.
    pub(crate) etag: Option<String>,
    /// The body, as JSON.
    pub(crate) body: String,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing: it is the first with this key.
    New,
    /// This was the answer.
    Answered(Answer),
    /// The key was used for another body.
    OtherBody,
}

/// Looks a request up.
///
/// # Errors
/// The database's.
pub(crate) async fn find(
    tx: &Tx<'_>,
    place: &Place,
    fingerprint: &str,
    now: DateTime<Utc>,
) -> Result<Known, Error> {
    let row = tx
        .first(
            "SELECT fingerprint, status, location, etag, body FROM idempotency
             WHERE user_id = ?1 AND path = ?2 AND key = ?3 AND created_at > ?4",
            [
                (&place.user_id).into(),
                (&place.path).into(),
                (&place.key).into(),
                (now.timestamp_millis() - KEEP).into(),
            ],
        )
        .await?;
    let Some(row) = row else {
        return Ok(Known::New);
    };
    if row.text(0)? != fingerprint {
        return Ok(Known::OtherBody);
    }
    Ok(Known::Answered(Answer {
        status: u16::try_from(row.integer(1)?).map_err(|_| {
            Error::Unexpected("a status of an idempotency key cannot be read".to_owned())
        })?,
        location: row.optional_text(2)?.map(str::to_owned),
        etag: row.optional_text(3)?.map(str::to_owned),
        body: row.text(4)?.to_owned(),
    }))
}

/// Keeps an answer, in the transaction of its effect.
///
/// # Errors
/// The database's.
pub(crate) async fn keep(
    tx: &Tx<'_>,
    place: &Place,
    fingerprint: &str,
    answer: &Answer,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let optional = |text: &Option<String>| text.as_ref().map_or(Value::Null, Value::from);
    tx.execute(
        "INSERT INTO idempotency
         (user_id, path, key, fingerprint, status, location, etag, body, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (user_id, path, key) DO UPDATE SET fingerprint = excluded.fingerprint,
             status = excluded.status, location = excluded.location, etag = excluded.etag,
             body = excluded.body, created_at = excluded.created_at",
        [
            (&place.user_id).into(),
            (&place.path).into(),
            (&place.key).into(),
            fingerprint.into(),
            i64::from(answer.status).into(),
            optional(&answer.location),
            optional(&answer.etag),
            (&answer.body).into(),
            now.timestamp_millis().into(),
        ],
    )
    .await
}

/// Whether there are answers that are old enough to go.
///
/// # Errors
/// The database's.
pub(crate) async fn has_old(db: &Db<'_>, now: DateTime<Utc>) -> Result<bool, Error> {
    let before = now.timestamp_millis() - KEEP;
    let row = db
        .first(
            "SELECT 1 FROM idempotency WHERE created_at <= ?1 LIMIT 1",
            [before.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Forgets at most `most` answers that are old enough.
///
/// # Errors
/// The database's.
pub(crate) async fn prune(tx: &Tx<'_>, now: DateTime<Utc>, most: u32) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM idempotency WHERE (user_id, path, key) IN
             (SELECT user_id, path, key FROM idempotency WHERE created_at <= ?1 LIMIT ?2)",
        [(now.timestamp_millis() - KEEP).into(), most.into()],
    )
    .await
}
