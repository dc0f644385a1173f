//! Every input that was found and kept, once: cargo test -p duebell-fuzz-checks

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use duebell_fuzz_checks::CHECKS;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// The fuzz targets' folder.
fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names in one of its folders, without what ends them.
fn names(folder: &str) -> BTreeSet<String> {
    std::fs::read_dir(fuzz().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_was_found_holds() {
    for (name, check) in CHECKS {
        let folder = fuzz().join("corpus").join(name);
        let mut inputs = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let input = std::fs::read(&path).unwrap();
            // Shown if the check fails.
            println!("{}", path.display());
            check(&input);
            inputs += 1;
        }
        assert!(inputs > 0, "{} is empty", folder.display());
    }
}

#[cfg(feature = "host")]
#[test]
fn each_target_has_its_check_and_its_corpus() {
    let checks: BTreeSet<String> = CHECKS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz_targets"), checks);
    assert_eq!(names("corpus"), checks);
}
