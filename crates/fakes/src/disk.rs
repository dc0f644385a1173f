//! What is on the disk, whatever a database says.

use std::{fs, path::Path};

/// The names of the files in a folder that hold this text somewhere, in use or not.
///
/// # Panics
/// The folder or a file in it cannot be read.
#[must_use]
pub fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let found = || -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        for file in fs::read_dir(folder)? {
            let file = file?;
            let bytes = fs::read(file.path())?;
            let mut parts = bytes.windows(text.len());
            if parts.any(|part| part == text.as_bytes()) {
                names.push(file.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    };
    found().unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}
