//! Making a checkpoint.

use super::{Checkpoints, telling::tell};
use crate::{
    app::App,
    storage::{
        checkpoints::{Kept, appended, claim, end_claim, keep, keep_key, latest},
        trees::{Part, keep_part, next_leaves},
    },
};
use chrono::{SecondsFormat, SubsecRound};
use duebell_chain::{Checkpoint, Digest, NewCheckpoint, merkle};
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::uuid_v4;
use duebell_store::Db;
use serde_json::Value;

/// How long somebody may be at work on a checkpoint until another tries, in
/// milliseconds: much longer than it takes for a million chains.
const CLAIM: i64 = 5 * 60 * 1000;

/// What became of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// Here it is: its number.
    Checkpoint(i64),
    /// There is no need: the last is not old enough, or nothing came since.
    NotDue,
    /// Another instance makes it, or was faster.
    Anothers,
}

/// A tree that was built.
struct Tree {
    chains: u64,
    root: Digest,
    /// How many entries had been appended when it was.
    entries: i64,
}

/// That a checkpoint is due, and after which one.
struct Due {
    last: Option<Kept>,
}

/// Makes a checkpoint if the last one is old enough and some chain has a new head since.
///
/// The heads are read in one snapshot, in parts, and hashed in no transaction that
/// writes: appending goes on beside it, and no more than a part is in memory.
///
/// # Errors
/// The database's.
pub(crate) async fn make_if_due<T: Transport + 'static>(
    app: &App<T>,
    checkpoints: &Checkpoints,
) -> Result<Made, Failure> {
    let now = app.clock.now().trunc_subsecs(3);
    let from = now.timestamp_millis();
    let is_due = app
        .store
        .read(async |db| due(db, checkpoints, from).await)
        .await?;
    if is_due.is_none() {
        return Ok(Made::NotDue);
    }
    let tree = uuid_v4(&*app.entropy).to_string();
    let claimed = app
        .store
        .write(async |tx| {
            // Another may have made it a moment ago.
            let Some(due) = due(tx, checkpoints, from).await? else {
                return Ok(None);
            };
            let is_ours = claim(tx, &tree, from, from + CLAIM).await?;
            Ok::<_, Failure>(is_ours.then_some(due))
        })
        .await?;
    let Some(Due { last }) = claimed else {
        return Ok(Made::Anothers);
    };
    let built = build(app, &tree).await?;
    let number = last.as_ref().map_or(1, |last| last.number + 1);
    let new = NewCheckpoint {
        number: u64::try_from(number).unwrap_or(0),
        made_at: now.to_rfc3339_opts(SecondsFormat::Millis, true),
        chains: built.chains,
        root: built.root,
        previous_hash: hash(last.as_ref())?,
    };
    let signed = new.sign(checkpoints.key());
    let kept = Kept {
        number,
        made_at: from,
        chains: i64::try_from(built.chains).unwrap_or(i64::MAX),
        tree,
        entries: built.entries,
        signed: Value::Object(signed.clone()).to_string(),
    };
    let public = checkpoints.key().public();
    let (key_id, jwk) = (public.id(), public.jwk().to_string());
    let is_kept = app
        .store
        .write(async |tx| {
            // Whoever took too long may find that another made it.
            if !end_claim(tx, &kept.tree).await? {
                return Ok(false);
            }
            keep(tx, &kept).await?;
            keep_key(tx, &key_id, &jwk).await?;
            tell(app, tx, now, number, signed).await?;
            Ok::<_, Failure>(true)
        })
        .await?;
    app.publish();
    Ok(if is_kept {
        Made::Checkpoint(number)
    } else {
        Made::Anothers
    })
}

/// Whether a checkpoint is due.
async fn due(db: &Db<'_>, checkpoints: &Checkpoints, now: i64) -> Result<Option<Due>, Failure> {
    let (last, entries) = (latest(db).await?, appended(db).await?);
    let is_due = match &last {
        Some(last) => {
            let age = now.saturating_sub(last.made_at);
            // One of the future was made before the clock was set back.
            let is_old = age >= checkpoints.every.num_milliseconds() || age < 0;
            is_old && entries > last.entries
        }
        None => entries > 0,
    };
    Ok(is_due.then_some(Due { last }))
}

/// What the next checkpoint names the last one by.
fn hash(last: Option<&Kept>) -> Result<Digest, Failure> {
    let Some(last) = last else {
        return Ok(Digest::NOTHING);
    };
    let signed: Value = serde_json::from_str(&last.signed).map_err(Failure::internal)?;
    let checkpoint = Checkpoint::read(&signed).map_err(Failure::internal)?;
    Ok(checkpoint.hash())
}

/// Builds and keeps a tree over all heads, as they are in one commit.
async fn build<T>(app: &App<T>, tree: &str) -> Result<Tree, Failure> {
    app.store
        .snapshot(async |db| {
            let entries = appended(db).await?;
            let (mut roots, mut chains, mut after) = (Vec::new(), 0, String::new());
            loop {
                let leaves = next_leaves(db, &after).await?;
                let Some(last) = leaves.last() else {
                    return Ok(Tree {
                        chains,
                        root: merkle::root(&roots),
                        entries,
                    });
                };
                after.clone_from(&last.chain_id);
                chains += u64::try_from(leaves.len()).unwrap_or(0);
                let part = Part::new(&leaves)?;
                let at = roots.len();
                roots.push(part.root);
                app.store
                    .write(async |tx| keep_part(tx, tree, at, part).await)
                    .await?;
            }
        })
        .await
}
