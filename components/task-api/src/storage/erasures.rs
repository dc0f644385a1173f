//! Erasures: who has whom erased, and how far it has come.

use duebell_erasures::{Done, pseudonym};
use duebell_store::{Db, Error, Row, Tx};

/// The tables, for a migration. Times are milliseconds since 1970. `user_id` is known for
/// as long as it is needed. `next_at` is when a part is to be worked on (again).
pub(crate) const TABLES: &[&str] = &[
    "CREATE TABLE erasures (
        id TEXT NOT NULL PRIMARY KEY,
        user_id TEXT,
        requested_by TEXT NOT NULL,
        requested_at INTEGER NOT NULL,
        traceparent TEXT,
        completed_at INTEGER
    ) WITHOUT ROWID",
    "CREATE TABLE erasure_parts (
        erasure_id TEXT NOT NULL REFERENCES erasures (id),
        component TEXT NOT NULL,
        tries INTEGER NOT NULL,
        next_at INTEGER NOT NULL,
        waiting_for TEXT,
        done_at INTEGER,
        PRIMARY KEY (erasure_id, component)
    ) WITHOUT ROWID",
    "CREATE INDEX erasure_parts_next ON erasure_parts (next_at) WHERE done_at IS NULL",
];

/// How long whoever claimed a part has it for itself, in milliseconds: longer than an
/// answer may take.
const CLAIM: i64 = 30_000;

/// How long after the first try there is another, in milliseconds; then twice as long
/// each time.
const FIRST_PAUSE: i64 = 1_000;

/// The longest pause, in milliseconds.
const LONGEST_PAUSE: i64 = 60_000;

/// What is to be worked on: later than after the longest pause is a time of a clock that
/// has been set back since. `?1` is now, `?2` the end of the longest pause.
const DUE: &str = "done_at IS NULL AND (next_at <= ?1 OR next_at > ?2)";

/// An erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Erasure {
    pub(crate) id: String,
    /// The operator.
    pub(crate) requested_by: String,
    pub(crate) requested_at: i64,
    /// The W3C trace context of the request.
    pub(crate) traceparent: Option<String>,
    /// When nothing was left; none as long as something may be.
    pub(crate) completed_at: Option<i64>,
}

/// How far a component has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) component: String,
    /// What it waits for, or why it gave no answer.
    pub(crate) waiting_for: Option<String>,
    pub(crate) done_at: Option<i64>,
}

/// A part that is being worked on.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) erasure_id: String,
    pub(crate) component: String,
    /// The user; none if nothing is left but to write our own file anew.
    pub(crate) user_id: Option<String>,
}

/// Keeps a new erasure with its parts.
///
/// # Errors
/// The database's.
pub(crate) async fn insert(
    tx: &Tx<'_>,
    erasure: &Erasure,
    user_id: &str,
    components: impl Iterator<Item = &str>,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO erasures (id, user_id, requested_by, requested_at, traceparent)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        [
            (&erasure.id).into(),
            user_id.into(),
            (&erasure.requested_by).into(),
            erasure.requested_at.into(),
            erasure.traceparent.clone().into(),
        ],
    )
    .await?;
    for component in components {
        tx.execute(
            "INSERT INTO erasure_parts (erasure_id, component, tries, next_at)
             VALUES (?1, ?2, 0, ?3)",
            [
                (&erasure.id).into(),
                component.into(),
                erasure.requested_at.into(),
            ],
        )
        .await?;
    }
    Ok(())
}

