//! How components said that they are. Times are milliseconds since 1970.

use duebell_store::{Db, Error, Row, Tx};
use duebell_telemetry::Report;

/// The table. `since` and `detail` are NULL of a component that is well.
pub(crate) const TABLE: &[&str] = &["CREATE TABLE health (
        component TEXT NOT NULL PRIMARY KEY,
        since INTEGER,
        detail TEXT,
        told_at INTEGER NOT NULL
    ) WITHOUT ROWID"];

/// How long what is told again need not be written again, in milliseconds: components
/// tell with each sweep.
const FRESH: i64 = 15_000;

/// How long a component that tells nothing any more is missed, in milliseconds: a day.
/// Then it counts as taken out of service.
const KEEP: i64 = 24 * 3600 * 1000;

/// How a component said that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) component: String,
    /// Since when something is wrong, if it is.
    pub(crate) since: Option<i64>,
    /// What is.
    pub(crate) detail: Option<String>,
    /// When it was told last, to fifteen seconds.
    pub(crate) told_at: i64,
}

/// Whether this report has to be kept: it says something new, or the last one is old.
///
/// # Errors
/// The database's.
pub(crate) async fn is_news(
    db: &Db<'_>,
    now: i64,
    component: &str,
    report: &Report,
) -> Result<bool, Error> {
    let Some(known) = find(db, component).await? else {
        return Ok(true);
    };
    Ok(known.told_at <= now - FRESH
        // By a clock that was set back since.
        || known.told_at > now
        || known.detail != report.detail
        || (report.detail.is_some()
            && since(report).is_some_and(|since| known.since != Some(since))))
}

/// Keeps a report. What is wrong without anybody knowing since when is so since it was
/// told first.
///
/// # Errors
/// The database's.
pub(crate) async fn keep(
    tx: &Tx<'_>,
    now: i64,
    component: &str,
    report: &Report,
) -> Result<(), Error> {
    let known = find(tx, component).await?;
    let since = report.detail.as_ref().map(|_| {
        since(report)
            .or_else(|| known.and_then(|known| known.since))
            .unwrap_or(now)
    });
    tx.execute(
        "INSERT INTO health (component, since, detail, told_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (component) DO UPDATE SET
             since = excluded.since, detail = excluded.detail, told_at = excluded.told_at",
        [
            component.into(),
            since.into(),
            report.detail.clone().into(),
            now.into(),
        ],
    )
    .await
}

/// All components that have told anything of late, by name.
///
/// # Errors
/// The database's.
pub(crate) async fn all(db: &Db<'_>) -> Result<Vec<Told>, Error> {
    let rows = db
        .query(
            "SELECT component, since, detail, told_at FROM health ORDER BY component",
            [],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Whether there are components that have told nothing for long.
///
/// # Errors
/// The database's.
pub(crate) async fn has_old(db: &Db<'_>, now: i64) -> Result<bool, Error> {
    let row = db
        .first(
            "SELECT 1 FROM health WHERE told_at < ?1 LIMIT 1",
            [(now - KEEP).into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Forgets those.
///
/// # Errors
/// The database's.
pub(crate) async fn prune(tx: &Tx<'_>, now: i64) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM health WHERE told_at < ?1",
        [(now - KEEP).into()],
    )
    .await
}

async fn find(db: &Db<'_>, component: &str) -> Result<Option<Told>, Error> {
    let row = db
        .first(
            "SELECT component, since, detail, told_at FROM health WHERE component = ?1",
            [component.into()],
        )
        .await?;
    row.as_ref().map(read).transpose()
}

fn since(report: &Report) -> Option<i64> {
    report.since.map(|since| since.timestamp_millis())
}

fn read(row: &Row) -> Result<Told, Error> {
    Ok(Told {
        component: row.text(0)?.to_owned(),
        since: row.optional_integer(1)?,
        detail: row.optional_text(2)?.map(str::to_owned),
        told_at: row.integer(3)?,
    })
}
