//! Examples of checkpoints, made by the code that signs them.

use crate::examples::audit_entry;
use anyhow::Context;
use duebell_chain::{Checkpoint, Digest, Inclusion, NewCheckpoint, SigningKey, leaf, merkle};
use serde_json::{Value, json};

/// RFC 8037, appendix A.1: known to all, and good for examples alone.
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";

/// When it was made.
const MADE_AT: &str = "2026-01-14T11:00:00.000Z";

fn key() -> anyhow::Result<SigningKey> {
    Ok(SigningKey::parse(SEED)?)
}

/// The example's chain is the second of two.
fn inclusion() -> anyhow::Result<(Inclusion, Digest)> {
    let entry = audit_entry()?;
    let hash = entry.get("hash").and_then(Value::as_str);
    let hash = hash.and_then(Digest::parse).context("the entry's hash")?;
    let chain_id = "c4e5f3a2b1d09876c4e5f3a2b1d09876";
    let other = leaf("0b7f4a6d2c9e8135a0f1e2d3c4b5a697", 12, hash);
    let leaves = [other, leaf(chain_id, 1, hash)];
    let inclusion = Inclusion {
        chain_id: chain_id.to_owned(),
        number: 1,
        hash,
        position: 1,
        path: merkle::path(&leaves, 1).context("a path")?,
    };
    Ok((inclusion, merkle::root(&leaves)))
}

/// A checkpoint that covers the example's entry.
pub(crate) fn checkpoint() -> anyhow::Result<Value> {
    let (_, root) = inclusion()?;
    let new = NewCheckpoint {
        number: 1,
        made_at: MADE_AT.to_owned(),
        chains: 2,
        root,
        previous_hash: Digest::NOTHING,
    };
    let checkpoint = Value::Object(new.sign(&key()?));
    Checkpoint::read(&checkpoint)?;
    Ok(checkpoint)
}

/// Where the example's chain ends.
pub(crate) fn head() -> anyhow::Result<Value> {
    let (inclusion, _) = inclusion()?;
    Ok(json!({
        "number": inclusion.number, "hash": inclusion.hash, "chain_id": inclusion.chain_id,
    }))
}

/// The lines of an export.
pub(crate) fn export() -> anyhow::Result<String> {
    let (proof, _) = inclusion()?;
    let entry = audit_entry()?;
    let head = json!({ "head": head()? });
    let covered = json!({ "checkpoint": checkpoint()?, "proof": proof });
    Ok(format!("{entry}\n{head}\n{covered}\n"))
}

/// The keys.
pub(crate) fn keys() -> anyhow::Result<Value> {
    Ok(json!({ "keys": [key()?.public().jwk()] }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use duebell_chain::{Evidence, Export, Keys};

    #[test]
    fn the_examples_export_verifies() {
        let lines = serde_json::Deserializer::from_str(&export().unwrap())
            .into_iter()
            .collect::<Vec<_>>();
        let evidence = Evidence {
            keys: Some(Keys::parse(&keys().unwrap().to_string()).unwrap()),
            ..Evidence::default()
        };
        let export = Export::read(lines).unwrap();
        assert_eq!(evidence.examine(&export).unwrap().unverified, []);
    }
}
