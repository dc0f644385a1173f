//! Holding an export against its checkpoint, and against what was noted elsewhere.

use crate::{
    Checkpoint, Distrust, Export, Keys, Noted,
    export::Covered,
    flaw::{CheckpointFlaw, Flaw, OlderFlaw},
};
use chrono::{DateTime, TimeDelta};
use std::fmt;

/// How much later than a checkpoint's time an entry may be written that it does not
/// cover, though the entry's own time is earlier.
const LAG: TimeDelta = TimeDelta::minutes(1);

/// What an export is held against.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Whose checkpoints are trusted; without them no signature is verified.
    pub keys: Option<Keys>,
    /// Checkpoints from elsewhere.
    pub noted: Noted,
    /// Older exports of the same chain, by their names.
    pub older: Vec<(String, Export)>,
}

/// What has been shown, and what has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// What has been.
    pub verified: Vec<Verified>,
    /// What has not, and why.
    pub unverified: Vec<Unverified>,
}

/// Something that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The chain ends where the service says.
    End,
    /// A checkpoint covers the chain.
    Covered {
        /// Its number.
        checkpoint: u64,
        /// When it was made.
        made_at: String,
        /// How many entries it covers.
        entries: u64,
    },
    /// So many checkpoints have signatures of trusted keys.
    Signatures(usize),
    /// The checkpoints with these numbers follow each other.
    Links(u64, u64),
    /// It goes on from this older export.
    GoesOn(String),
}

/// Something that was not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unverified {
    /// That nothing is missing at the end: the export has no head.
    End,
    /// That the chain was not rewritten as a whole: the export has no checkpoint.
    NoCheckpoint,
    /// The entries after the one with this number: no checkpoint covers them yet.
    Uncovered(u64),
    /// Who signed the checkpoints: no key was given.
    Signatures,
    /// That the checkpoints with these numbers follow each other: those between are
    /// not at hand.
    Links(u64, u64),
    /// That an older export is of the same chain by its id: one of the two has none.
    ChainOf(String),
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the chain ends where the service says"),
            Self::Covered {
                checkpoint,
                made_at,
                entries,
            } => write!(
                f,
                "checkpoint {checkpoint} of {made_at} covers entries 1 to {entries}"
            ),
            Self::Signatures(1) => {
                f.write_str("the checkpoint's signature is that of a key that you trust")
            }
            Self::Signatures(count) => write!(
                f,
                "the signatures of {count} checkpoints are those of keys that you trust"
            ),
            Self::Links(first, last) => {
                write!(f, "checkpoints {first} to {last} follow each other")
            }
            Self::GoesOn(name) => write!(f, "it goes on from {name}"),
        }
    }
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str(
                "that nothing is missing at the end: the file does not say where the chain ends (it broke off, or is an export without its last lines)",
            ),
            Self::NoCheckpoint => f.write_str(
                "that the chain was not made anew from end to end: the file has no checkpoint",
            ),
            Self::Uncovered(after) => write!(
                f,
                "that the entries after {after} were not made anew: no checkpoint in the file covers them"
            ),
            Self::Signatures => f.write_str(
                "who signed the checkpoint: give the service's public key, from elsewhere, with --key",
            ),
            Self::Links(first, last) => write!(
                f,
                "that checkpoint {last} follows checkpoint {first}: those between are not at hand (GET /api/audit/checkpoints has them)"
            ),
            Self::ChainOf(name) => write!(
                f,
                "that {name} is of the same chain by its id: one of the two does not say"
            ),
        }
    }
}

impl Evidence {
    /// Holds an export against this.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn examine(&self, export: &Export) -> Result<Findings, Flaw> {
        let mut findings = Findings {
            verified: Vec::new(),
            unverified: Vec::new(),
        };
        match export.head {
            Some(_) => findings.verified.push(Verified::End),
            None => findings.unverified.push(Unverified::End),
        }
        for (name, older) in &self.older {
            let flaw = |what| Flaw::Older {
                name: name.clone(),
                what,
            };
            findings.verified.push(Verified::GoesOn(name.clone()));
            if goes_on(export, older).map_err(flaw)? == SameChain::NotSaid {
                findings.unverified.push(Unverified::ChainOf(name.clone()));
            }
        }
        let all = self.checkpoints(export);
        self.verify_signatures(&all, &mut findings)?;
        verify_links(&all, &mut findings)?;
        self.verify_newest(export, &all)?;
        // Proofs of the same chain hold for it, whoever kept them.
        for kept in self.noted.covered.iter().chain(self.kept_by_older()) {
            covers(export, kept)?;
        }
        match &export.covered {
            Some(own) => {
                covers(export, own)?;
                let entries = own.proof.number;
                findings.verified.push(Verified::Covered {
                    checkpoint: own.checkpoint.number,
                    made_at: own.checkpoint.made_at.clone(),
                    entries,
                });
                if entries < export.entries() {
                    findings.unverified.push(Unverified::Uncovered(entries));
                }
            }
            None => findings.unverified.push(Unverified::NoCheckpoint),
        }
        Ok(findings)
    }

    /// All that are known, in order.
    fn checkpoints<'a>(&'a self, export: &'a Export) -> Vec<&'a Checkpoint> {
        let own = export.covered.iter().map(|own| &own.checkpoint);
        let older = self.kept_by_older().map(|kept| &kept.checkpoint);
        let mut all: Vec<&Checkpoint> = own.chain(older).chain(&self.noted.checkpoints).collect();
        all.sort_by_key(|checkpoint| checkpoint.number);
        all
    }

    fn kept_by_older(&self) -> impl Iterator<Item = &Covered> {
        self.older
            .iter()
            .filter_map(|(_, older)| older.covered.as_ref())
    }

    fn verify_signatures(&self, all: &[&Checkpoint], findings: &mut Findings) -> Result<(), Flaw> {
        if all.is_empty() {
            return Ok(());
        }
        let Some(keys) = &self.keys else {
            findings.unverified.push(Unverified::Signatures);
            return Ok(());
        };
        for checkpoint in all {
            checkpoint.verify(keys).map_err(|distrust| {
                let what = match distrust {
                    Distrust::UnknownKey => CheckpointFlaw::UnknownKey(checkpoint.key_id.clone()),
                    Distrust::Forged => CheckpointFlaw::Forged,
                };
                flaw(checkpoint, what)
            })?;
        }
        let mut numbers: Vec<u64> = all.iter().map(|checkpoint| checkpoint.number).collect();
        numbers.dedup();
        findings.verified.push(Verified::Signatures(numbers.len()));
        Ok(())
    }

    /// An export has the newest checkpoint that there was; so it is older than one that
    /// is known.
    fn verify_newest(&self, export: &Export, all: &[&Checkpoint]) -> Result<(), Flaw> {
        let Some(newest) = all.last() else {
            return Ok(());
        };
        match &export.covered {
            Some(own) if own.checkpoint.number < newest.number => Err(flaw(
                &own.checkpoint,
                CheckpointFlaw::Outdated {
                    newest: newest.number,
                },
            )),
            None if had_begun(export, newest) => Err(flaw(newest, CheckpointFlaw::Withheld)),
            _ => Ok(()),
        }
    }
}

