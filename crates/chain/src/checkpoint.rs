//! Checkpoints: signed over the heads of all chains, and over the checkpoint before.

use crate::{
    Digest, canonical,
    key::{Keys, SigningKey},
};
use serde_json::{Map, Value, json};
use std::fmt;

/// What a checkpoint says that it is, so that its signature is good for nothing else.
pub const FORMAT: &str = "duebell-audit-checkpoint/1";

/// The largest count that has one canonical form: what every double holds exactly.
const MOST: u64 = (1 << 53) - 1;

/// What a checkpoint is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCheckpoint {
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// When it was made (RFC 3339).
    pub made_at: String,
    /// How many chains it covers: the leaves of the tree.
    pub chains: u64,
    /// The root of the tree over their heads.
    pub root: Digest,
    /// The [`Checkpoint::hash`] of the one before; [`Digest::NOTHING`] in the first.
    pub previous_hash: Digest,
}

/// A checkpoint as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// When it was made (RFC 3339).
    pub made_at: String,
    /// How many chains it covers.
    pub chains: u64,
    /// The root of the tree over their heads.
    pub root: Digest,
    /// The hash of the one before.
    pub previous_hash: Digest,
    /// Whose signature it has: the key's thumbprint (RFC 7638).
    pub key_id: String,
    signature: String,
    /// The canonical form of all but the signature.
    signed: Vec<u8>,
}

/// What is no checkpoint. Says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotACheckpoint(&'static str);

impl fmt::Display for NotACheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is no checkpoint: {}", self.0)
    }
}

impl std::error::Error for NotACheckpoint {}

/// Why a checkpoint's signature says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It names a key that is not among those that are trusted.
    UnknownKey,
    /// It is not signed with the key that it names: it was forged, or changed.
    Forged,
}

impl NewCheckpoint {
    /// The checkpoint as JSON, signed: Ed25519 over the canonical form (RFC 8785) of
    /// all but `signature`.
    #[must_use]
    pub fn sign(self, key: &SigningKey) -> Map<String, Value> {
        let mut members = Map::from_iter([
            ("format".to_owned(), json!(FORMAT)),
            ("number".to_owned(), json!(self.number)),
            ("made_at".to_owned(), json!(self.made_at)),
            ("chains".to_owned(), json!(self.chains)),
            ("root".to_owned(), json!(self.root)),
            ("previous_hash".to_owned(), json!(self.previous_hash)),
            ("key_id".to_owned(), json!(key.public().id())),
        ]);
        let signature = key.sign(&signed(&members));
        members.insert("signature".to_owned(), json!(signature));
        members
    }
}

/// What the signature covers: every member but itself, also those that may be added.
fn signed(members: &Map<String, Value>) -> Vec<u8> {
    let covered: Map<String, Value> = members
        .iter()
        .filter(|(name, _)| name.as_str() != "signature")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    // Numbers that no double holds have no canonical form, and are never signed.
    canonical(&Value::Object(covered)).unwrap_or_default()
}

impl Checkpoint {
    /// Reads a checkpoint. It says nothing yet: see [`verify`](Self::verify).
    ///
    /// # Errors
    /// It is none.
    pub fn read(value: &Value) -> Result<Self, NotACheckpoint> {
        let members = value.as_object().ok_or(NotACheckpoint("it is no object"))?;
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let count = |name: &str| {
            let count = members.get(name).and_then(Value::as_u64);
            count.filter(|count| *count <= MOST)
        };
        let digest = |name: &str| text(name).and_then(Digest::parse);
        if text("format") != Some(FORMAT) {
            return Err(NotACheckpoint(
                "its `format` is not duebell-audit-checkpoint/1",
            ));
        }
        let number = count("number").filter(|number| *number > 0);
        Ok(Self {
            number: number.ok_or(NotACheckpoint("it has no `number`, from 1"))?,
            made_at: text("made_at")
                .ok_or(NotACheckpoint("it has no `made_at`"))?
                .to_owned(),
            chains: count("chains").ok_or(NotACheckpoint("it has no number of `chains`"))?,
            root: digest("root").ok_or(NotACheckpoint("its `root` is not 64 hex digits"))?,
            previous_hash: digest("previous_hash")
                .ok_or(NotACheckpoint("its `previous_hash` is not 64 hex digits"))?,
            key_id: text("key_id")
                .ok_or(NotACheckpoint("it has no `key_id`"))?
                .to_owned(),
            signature: text("signature")
                .ok_or(NotACheckpoint("it has no `signature`"))?
                .to_owned(),
            signed: signed(members),
        })
    }

