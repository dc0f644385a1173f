//! `duebell audit`: verifies an export, offline; prints the key to verify it with.

use std::fmt::Display;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use duebell_chain::{Evidence, Export, Findings, Flaw, Keys, Noted, OlderFlaw, SigningKey};
use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::Value;

use crate::cli::{Place, Verify};
use crate::state::StateFolder;

/// Verifies an export of a user's audit and says on stdout what it found, and what
/// could not be verified.
///
/// # Errors
/// A file cannot be read, or something is wrong with the export; the error says with
/// which entry or checkpoint, and what.
pub fn verify(command: &Verify) -> miette::Result<()> {
    let file = command.file.as_path();
    let export = Export::read(values(file)?).map_err(|flaw| wrong(file, &flaw))?;
    let findings = evidence(command)?
        .examine(&export)
        .map_err(|flaw| wrong(file, &flaw))?;
    super::say(&told(file, &export, &findings));
    Ok(())
}

/// Prints the public half of the state folder's key.
///
/// # Errors
/// The state folder cannot be used, or its key is damaged.
pub fn key(place: &Place) -> miette::Result<()> {
    let state = StateFolder::open(&place.state_folder())?;
    let key = SigningKey::parse(&state.audit_key()?).map_err(|why| {
        miette!(
            help = "Restore it from a copy, or remove it: a new key is made.",
            "audit.key in {} is damaged: {why}",
            state.path().display()
        )
    })?;
    super::say(&format!("{}\n", key.public().jwk()));
    Ok(())
}

/// What the export is held against.
fn evidence(command: &Verify) -> miette::Result<Evidence> {
    let mut evidence = Evidence::default();
    for key in &command.key {
        let keys = evidence.keys.get_or_insert_default();
        keys.extend(read_keys(key)?);
    }
    for path in &command.since {
        let older = Export::read(values(path)?).map_err(|flaw| Flaw::Older {
            name: path.display().to_string(),
            what: OlderFlaw::Flawed(Box::new(flaw)),
        });
        let older = older.map_err(|flaw| wrong(&command.file, &flaw))?;
        evidence.older.push((path.display().to_string(), older));
    }
    for path in &command.checkpoint {
        let noted = Noted::read(values(path)?).map_err(|flaw| wrong(path, &flaw))?;
        evidence.noted.extend(noted);
    }
    Ok(evidence)
}

fn read_keys(given: &str) -> miette::Result<Keys> {
    let path = Path::new(given);
    let text = if path.is_file() {
        std::fs::read_to_string(path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read {given}"))?
    } else {
        given.to_owned()
    };
    Keys::parse(&text).map_err(|why| {
        miette!(
            help = "Give a file with a JWKS or a JWK (`duebell audit key` prints one), or the 32 bytes of an Ed25519 public key in base64url.",
            "--key {given}: {why}"
        )
    })
}

/// The JSON values of a file, one after the other, whatever its size.
fn values(path: &Path) -> miette::Result<impl Iterator<Item = serde_json::Result<Value>>> {
    let file = File::open(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::Deserializer::from_reader(BufReader::new(file)).into_iter())
}

fn wrong(file: &Path, flaw: &Flaw) -> miette::Report {
    miette!("{}: {flaw}", file.display())
}

fn told(file: &Path, export: &Export, findings: &Findings) -> String {
    let mut told = format!("{}: sound, {} entries", file.display(), export.entries());
    if export.erased() > 0 {
        told.push_str(&format!(", {} of them erased", export.erased()));
    }
    told.push_str(&format!("\nlast hash: {}\n", export.head()));
    let mut say = |what: &str, of: &dyn Display| told.push_str(&format!("{what}: {of}\n"));
    for verified in &findings.verified {
        say("verified", verified);
    }
    for unverified in &findings.unverified {
        say("NOT verified", unverified);
    }
    told
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::json;

    use super::*;

    fn verify_text(text: &str) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("export");
        std::fs::write(&file, text).unwrap();
        verify(&Verify {
            file,
            key: Vec::new(),
            since: Vec::new(),
            checkpoint: Vec::new(),
        })
        .map_err(|error| error.to_string())
    }

    #[test]
    fn an_empty_audit_is_sound() {
        let head = json!({ "number": 0, "hash": duebell_chain::GENESIS, "chain_id": null });
        let page = json!({ "items": [], "next_cursor": null, "head": head });
        verify_text(&page.to_string()).unwrap();
        let lines = format!(
            "{}\n{}\n",
            json!({ "head": head }),
            json!({ "checkpoint": null })
        );
        verify_text(&lines).unwrap();
    }

    #[test]
    fn a_page_that_lost_all_entries_is_not_sound() {
        let head = json!({ "number": 2, "hash": "ab".repeat(32) });
        let page = json!({ "items": [], "next_cursor": null, "head": head });
        let error = verify_text(&page.to_string()).unwrap_err();
        assert!(error.contains("entry 1: missing"), "{error}");
    }

    #[test]
    fn what_is_no_export_is_told_apart_from_a_broken_one() {
        let error = verify_text("hello").unwrap_err();
        assert!(error.contains("this is no export"), "{error}");
    }

    #[test]
    fn a_key_that_is_none_is_told() {
        for given in ["no-such-file.json", "AAAA", "{}"] {
            let error = read_keys(given).unwrap_err().to_string();
            assert!(error.starts_with("--key "), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let key = SigningKey::parse(&state.audit_key().unwrap()).unwrap();
        let path: PathBuf = folder.path().join("key.json");
        std::fs::write(&path, key.public().jwk().to_string()).unwrap();
        read_keys(&path.display().to_string()).unwrap();
    }
}
