//! What shows that a checkpoint covers a chain.

use crate::{Digest, canonical, merkle};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Where a chain was when a checkpoint was made, and the way to the checkpoint's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// The chain: a random id that says nothing of its user.
    pub chain_id: String,
    /// How many entries it had.
    pub number: u64,
    /// The hash of the last of them.
    pub hash: Digest,
    /// Which leaf of the tree it is, from 0.
    pub position: u64,
    /// The hashes beside the way to the root, the lowest first.
    pub path: Vec<Digest>,
}

impl Inclusion {
    /// The root of the tree of so many leaves that this is a part of; none if there is
    /// no such tree.
    #[must_use]
    pub fn root(&self, chains: u64) -> Option<Digest> {
        let leaf = leaf(&self.chain_id, self.number, self.hash);
        merkle::root_by_path(leaf, self.position, chains, &self.path)
    }
}

/// The leaf of a chain with so many entries, the last of which has this hash: over the
/// canonical form (RFC 8785) of `chain_id`, `hash` and `number`.
#[must_use]
pub fn leaf(chain_id: &str, number: u64, hash: Digest) -> Digest {
    let members = json!({ "chain_id": chain_id, "hash": hash, "number": number });
    // Texts and a count have one.
    merkle::leaf(&canonical(&members).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_over_the_canonical_form_of_its_chain() {
        let zeros = "0".repeat(64);
        let written = format!(r#"{{"chain_id":"ab","hash":"{zeros}","number":3}}"#);
        assert_eq!(
            leaf("ab", 3, Digest::NOTHING),
            merkle::leaf(written.as_bytes())
        );
    }

    #[test]
    fn a_chain_is_included_as_it_was_and_not_otherwise() {
        let leaves: Vec<Digest> = (0..5)
            .map(|at| leaf(&format!("chain {at}"), at, Digest::NOTHING))
            .collect();
        let sound = Inclusion {
            chain_id: "chain 3".to_owned(),
            number: 3,
            hash: Digest::NOTHING,
            position: 3,
            path: merkle::path(&leaves, 3).unwrap(),
        };
        let root = merkle::root(&leaves);
        assert_eq!(sound.root(5), Some(root));
        for changed in [
            Inclusion {
                chain_id: "chain 2".to_owned(),
                ..sound.clone()
            },
            Inclusion {
                number: 2,
                ..sound.clone()
            },
            Inclusion {
                hash: root,
                ..sound.clone()
            },
            Inclusion {
                position: 2,
                ..sound.clone()
            },
        ] {
            assert_ne!(changed.root(5), Some(root));
        }
    }
}