/// An erasure and how far each component has come, by their names.
///
/// # Errors
/// The database's.
pub(crate) async fn find(db: &Db<'_>, id: &str) -> Result<Option<(Erasure, Vec<Part>)>, Error> {
    let row = db
        .first(
            "SELECT id, requested_by, requested_at, traceparent, completed_at FROM erasures
             WHERE id = ?1",
            [id.into()],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let rows = db
        .query(
            "SELECT component, waiting_for, done_at FROM erasure_parts
             WHERE erasure_id = ?1 ORDER BY component",
            [id.into()],
        )
        .await?;
    let parts = rows.iter().map(part).collect::<Result<_, Error>>()?;
    Ok(Some((erasure(&row)?, parts)))
}

/// Claims at most `most` parts whose time has come.
///
/// # Errors
/// The database's.
pub(crate) async fn claim(tx: &Tx<'_>, now: i64, most: u32) -> Result<Vec<Claimed>, Error> {
    let statement = format!(
        "UPDATE erasure_parts SET tries = tries + 1, next_at = ?1 + ?4
         WHERE (erasure_id, component) IN
             (SELECT erasure_id, component FROM erasure_parts
              WHERE {DUE} ORDER BY next_at LIMIT ?3)
         RETURNING erasure_id, component,
             (SELECT user_id FROM erasures WHERE id = erasure_id)"
    );
    let parameters = [
        now.into(),
        (now + LONGEST_PAUSE).into(),
        most.into(),
        CLAIM.into(),
    ];
    let rows = tx.query(&statement, parameters).await?;
    rows.iter()
        .map(|row| {
            Ok(Claimed {
                erasure_id: row.text(0)?.to_owned(),
                component: row.text(1)?.to_owned(),
                user_id: row.optional_text(2)?.map(str::to_owned),
            })
        })
        .collect()
}

/// Whether there is anything to claim.
///
/// # Errors
/// The database's.
pub(crate) async fn any(db: &Db<'_>, now: i64) -> Result<bool, Error> {
    let statement = format!("SELECT 1 FROM erasure_parts WHERE {DUE} LIMIT 1");
    let row = db
        .first(&statement, [now.into(), (now + LONGEST_PAUSE).into()])
        .await?;
    Ok(row.is_some())
}

/// Notes what came of a part.
///
/// # Errors
/// The database's.
pub(crate) async fn answered(
    tx: &Tx<'_>,
    now: i64,
    part: &Claimed,
    answer: &Done,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE erasure_parts SET done_at = CASE WHEN ?3 <> 0 THEN ?4 END, waiting_for = ?5,
             next_at = ?4 + min(?6 << CAST(min(tries - 1, 20) AS INTEGER), ?7)
         WHERE erasure_id = ?1 AND component = ?2 AND done_at IS NULL",
        [
            (&part.erasure_id).into(),
            (&part.component).into(),
            answer.done.into(),
            now.into(),
            answer.waiting_for.clone().into(),
            FIRST_PAUSE.into(),
            LONGEST_PAUSE.into(),
        ],
    )
    .await
}

/// Forgets whom an erasure was about if no part but this one is open, and says whether
/// that is so.
///
/// # Errors
/// The database's.
pub(crate) async fn forget_user(tx: &Tx<'_>, part: &Claimed) -> Result<bool, Error> {
    let open = tx
        .first(
            "SELECT 1 FROM erasure_parts
             WHERE erasure_id = ?1 AND component <> ?2 AND done_at IS NULL LIMIT 1",
            [(&part.erasure_id).into(), (&part.component).into()],
        )
        .await?;
    if open.is_some() {
        return Ok(false);
    }
    tx.execute(
        "UPDATE erasures SET user_id = NULL WHERE id = ?1",
        [(&part.erasure_id).into()],
    )
    .await?;
    Ok(true)
}

/// Has what is last of an erasure worked on at once, if it is the only part that is open.
///
/// # Errors
/// The database's.
pub(crate) async fn hurry(tx: &Tx<'_>, now: i64, id: &str, last: &str) -> Result<(), Error> {
    tx.execute(
        "UPDATE erasure_parts SET next_at = ?2
         WHERE erasure_id = ?1 AND component = ?3 AND done_at IS NULL AND NOT EXISTS
             (SELECT 1 FROM erasure_parts AS other
              WHERE other.erasure_id = ?1 AND other.component <> ?3 AND other.done_at IS NULL)",
        [id.into(), now.into(), last.into()],
    )
    .await
}

/// Notes that an erasure is complete; none if it was already.
///
/// # Errors
/// The database's.
pub(crate) async fn complete(tx: &Tx<'_>, now: i64, id: &str) -> Result<Option<Erasure>, Error> {
    let row = tx
        .first(
            "UPDATE erasures SET completed_at = ?2 WHERE id = ?1 AND completed_at IS NULL
             RETURNING id, requested_by, requested_at, traceparent, completed_at",
            [id.into(), now.into()],
        )
        .await?;
    row.as_ref().map(erasure).transpose()
}

/// Forgets a user as the one who had others erased.
///
/// # Errors
/// The database's.
pub(crate) async fn forget_operator(
    tx: &Tx<'_>,
    user_id: &str,
    erasure_id: &str,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE erasures SET requested_by = ?2 WHERE requested_by = ?1",
        [user_id.into(), pseudonym(erasure_id).into()],
    )
    .await
}

fn erasure(row: &Row) -> Result<Erasure, Error> {
    Ok(Erasure {
        id: row.text(0)?.to_owned(),
        requested_by: row.text(1)?.to_owned(),
        requested_at: row.integer(2)?,
        traceparent: row.optional_text(3)?.map(str::to_owned),
        completed_at: row.optional_integer(4)?,
    })
}

fn part(row: &Row) -> Result<Part, Error> {
    Ok(Part {
        component: row.text(0)?.to_owned(),
        waiting_for: row.optional_text(1)?.map(str::to_owned),
        done_at: row.optional_integer(2)?,
    })
}