fn flaw(checkpoint: &Checkpoint, what: CheckpointFlaw) -> Flaw {
    Flaw::Checkpoint {
        number: checkpoint.number,
        what,
    }
}

/// Whether a chain had an entry when a checkpoint was made.
fn had_begun(export: &Export, checkpoint: &Checkpoint) -> bool {
    let time = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    let begun = export.history.first_recorded_at().and_then(time);
    match (begun, time(&checkpoint.made_at)) {
        (Some(begun), Some(made)) => begun + LAG < made,
        _ => false,
    }
}

/// Whether the same number always means the same checkpoint, and each names the one
/// before it.
fn verify_links(all: &[&Checkpoint], findings: &mut Findings) -> Result<(), Flaw> {
    let mut run: Option<(u64, u64)> = None;
    let mut runs = Vec::new();
    for pair in all.windows(2) {
        let [before, after] = pair else { continue };
        if before.number == after.number {
            if before.hash() != after.hash() {
                return Err(flaw(after, CheckpointFlaw::Contradicted));
            }
        } else if before.number + 1 == after.number {
            if after.previous_hash != before.hash() {
                return Err(flaw(after, CheckpointFlaw::BrokenLink));
            }
            let (first, _) = run.unwrap_or((before.number, before.number));
            run = Some((first, after.number));
        } else {
            let gap = Unverified::Links(before.number, after.number);
            findings.unverified.push(gap);
            runs.extend(run.take());
        }
    }
    runs.extend(run);
    findings.verified.extend(
        runs.into_iter()
            .map(|(first, last)| Verified::Links(first, last)),
    );
    Ok(())
}

/// Whether a checkpoint covers this chain, as it is.
fn covers(export: &Export, covered: &Covered) -> Result<(), Flaw> {
    let Covered { checkpoint, proof } = covered;
    let wrong = |what| Err(flaw(checkpoint, what));
    if proof.root(checkpoint.chains) != Some(checkpoint.root) {
        return wrong(CheckpointFlaw::NotIncluded);
    }
    let chain_id = export.head.as_ref().and_then(|head| head.chain_id.as_ref());
    if chain_id.is_some_and(|chain_id| *chain_id != proof.chain_id) {
        return wrong(CheckpointFlaw::OtherChain);
    }
    match export.history.hash_at(proof.number) {
        None => wrong(CheckpointFlaw::Ahead {
            covered: proof.number,
            entries: export.entries(),
        }),
        Some(hash) if hash != proof.hash => wrong(CheckpointFlaw::Rewritten {
            entry: proof.number,
        }),
        Some(_) => Ok(()),
    }
}

/// Whether two exports are of one chain, by its id.
#[derive(PartialEq, Eq)]
enum SameChain {
    Said,
    NotSaid,
}

/// Whether an export begins as an older one did.
fn goes_on(export: &Export, older: &Export) -> Result<SameChain, OlderFlaw> {
    let chain_id = |export: &Export| export.head.as_ref()?.chain_id.clone();
    let same = match (chain_id(export), chain_id(older)) {
        (Some(one), Some(other)) if one != other => return Err(OlderFlaw::OtherChain),
        (Some(_), Some(_)) => SameChain::Said,
        _ => SameChain::NotSaid,
    };
    if let Some(entry) = export.history.first_difference(&older.history) {
        return Err(OlderFlaw::Rewritten { entry });
    }
    if export.entries() < older.entries() {
        return Err(OlderFlaw::Shorter {
            entries: export.entries(),
            older: older.entries(),
        });
    }
    Ok(same)
}
