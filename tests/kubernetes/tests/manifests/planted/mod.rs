//! Mistakes, each planted in a copy of the project, and what must be said of them.

mod apps;
mod broker;
mod cluster;
mod sidecar;

use crate::{definitions, findings_in, not_checked, root};
use duebell_manifests::Rule;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A mistake.
pub(crate) struct Planted {
    /// What somebody did.
    name: &'static str,
    /// Where it shows: the overlay that is looked at.
    overlay: &'static str,
    /// The file, and what is replaced by what in it.
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// What all findings are about, and a part of what one of them says.
    rules: &'static [Rule],
    says: &'static str,
}

#[test]
fn planted_mistakes_are_found() {
    let definitions = definitions();
    let mistakes: Vec<&Planted> = [
        apps::MISTAKES,
        broker::MISTAKES,
        cluster::MISTAKES,
        sidecar::MISTAKES,
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(mistakes.len() >= 20);
    let mut faults = Vec::new();
    let mut untold = Vec::new();
    for mistake in &mistakes {
        let needs_definitions = mistake.rules == [Rule::Definition];
        if needs_definitions && definitions.is_none() {
            untold.push(mistake.name);
            continue;
        }
        let folder = copy();
        let file = folder.path().join(mistake.file);
        let text = fs::read_to_string(&file).unwrap();
        if !text.contains(mistake.from) {
            faults.push(format!("{}: {} has changed", mistake.name, mistake.file));
            continue;
        }
        fs::write(&file, text.replacen(mistake.from, mistake.to, 1)).unwrap();
        let found = findings_in(folder.path(), mistake.overlay, definitions.as_ref());
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        let is_told = told.iter().any(|finding| finding.contains(mistake.says));
        let strays = found
            .iter()
            .any(|finding| !mistake.rules.contains(&finding.rule));
        let all_rules = mistake
            .rules
            .iter()
            .all(|rule| found.iter().any(|finding| finding.rule == *rule));
        if !is_told || strays || !all_rules {
            faults.push(format!(
                "{}: {:?} was to be found, saying {:?}, but not:\n  {}",
                mistake.name,
                mistake.rules,
                mistake.says,
                told.join("\n  ")
            ));
        }
    }
    if !untold.is_empty() {
        not_checked(&format!("that these mistakes are found: {untold:?}"));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// A copy of all that is looked at.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root().join("spin.toml"), folder.path().join("spin.toml")).unwrap();
    copy_folder(&root().join("deploy"), &folder.path().join("deploy"));
    folder
}

fn copy_folder(from: &Path, to: &PathBuf) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
