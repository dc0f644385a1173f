//! How far the rebuild of the index has come: one row, so that it survives whoever is
//! at work.

use duebell_store::{Db, Error, Row, Tx};

/// The table, for a migration. position is the user and the task that the audit was
/// read up to; removed_through is the last document that was looked at since. Times
/// are milliseconds since 1970.
pub(crate) const TABLE: &[&str] = &["CREATE TABLE rebuild (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reading', 'removing', 'done')),
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    user_id TEXT NOT NULL,
    task_id INTEGER NOT NULL,
    removed_through INTEGER NOT NULL,
    tasks INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    holder TEXT NOT NULL,
    held_until INTEGER NOT NULL
)"];

/// What a rebuild does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It goes through the audit.
    Reading,
    /// It removes what the audit does not know.
    Removing,
    /// It is over.
    Done,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Removing => "removing",
            Self::Done => "done",
        }
    }
}

/// How far a rebuild has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Which one it is, from 1.
    pub(crate) number: i64,
    pub(crate) state: State,
    /// In milliseconds since 1970.
    pub(crate) started_at: i64,
    /// In milliseconds since 1970.
    pub(crate) finished_at: Option<i64>,
    /// Up to which user's task the audit has been read.
    pub(crate) user_id: String,
    pub(crate) task_id: i64,
    /// Up to which document it was looked for what the audit does not know.
    pub(crate) removed_through: i64,
    /// How many tasks the audit gave.
    pub(crate) tasks: i64,
    /// How many documents the audit did not know.
    pub(crate) removed: i64,
}

const COLUMNS: &str = "number, state, started_at, finished_at, user_id, task_id, removed_through,
    tasks, removed";

/// The latest rebuild, if there ever was one.
///
/// # Errors
/// The database's.
pub(crate) async fn latest(db: &Db<'_>) -> Result<Option<Progress>, Error> {
    let statement = format!("SELECT {COLUMNS} FROM rebuild");
    let row = db.first(&statement, []).await?;
    row.as_ref().map(read).transpose()
}

/// Begins a rebuild, unless one is under way.
///
/// # Errors
/// The database's.
pub(crate) async fn begin(tx: &Tx<'_>, now: i64) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO rebuild (one, number, state, started_at, user_id, task_id, removed_through,
             tasks, removed, holder, held_until)
         VALUES (1, 1, 'reading', ?1, '', 0, 0, 0, 0, '', 0)
         ON CONFLICT (one) DO UPDATE SET number = rebuild.number + 1, state = 'reading',
             started_at = excluded.started_at, finished_at = NULL, user_id = '', task_id = 0,
             removed_through = 0, tasks = 0, removed = 0, holder = '', held_until = 0
         WHERE rebuild.state = 'done'",
        [now.into()],
    )
    .await
}

/// Forgets this user. A rebuild that has come to one of theirs begins once more: what it
/// has written it finds written.
///
/// # Errors
/// The database's.
pub(crate) async fn forget_user(tx: &Tx<'_>, user_id: &str) -> Result<(), Error> {
    tx.execute(
        "UPDATE rebuild SET user_id = '', task_id = 0 WHERE user_id = ?1",
        [user_id.into()],
    )
    .await
}

/// Takes the rebuild that is under way, if there is one and nobody else has it.
///
/// # Errors
/// The database's.
pub(crate) async fn take(
    tx: &Tx<'_>,
    holder: &str,
    now: i64,
    until: i64,
) -> Result<Option<Progress>, Error> {
    let statement = format!(
        "UPDATE rebuild SET holder = ?1, held_until = ?3
         WHERE state <> 'done' AND (holder = ?1 OR held_until <= ?2) RETURNING {COLUMNS}"
    );
    let parameters = [holder.into(), now.into(), until.into()];
    let row = tx.first(&statement, parameters).await?;
    row.as_ref().map(read).transpose()
}

/// Notes how far it has come and holds it until then, unless somebody else has it by
/// now: then it answers false, and nothing of the step may be kept.
///
/// # Errors
/// The database's.
pub(crate) async fn go_on(
    tx: &Tx<'_>,
    holder: &str,
    to: &Progress,
    until: i64,
) -> Result<bool, Error> {
    let row = tx
        .first(
            "UPDATE rebuild SET state = ?3, finished_at = ?4, user_id = ?5, task_id = ?6,
                 removed_through = ?7, tasks = ?8, removed = ?9, held_until = ?10
             WHERE holder = ?1 AND number = ?2 AND state <> 'done' RETURNING 1",
            [
                holder.into(),
                to.number.into(),
                to.state.as_str().into(),
                to.finished_at.into(),
                (&to.user_id).into(),
                to.task_id.into(),
                to.removed_through.into(),
                to.tasks.into(),
                to.removed.into(),
                until.into(),
            ],
        )
        .await?;
    Ok(row.is_some())
}

/// Lets somebody else go on.
///
/// # Errors
/// The database's.
pub(crate) async fn release(tx: &Tx<'_>, holder: &str) -> Result<(), Error> {
    tx.execute(
        "UPDATE rebuild SET held_until = 0 WHERE holder = ?1",
        [holder.into()],
    )
    .await
}

/// Whether a rebuild is under way that nobody has.
///
/// # Errors
/// The database's.
pub(crate) async fn is_left(db: &Db<'_>, now: i64) -> Result<bool, Error> {
    let row = db
        .first(
            "SELECT 1 FROM rebuild WHERE state <> 'done' AND held_until <= ?1",
            [now.into()],
        )
        .await?;
    Ok(row.is_some())
}

fn read(row: &Row) -> Result<Progress, Error> {
    Ok(Progress {
        number: row.integer(0)?,
        state: match row.text(1)? {
            "reading" => State::Reading,
            "removing" => State::Removing,
            "done" => State::Done,
            other => {
                return Err(Error::Unexpected(format!("a rebuild is {other:?}")));
            }
        },
        started_at: row.integer(2)?,
        finished_at: row.optional_integer(3)?,
        user_id: row.text(4)?.to_owned(),
        task_id: row.integer(5)?,
        removed_through: row.integer(6)?,
        tasks: row.integer(7)?,
        removed: row.integer(8)?,
    })
}
