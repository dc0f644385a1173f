//! The trees of the checkpoints: the latest two are kept, so that chains can be shown to
//! be in them.
//!
//! A tree is kept in parts of [`PART`] leaves, which are in the order of the chains'
//! ids: a tree of a hundred thousand chains is a hundred rows, and never in memory as a
//! whole.

use super::OWN;
use duebell_chain::{Digest, Inclusion, leaf, merkle};
use duebell_store::{Db, Error, Tx};

/// How many leaves a part has: a power of two, so that the parts' roots are leaves of a
/// tree with the same root.
pub(crate) const PART: usize = 1024;

/// How many trees are kept: the latest checkpoint's, and the one that somebody may
/// still be reading.
const KEPT: i64 = 2;

/// A chain as a tree has it.
pub(crate) struct Leaf {
    pub(crate) chain_id: String,
    number: i64,
    digest: Digest,
}

/// How long a leaf is in its part, in bytes: the chain's id, its number of entries, and
/// the leaf's hash.
const LEAF: usize = 16 + 8 + 32;

/// The leaves of the next chains after this id, [`PART`] at most.
///
/// # Errors
/// The database's.
pub(crate) async fn next_leaves(db: &Db<'_>, after: &str) -> Result<Vec<Leaf>, Error> {
    let most = i64::try_from(PART).unwrap_or(i64::MAX);
    let rows = db
        .query(
            "SELECT chain_id, number, hash FROM chains
             WHERE chain_id > ?1 AND user_id <> ?2 ORDER BY chain_id LIMIT ?3",
            [after.into(), OWN.into(), most.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let (chain_id, number) = (row.text(0)?.to_owned(), row.integer(1)?);
            let hash = digest(row.text(2)?)?;
            let count = u64::try_from(number).unwrap_or(0);
            Ok(Leaf {
                digest: leaf(&chain_id, count, hash),
                chain_id,
                number,
            })
        })
        .collect()
}

/// A part of a tree, as it is kept.
pub(crate) struct Part {
    first_chain: String,
    pub(crate) root: Digest,
    leaves: Vec<u8>,
}

impl Part {
    /// The part with these leaves.
    ///
    /// # Errors
    /// A chain's id is none.
    pub(crate) fn new(leaves: &[Leaf]) -> Result<Self, Error> {
        let digests: Vec<Digest> = leaves.iter().map(|leaf| leaf.digest).collect();
        let mut bytes = Vec::with_capacity(leaves.len() * LEAF);
        for leaf in leaves {
            bytes.extend(id(&leaf.chain_id)?.to_be_bytes());
            bytes.extend(leaf.number.to_be_bytes());
            bytes.extend(leaf.digest.as_bytes());
        }
        let first = leaves.first().map_or("", |leaf| &leaf.chain_id);
        Ok(Self {
            first_chain: first.to_owned(),
            root: merkle::root(&digests),
            leaves: bytes,
        })
    }
}

/// Keeps a part of a tree, the first of which is 0.
///
/// # Errors
/// The database's.
pub(crate) async fn keep_part(tx: &Tx<'_>, tree: &str, at: usize, part: Part) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO tree_parts (tree, part, first_chain, root, leaves) VALUES (?1, ?2, ?3, ?4, ?5)",
        [
            tree.into(),
            i64::try_from(at).unwrap_or(i64::MAX).into(),
            part.first_chain.into(),
            part.root.as_bytes().to_vec().into(),
            part.leaves.into(),
        ],
    )
    .await
}

/// What shows that a user's chain is in a tree; none if it was not there yet.
///
/// # Errors
/// The database's.
pub(crate) async fn inclusion(
    db: &Db<'_>,
    tree: &str,
    user_id: &str,
    chain_id: &str,
) -> Result<Option<Inclusion>, Error> {
    let parts = db
        .query(
            "SELECT part, first_chain, root FROM tree_parts WHERE tree = ?1 ORDER BY part",
            [tree.into()],
        )
        .await?;
    let mut roots = Vec::with_capacity(parts.len());
    let mut part = 0;
    for (at, row) in parts.iter().enumerate() {
        if row.text(1)? <= chain_id {
            part = at;
        }
        roots.push(digest_of(row.blob(2)?)?);
    }
    let at = i64::try_from(part).unwrap_or(i64::MAX);
    let row = db
        .first(
            "SELECT leaves FROM tree_parts WHERE tree = ?1 AND part = ?2",
            [tree.into(), at.into()],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let wanted = id(chain_id)?.to_be_bytes();
    let (mut digests, mut found) = (Vec::new(), None);
    for (within, leaf) in row.blob(0)?.chunks(LEAF).enumerate() {
        let (chain, rest) = leaf.split_at_checked(16).ok_or_else(damaged)?;
        let (number, digest) = rest.split_first_chunk().ok_or_else(damaged)?;
        if chain == wanted {
            found = Some((within, i64::from_be_bytes(*number)));
        }
        digests.push(digest_of(digest)?);
    }
    let Some((within, number)) = found else {
        return Ok(None);
    };
    let row = db
        .first(
            "SELECT hash FROM entries WHERE user_id = ?1 AND number = ?2",
            [user_id.into(), number.into()],
        )
        .await?;
    let hash = row.ok_or_else(damaged)?;
    let mut path = merkle::path(&digests, within).ok_or_else(damaged)?;
    path.extend(merkle::path(&roots, part).ok_or_else(damaged)?);
    Ok(Some(Inclusion {
        chain_id: chain_id.to_owned(),
        number: u64::try_from(number).unwrap_or(0),
        hash: digest(hash.text(0)?)?,
        position: u64::try_from(part * PART + within).unwrap_or(u64::MAX),
        path,
    }))
}

/// Whether there are parts that [`prune`] would forget.
///
/// # Errors
/// The database's.
pub(crate) async fn has_old(db: &Db<'_>) -> Result<bool, Error> {
    let statement = format!("SELECT 1 FROM tree_parts WHERE {OLD} LIMIT 1");
    Ok(db.first(&statement, [KEPT.into()]).await?.is_some())
}

/// Forgets at most so many parts of trees that are neither kept nor being built.
///
/// # Errors
/// The database's.
pub(crate) async fn prune(tx: &Tx<'_>, most: u32) -> Result<(), Error> {
    let statement = format!(
        "DELETE FROM tree_parts WHERE number IN
             (SELECT number FROM tree_parts WHERE {OLD} LIMIT ?2)"
    );
    tx.execute(&statement, [KEPT.into(), most.into()]).await
}

const OLD: &str = "tree NOT IN (
    SELECT tree FROM checkpoint_claim
    UNION ALL
    SELECT tree FROM (SELECT tree FROM checkpoints ORDER BY number DESC LIMIT ?1) AS latest
)";

/// A chain's id as the number that it is in hex.
fn id(chain_id: &str) -> Result<u128, Error> {
    u128::from_str_radix(chain_id, 16).map_err(|_| damaged())
}

fn digest(hex: &str) -> Result<Digest, Error> {
    Digest::parse(hex).ok_or_else(damaged)
}

fn digest_of(bytes: &[u8]) -> Result<Digest, Error> {
    bytes.try_into().map(Digest::new).map_err(|_| damaged())
}

fn damaged() -> Error {
    Error::Unexpected("a chain and the tree that it is in do not fit together".to_owned())
}
