//! What components are compiled to: kept in files, and mapped into memory from there, so
//! that only what is used of them takes any.

use std::fs::{File, FileTimes};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use miette::{IntoDiagnostic, WrapErr};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::clock;

/// How many files are kept: those of the last few builds.
const MOST_FILES: usize = 64;

/// The ending of their names.
const ENDING: &str = "cwasm";

/// The folder that they are kept in.
#[derive(Clone, Debug)]
pub struct Compiled {
    folder: PathBuf,
}

impl Compiled {
    /// Keeps them in this folder, which is made if need be. What is in it is run as it is:
    /// nobody else may write there.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn new(folder: &Path) -> miette::Result<Self> {
        let folder = std::path::absolute(folder).into_diagnostic()?;
        std::fs::create_dir_all(&folder)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot keep compiled components in {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// The component in this file, compiled before or now.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no component; or what it was compiled to cannot
    /// be kept.
    pub fn load(&self, engine: &Engine, source: &Path) -> wasmtime::Result<Component> {
        let wasm = std::fs::read(source)?;
        let kept = self.folder.join(name(engine, &wasm));
        if let Ok(component) = map(engine, &kept) {
            // How old it is tells when it was last used.
            let used = FileTimes::new().set_modified(clock::system_time());
            let _ = File::options()
                .append(true)
                .open(&kept)
                .and_then(|file| file.set_times(used));
            return Ok(component);
        }
        let compiled = engine.precompile_component(&wasm)?;
        // Whoever compiles the same meanwhile writes the same.
        let mut draft = tempfile::NamedTempFile::new_in(&self.folder)?;
        std::io::Write::write_all(&mut draft, &compiled)?;
        draft.persist(&kept)?;
        map(engine, &kept)
    }

    /// Removes what was not used for longest, if there is too much.
    pub fn forget_old(&self) {
        let Ok(files) = std::fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<(SystemTime, PathBuf)> = files
            .filter_map(|file| {
                let path = file.ok()?.path();
                let used = path.metadata().ok()?.modified().ok()?;
                (path.extension()? == ENDING).then_some((used, path))
            })
            .collect();
        files.sort();
        let old = files.len().saturating_sub(MOST_FILES);
        for (_, path) in files.into_iter().take(old) {
            // What is mapped stays, and what is missing is compiled again.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Tells files apart by what was compiled, and by what and how.
fn name(engine: &Engine, wasm: &[u8]) -> String {
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    let wasm: String = Sha256::digest(wasm)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{wasm}-{:016x}.{ENDING}", settings.finish())
}

/// Maps what was compiled before.
#[expect(
    unsafe_code,
    reason = "what is mapped is run, and wasmtime cannot tell that it is what it wrote"
)]
fn map(engine: &Engine, file: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the folder is the user's own, files come into it whole, by a rename, and are
    // never written to afterwards. Another version's, or another machine's, is refused.
    unsafe { Component::deserialize_file(engine, file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn a_component_is_compiled_once_and_again_if_its_file_is_broken() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("empty.wasm");
        std::fs::write(&source, EMPTY).unwrap();
        let engine = Engine::default();
        let compiled = Compiled::new(&folder.path().join("compiled")).unwrap();
        compiled.load(&engine, &source).unwrap();
        let kept = folder.path().join("compiled").join(name(&engine, EMPTY));
        let first = std::fs::read(&kept).unwrap();
        compiled.load(&engine, &source).unwrap();
        std::fs::remove_file(&kept).unwrap();
        std::fs::write(&kept, "none of ours").unwrap();
        compiled.load(&engine, &source).unwrap();
        assert_eq!(std::fs::read(&kept).unwrap(), first);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let compiled = Compiled::new(folder.path()).unwrap();
        for number in 0..MOST_FILES + 3 {
            let file = File::create(folder.path().join(format!("{number}.{ENDING}"))).unwrap();
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(number as u64);
            file.set_times(FileTimes::new().set_modified(time)).unwrap();
        }
        compiled.forget_old();
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, MOST_FILES);
        assert!(!folder.path().join(format!("2.{ENDING}")).exists());
        assert!(folder.path().join(format!("3.{ENDING}")).exists());
    }
}
