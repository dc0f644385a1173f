//! A service with chains and checkpoints, as small as can be.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use duebell_chain::{
    Checkpoint, Digest, Evidence, Export, Findings, Flaw, GENESIS, Keys, NewCheckpoint, Noted,
    Salt, SigningKey, commitment, hash, leaf, merkle,
};
use serde_json::{Map, Value, json};

/// A key of this service's.
pub(crate) fn key(byte: u8) -> SigningKey {
    SigningKey::parse(&URL_SAFE_NO_PAD.encode([byte; 32])).unwrap()
}

/// Some chains, by the number of their entries, and the checkpoints over them.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) key: SigningKey,
    chains: Vec<Vec<Value>>,
    checkpoints: Vec<Value>,
    /// The tree of the latest.
    leaves: Vec<(u64, Digest)>,
}

impl Service {
    pub(crate) fn new() -> Self {
        Self {
            key: key(1),
            chains: Vec::new(),
            checkpoints: Vec::new(),
            leaves: Vec::new(),
        }
    }

    /// Appends so many entries to a chain, which may be the next new one.
    pub(crate) fn append(&mut self, chain: usize, entries: usize) -> &mut Self {
        if chain == self.chains.len() {
            self.chains.push(Vec::new());
        }
        for _ in 0..entries {
            let title = format!("chain {chain}");
            let entry = entry(self.chains[chain].last(), &title);
            self.chains[chain].push(entry);
        }
        self
    }

    /// Makes a checkpoint, a minute after the one before.
    pub(crate) fn checkpoint(&mut self) -> &mut Self {
        self.leaves = self.chains.iter().map(|chain| end(chain)).collect();
        let leaves: Vec<Digest> = self
            .leaves
            .iter()
            .enumerate()
            .map(|(at, (number, hash))| leaf(&chain_id(at), *number, *hash))
            .collect();
        let previous = self.checkpoints.last().map(|last| {
            let last = Checkpoint::read(last).unwrap();
            (last.number, last.hash())
        });
        let (number, previous_hash) = previous.unwrap_or((0, Digest::NOTHING));
        let new = NewCheckpoint {
            number: number + 1,
            made_at: format!("2026-01-15T13:{:02}:00.000Z", number + 1),
            chains: leaves.len() as u64,
            root: merkle::root(&leaves),
            previous_hash,
        };
        self.checkpoints.push(Value::Object(new.sign(&self.key)));
        self
    }

    /// The lines of an export.
    pub(crate) fn export(&self, chain: usize) -> Vec<Value> {
        let entries = &self.chains[chain];
        let (number, hash) = end(entries);
        let head = json!({ "number": number, "hash": hash, "chain_id": chain_id(chain) });
        let covered = match self.leaves.get(chain) {
            Some((number, hash)) => json!({
                "checkpoint": self.checkpoints.last(),
                "proof": {
                    "chain_id": chain_id(chain),
                    "number": number,
                    "hash": hash,
                    "position": chain,
                    "path": self.path(chain),
                },
            }),
            None => json!({ "checkpoint": null }),
        };
        let mut lines = entries.clone();
        lines.extend([json!({ "head": head }), covered]);
        lines
    }

    /// All checkpoints, as they are listed.
    pub(crate) fn listed(&self) -> Value {
        json!({ "items": self.checkpoints.iter().rev().collect::<Vec<_>>(), "next_cursor": null })
    }

    fn path(&self, chain: usize) -> Vec<Digest> {
        let leaves: Vec<Digest> = self
            .leaves
            .iter()
            .enumerate()
            .map(|(at, (number, hash))| leaf(&chain_id(at), *number, *hash))
            .collect();
        merkle::path(&leaves, chain).unwrap()
    }
}

fn chain_id(chain: usize) -> String {
    format!("{chain:032x}")
}

fn end(entries: &[Value]) -> (u64, Digest) {
    match entries.last() {
        Some(last) => (
            entries.len() as u64,
            Digest::parse(last["hash"].as_str().unwrap()).unwrap(),
        ),
        None => (0, Digest::NOTHING),
    }
}

/// An entry that follows this one, sealed as the service would.
pub(crate) fn entry(before: Option<&Value>, title: &str) -> Value {
    let number = before.map_or(1, |before| before["number"].as_u64().unwrap() + 1);
    let salt = Salt::new([7; 16]);
    let event = json!({ "event_type": "task.created", "title": title, "task_id": number });
    let mut entry = Map::from_iter([
        ("number".to_owned(), json!(number)),
        (
            "recorded_at".to_owned(),
            json!(format!("2026-01-15T12:00:{:02}.000Z", number % 60)),
        ),
        (
            "commitment".to_owned(),
            json!(commitment(&salt, &event).unwrap()),
        ),
        (
            "previous_hash".to_owned(),
            before.map_or(json!(GENESIS), |before| before["hash"].clone()),
        ),
    ]);
    let seal = hash(&entry).unwrap();
    entry.insert("event".to_owned(), event);
    entry.insert("salt".to_owned(), json!(salt.as_str()));
    entry.insert("hash".to_owned(), json!(seal));
    Value::Object(entry)
}

/// The service's chain of three and four entries, the first four of which a checkpoint
/// covers, beside four other chains.
pub(crate) fn usual() -> Service {
    let mut service = Service::new();
    for chain in 0..5 {
        service.append(chain, chain + 2);
    }
    service.checkpoint().append(2, 3);
    service
}

pub(crate) fn read(lines: &[Value]) -> Result<Export, Flaw> {
    Export::read(lines.iter().cloned().map(Ok::<_, String>))
}

pub(crate) fn noted(values: &[Value]) -> Noted {
    Noted::read(values.iter().cloned().map(Ok::<_, String>)).unwrap()
}

/// What is known elsewhere: the service's key, and nothing else.
pub(crate) fn trusting(service: &Service) -> Evidence {
    Evidence {
        keys: Some(Keys::from(service.key.public())),
        ..Evidence::default()
    }
}

/// What comes of an export with this evidence.
pub(crate) fn examine(evidence: &Evidence, lines: &[Value]) -> Result<Findings, Flaw> {
    evidence.examine(&read(lines)?)
}
