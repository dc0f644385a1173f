//! How far a consumer has come in each publisher's sequences, and what it
//! missed on the way.

use crate::{Db, Error, Tx, Value, sql::values};
use std::collections::{BTreeMap, BTreeSet};

/// One sequence of one publisher.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The publisher: the CloudEvents source.
    pub source: String,
    /// The topic.
    pub topic: String,
    /// The user.
    pub user_id: String,
}

/// Numbers of a sequence that have not come, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// In which sequence.
    pub place: Place,
    /// The first that is missing.
    pub first: i64,
    /// The last that is missing.
    pub last: i64,
}

/// The highest number seen at each of these places; 0 where there was none.
///
/// # Errors
/// The database's.
pub async fn positions(
    db: &Db<'_>,
    places: &BTreeSet<Place>,
) -> Result<BTreeMap<Place, i64>, Error> {
    let mut found: BTreeMap<Place, i64> = places.iter().map(|place| (place.clone(), 0)).collect();
    if places.is_empty() {
        return Ok(found);
    }
    let statement = format!(
        "SELECT source, topic, user_id, sequence FROM inbox_positions
         WHERE (source, topic, user_id) IN (VALUES {})",
        values(places.len(), 3)
    );
    let parameters: Vec<Value> = places
        .iter()
        .flat_map(|place| {
            [
                (&place.source).into(),
                (&place.topic).into(),
                (&place.user_id).into(),
            ]
        })
        .collect();
    for row in db.query(&statement, parameters).await? {
        let place = Place {
            source: row.text(0)?.to_owned(),
            topic: row.text(1)?.to_owned(),
            user_id: row.text(2)?.to_owned(),
        };
        found.insert(place, row.integer(3)?);
    }
    Ok(found)
}

/// Moves these positions on; one that is further already stays.
///
/// # Errors
/// The database's.
pub async fn advance(tx: &Tx<'_>, to: &BTreeMap<Place, i64>) -> Result<(), Error> {
    if to.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "INSERT INTO inbox_positions (source, topic, user_id, sequence)
         VALUES {} ON CONFLICT (source, topic, user_id)
         DO UPDATE SET sequence = max(inbox_positions.sequence, excluded.sequence)",
        values(to.len(), 4)
    );
    let parameters: Vec<Value> = to
        .iter()
        .flat_map(|(place, sequence)| {
            [
                (&place.source).into(),
                (&place.topic).into(),
                (&place.user_id).into(),
                (*sequence).into(),
            ]
        })
        .collect();
    tx.execute(&statement, parameters).await
}

/// Keeps a gap for later.
///
/// # Errors
/// The database's.
pub async fn record_gap(tx: &Tx<'_>, gap: &Gap) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO inbox_gaps (source, topic, user_id, first, last) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (source, topic, user_id, first) DO UPDATE SET last = max(inbox_gaps.last, excluded.last)",
        [
            (&gap.place.source).into(),
            (&gap.place.topic).into(),
            (&gap.place.user_id).into(),
            gap.first.into(),
            gap.last.into(),
        ],
    )
    .await
}

/// Gaps of a publisher's that are still open, `most` at most.
///
/// # Errors
/// The database's.
pub async fn gaps(db: &Db<'_>, source: &str, most: u32) -> Result<Vec<Gap>, Error> {
    let rows = db
        .query(
            "SELECT source, topic, user_id, first, last FROM inbox_gaps WHERE source = ?1 LIMIT ?2",
            [source.into(), most.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Gap {
                place: Place {
                    source: row.text(0)?.to_owned(),
                    topic: row.text(1)?.to_owned(),
                    user_id: row.text(2)?.to_owned(),
                },
                first: row.integer(3)?,
                last: row.integer(4)?,
            })
        })
        .collect()
}

/// How many gaps are open, of all publishers.
///
/// # Errors
/// The database's.
pub async fn count_gaps(db: &Db<'_>) -> Result<i64, Error> {
    let row = db.first("SELECT count(*) FROM inbox_gaps", []).await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// Forgets a gap, or the part of it up to `through`.
///
/// # Errors
/// The database's.
pub async fn close_gap(tx: &Tx<'_>, gap: &Gap, through: i64) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM inbox_gaps WHERE source = ?1 AND topic = ?2 AND user_id = ?3 AND first = ?4",
        [
            (&gap.place.source).into(),
            (&gap.place.topic).into(),
            (&gap.place.user_id).into(),
            gap.first.into(),
        ],
    )
    .await?;
    if through >= gap.last {
        return Ok(());
    }
    let rest = Gap {
        first: through + 1,
        ..gap.clone()
    };
    record_gap(tx, &rest).await
}

/// Up to which row of the publisher's outbox nothing of a topic is missing.
///
/// # Errors
/// The database's.
pub async fn reached(db: &Db<'_>, source: &str, topic: &str) -> Result<i64, Error> {
    let row = db
        .first(
            "SELECT number FROM inbox_reached WHERE source = ?1 AND topic = ?2",
            [source.into(), topic.into()],
        )
        .await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// The same of all publishers and topics.
///
/// # Errors
/// The database's.
pub async fn all_reached(db: &Db<'_>) -> Result<Vec<(String, String, i64)>, Error> {
    let rows = db
        .query(
            "SELECT source, topic, number FROM inbox_reached ORDER BY source, topic",
            [],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok((
                row.text(0)?.to_owned(),
                row.text(1)?.to_owned(),
                row.integer(2)?,
            ))
        })
        .collect()
}

/// Notes up to which row nothing is missing.
///
/// # Errors
/// The database's.
pub async fn set_reached(tx: &Tx<'_>, source: &str, topic: &str, number: i64) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO inbox_reached (source, topic, number) VALUES (?1, ?2, ?3)
         ON CONFLICT (source, topic) DO UPDATE SET number = max(inbox_reached.number, excluded.number)",
        [source.into(), topic.into(), number.into()],
    )
    .await
}
