//! Letting changes of tasks take effect in the index.

use crate::{
    storage::{
        documents::{self, Key, New, known},
        index,
        users::{Owner, owners, set_last},
    },
    task::{Change, Standing},
};
use duebell_erasures::erased;
use duebell_store::{Error, Tx};
use std::collections::{BTreeMap, BTreeSet};

/// Lets these take effect, one after the other; what is older than what is known
/// does nothing, nor does what is about a user who was erased: a rebuild may have read it
/// before. Gives the ids of all documents that they are about.
///
/// `now` is in milliseconds since 1970.
///
/// # Errors
/// The database's.
pub(crate) async fn index(
    tx: &Tx<'_>,
    now: i64,
    changes: &[Change<'_>],
) -> Result<Vec<i64>, Error> {
    let gone = erased(
        tx,
        &changes
            .iter()
            .map(|change| change.event.user_id.as_str())
            .collect(),
    )
    .await?;
    let stays = |change: &&Change<'_>| !gone.contains(change.event.user_id.as_str());
    let changes: Vec<&Change<'_>> = changes.iter().filter(stays).collect();
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let users: BTreeSet<&str> = changes
        .iter()
        .map(|change| change.event.user_id.as_str())
        .collect();
    let mut owners = owners(tx, &users).await?;
    let keyed: Vec<(Key, &Change<'_>)> = changes
        .iter()
        .filter_map(|change| {
            let owner = owners.get(&change.event.user_id)?;
            Some(((owner.number, task_id(change)), *change))
        })
        .collect();
    let keys: BTreeSet<Key> = keyed.iter().map(|(key, _)| *key).collect();
    let known = known(tx, &keys).await?;
    let latest = latest(&keyed, |key| {
        known.get(key).map(|known| known.standing.clone())
    });

    let mut by_number: BTreeMap<i64, &mut Owner> = owners
        .values_mut()
        .map(|owner| (owner.number, owner))
        .collect();
    let mut grown = BTreeSet::new();
    let mut news = Vec::with_capacity(latest.len());
    for (key, change) in latest {
        let id = match (known.get(&key), by_number.get_mut(&key.0)) {
            (Some(known), _) => known.id,
            (None, Some(owner)) => {
                grown.insert(key.0);
                owner.next_document()
            }
            (None, None) => continue,
        };
        news.push(New { id, key, change });
    }
    if !news.is_empty() {
        documents::put(tx, now, &news).await?;
        index::put(tx, &news).await?;
    }
    let grown = owners
        .into_values()
        .filter(|owner| grown.contains(&owner.number));
    set_last(tx, grown).await?;
    let new = news.iter().map(|new| new.id);
    let all: BTreeSet<i64> = known.values().map(|known| known.id).chain(new).collect();
    Ok(all.into_iter().collect())
}

/// For each task the change that counts in the end, if any does.
fn latest<'a>(
    changes: &[(Key, &Change<'a>)],
    known: impl Fn(&Key) -> Option<Standing>,
) -> BTreeMap<Key, Change<'a>> {
    let mut latest: BTreeMap<Key, Change<'a>> = BTreeMap::new();
    for (key, change) in changes {
        let before = match latest.get(key) {
            Some(change) => Some(change.standing()),
            None => known(key),
        };
        if before.is_none_or(|before| !change.standing().is_older_than(&before)) {
            latest.insert(*key, **change);
        }
    }
    latest
}

fn task_id(change: &Change<'_>) -> i64 {
    // An event's ids have at most 53 bits.
    i64::try_from(change.event.task_id).unwrap_or(i64::MAX)
}
