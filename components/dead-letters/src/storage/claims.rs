//! Who works on which letter: one at a time, however many sweeps and operators there
//! are.

use super::letters::{COLUMNS, read};
use crate::letter::{Letter, Status};
use duebell_ids::DeadLetterId;
use duebell_store::{Error, Row, Tx, Value};

/// How long whoever claimed a letter has it for itself, in milliseconds: longer than
/// an answer of a subscriber's may take.
const CLAIM: i64 = 30_000;

/// A letter that is being worked on.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) letter: Letter,
    /// What the subscriber's inbox knows it by.
    pub(crate) key: String,
    /// The event.
    pub(crate) value: Vec<u8>,
    /// Why it can be read by nobody, if so.
    pub(crate) flaw: Option<String>,
    /// The W3C trace context that the event happened in.
    pub(crate) traceparent: Option<String>,
    /// How often it was worked on, with this time.
    pub(crate) tries: i64,
    until: i64,
}

/// What claiming a letter led to.
#[derive(Clone, Debug)]
pub(crate) enum Claim {
    /// It is ours.
    Made(Box<Claimed>),
    /// Somebody is working on it.
    Busy,
    /// It is over.
    Over(Status),
    /// There is none.
    Unknown,
}

/// What working on a letter led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Its subscriber said why it gave it up.
    Asked {
        reason: String,
        attempts: Option<i64>,
        passing: bool,
        next_at: Option<i64>,
    },
    /// It took effect.
    Settled,
    /// Its subscriber did not take it.
    Refused {
        reason: String,
        passing: bool,
        next_at: Option<i64>,
    },
    /// There was no answer.
    NoAnswer { next_at: Option<i64> },
}

/// What may be claimed: also what was claimed for longer than a claim lasts, by a clock
/// that has been set back since. `?1` is now, `?2` how long a claim lasts.
const FREE: &str = "status = 'open' AND (claimed_until <= ?1 OR claimed_until > ?1 + ?2)";

/// Claims at most `most` letters whose time has come.
///
/// # Errors
/// The database's.
pub(crate) async fn claim_due(tx: &Tx<'_>, now: i64, most: u32) -> Result<Vec<Claimed>, Error> {
    let wanted = format!(
        "id IN (SELECT id FROM letters WHERE {FREE} AND next_at <= ?1 ORDER BY next_at LIMIT ?3)"
    );
    claim(tx, &wanted, now, most.into()).await
}

/// Claims this letter.
///
/// # Errors
/// The database's.
pub(crate) async fn claim_one(tx: &Tx<'_>, now: i64, id: DeadLetterId) -> Result<Claim, Error> {
    let wanted = format!("id = ?3 AND {FREE}");
    let claimed = claim(tx, &wanted, now, id.get().into()).await?;
    if let Some(claimed) = claimed.into_iter().next() {
        return Ok(Claim::Made(Box::new(claimed)));
    }
    let status = tx
        .first(
            "SELECT status FROM letters WHERE id = ?1",
            [id.get().into()],
        )
        .await?;
    Ok(match status {
        None => Claim::Unknown,
        Some(row) => match row.text(0)?.parse() {
            Ok(Status::Open) => Claim::Busy,
            Ok(over) => Claim::Over(over),
            Err(_) => return Err(Error::Unexpected("a letter has an odd status".to_owned())),
        },
    })
}

async fn claim(
    tx: &Tx<'_>,
    wanted: &str,
    now: i64,
    parameter: Value,
) -> Result<Vec<Claimed>, Error> {
    let statement = format!(
        "UPDATE letters SET claimed_until = ?1 + ?2, tries = tries + 1 WHERE {wanted}
         RETURNING {COLUMNS}, key, value, flaw, traceparent, tries, claimed_until"
    );
    let rows = tx
        .query(&statement, [now.into(), CLAIM.into(), parameter])
        .await?;
    rows.iter().map(claimed).collect()
}

/// Keeps what came of a claim, and gives it up. Says whether it was still ours.
///
/// # Errors
/// The database's.
pub(crate) async fn finish(
    tx: &Tx<'_>,
    now: i64,
    claimed: &Claimed,
    progress: &Progress,
) -> Result<bool, Error> {
    let mut parameters: Vec<Value> = vec![
        claimed.letter.id.get().into(),
        claimed.until.into(),
        now.into(),
    ];
    let set = match progress {
        Progress::Asked {
            reason,
            attempts,
            passing,
            next_at,
        } => {
            parameters.extend([
                reason.into(),
                (*attempts).into(),
                (*passing).into(),
                (*next_at).into(),
            ]);
            "reason = ?4, attempts = ?5, passing = ?6, next_at = ?7, tries = 0"
        }
        Progress::Settled => {
            "status = 'settled', next_at = NULL, passing = 0, replays = replays + 1"
        }
        Progress::Refused {
            reason,
            passing,
            next_at,
        } => {
            parameters.extend([reason.into(), (*passing).into(), (*next_at).into()]);
            "reason = ?4, passing = ?5, next_at = ?6, replays = replays + 1"
        }
        Progress::NoAnswer { next_at } => {
            parameters.push((*next_at).into());
            "next_at = ?4"
        }
    };
    let statement = format!(
        "UPDATE letters SET {set}, claimed_until = 0, changed_at = ?3
         WHERE id = ?1 AND claimed_until = ?2 AND status = 'open' RETURNING id"
    );
    Ok(!tx.query(&statement, parameters).await?.is_empty())
}

fn claimed(row: &Row) -> Result<Claimed, Error> {
    let text = |column| -> Result<Option<String>, Error> {
        Ok(row.optional_text(column)?.map(str::to_owned))
    };
    Ok(Claimed {
        letter: read(row)?,
        key: row.text(14)?.to_owned(),
        value: row.blob(15)?.to_vec(),
        flaw: text(16)?,
        traceparent: text(17)?,
        tries: row.integer(18)?,
        until: row.integer(19)?,
    })
}