    /// What the next checkpoint names it by: the SHA-256 of what is signed.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest::of(&[&self.signed])
    }

    /// Whether one of these keys has signed it.
    ///
    /// # Errors
    /// None has.
    pub fn verify(&self, keys: &Keys) -> Result<(), Distrust> {
        let key = keys.get(&self.key_id).ok_or(Distrust::UnknownKey)?;
        if key.has_signed(&self.signed, &self.signature) {
            Ok(())
        } else {
            Err(Distrust::Forged)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle;

    fn key(byte: u8) -> SigningKey {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        SigningKey::parse(&URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
    }

    fn new() -> NewCheckpoint {
        NewCheckpoint {
            number: 1,
            made_at: "2026-01-15T12:00:00.000Z".to_owned(),
            chains: 1,
            root: merkle::leaf(b""),
            previous_hash: Digest::NOTHING,
        }
    }

    #[test]
    fn what_is_signed_verifies_with_its_key_and_no_other() {
        let signed = Value::Object(new().sign(&key(1)));
        let checkpoint = Checkpoint::read(&signed).unwrap();
        assert_eq!(checkpoint.verify(&key(1).public().into()), Ok(()));
        assert_eq!(
            checkpoint.verify(&key(2).public().into()),
            Err(Distrust::UnknownKey)
        );
        // After a rotation there are two.
        let mut both = Keys::from(key(2).public());
        both.extend(key(1).public().into());
        assert_eq!(checkpoint.verify(&both), Ok(()));
    }

    #[test]
    fn the_checkpoint_is_the_one_in_the_documents() {
        // docs/audit.md shows it; it was computed without this code.
        let key = SigningKey::parse("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let hash = "698faf6669fc48ca6ee1c53622aa43707ea0bf134dbdea3f38dda7f93f986c6f";
        let chain_id = "00000000000000000000000000000001";
        let signed = NewCheckpoint {
            root: crate::leaf(chain_id, 1, Digest::parse(hash).unwrap()),
            ..new()
        }
        .sign(&key);
        assert_eq!(
            signed["root"],
            "c3636ba81388ac357a6d6b95162e0ec5d9b47c8338f207623770f21f045bffdc"
        );
        assert_eq!(
            signed["signature"],
            "HZBTy5-joKZflvxmX9wlB8ZCfcNQjpxETR7ZUe16yn7NzXSqKrrfTYHBE6HyhP316Jl56MsB8fiVKCsrz91ZDA"
        );
        let checkpoint = Checkpoint::read(&Value::Object(signed)).unwrap();
        assert_eq!(
            checkpoint.hash().to_string(),
            "d9bc1a995ae086b46b16734e230f6c5f8894d06d1dfe355a2dc282dc73b5b393"
        );
    }

    #[test]
    fn a_change_of_any_member_is_found() {
        let signed = new().sign(&key(1));
        let keys = Keys::from(key(1).public());
        for (name, value) in [
            ("number", json!(2)),
            ("made_at", json!("2026-01-15T12:00:00.001Z")),
            ("chains", json!(2)),
            ("root", json!(Digest::NOTHING)),
            ("previous_hash", json!(merkle::leaf(b"x"))),
            ("added", json!(true)),
            ("added", json!(1e300)),
            ("signature", json!("")),
            (
                "signature",
                new().sign(&key(2)).remove("signature").unwrap(),
            ),
        ] {
            let mut changed = signed.clone();
            changed.insert(name.to_owned(), value);
            let changed = Checkpoint::read(&Value::Object(changed)).unwrap();
            assert_eq!(changed.verify(&keys), Err(Distrust::Forged), "{name}");
        }
        for name in signed.keys() {
            let mut changed = signed.clone();
            changed.remove(name);
            assert!(Checkpoint::read(&Value::Object(changed)).is_err(), "{name}");
        }
    }
}
