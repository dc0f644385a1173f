//! The newest of a component's files, by the patterns in `watch`.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// How many files and folders are looked at, and how deep.
const MAX_ENTRIES: usize = 100_000;
const MAX_DEPTH: usize = 32;

/// When the newest file that matches one of the patterns was changed. None if
/// no file matches, or there are too many to tell.
pub(super) fn newest(folder: &Path, patterns: &[String]) -> Option<SystemTime> {
    let mut entries = MAX_ENTRIES;
    let mut newest = None;
    for pattern in patterns {
        let parts: Vec<&str> = pattern.split('/').filter(|part| *part != ".").collect();
        walk(folder, &parts, 0, &mut entries, &mut newest)?;
    }
    newest
}

/// None is for too many entries.
fn walk(
    folder: &Path,
    parts: &[&str],
    depth: usize,
    entries: &mut usize,
    newest: &mut Option<SystemTime>,
) -> Option<()> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(());
    };
    if depth > MAX_DEPTH {
        return None;
    }
    if *part != "**" && !part.contains(['*', '?']) {
        let path = folder.join(part);
        if rest.is_empty() {
            see(&path, newest);
            return Some(());
        }
        return walk(&path, rest, depth + 1, entries, newest);
    }
    if *part == "**" {
        // "**" is also no folder at all.
        walk(folder, rest, depth + 1, entries, newest)?;
    }
    let Ok(listing) = fs::read_dir(folder) else {
        return Some(());
    };
    for entry in listing.flatten() {
        *entries = entries.checked_sub(1)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if *part == "**" {
            if is_folder {
                walk(&entry.path(), parts, depth + 1, entries, newest)?;
            }
        } else if matches(part, &name) {
            if rest.is_empty() {
                see(&entry.path(), newest);
            } else if is_folder {
                walk(&entry.path(), rest, depth + 1, entries, newest)?;
            }
        }
    }
    Some(())
}

fn see(path: &Path, newest: &mut Option<SystemTime>) {
    let changed = fs::metadata(path).and_then(|it| it.modified()).ok();
    *newest = (*newest).max(changed);
}

/// `*` is any text, `?` any one letter.
fn matches(pattern: &str, name: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return name.is_empty();
    };
    let tail = pattern.get(first.len_utf8()..).unwrap_or_default();
    match first {
        '*' => name
            .char_indices()
            .map(|(index, _)| index)
            .chain([name.len()])
            .any(|index| matches(tail, name.get(index..).unwrap_or_default())),
        _ => match name.chars().next() {
            Some(letter) if first == '?' || letter == first => {
                matches(tail, name.get(letter.len_utf8()..).unwrap_or_default())
            }
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        for (pattern, name, right) in [
            ("*.rs", "lib.rs", true),
            ("*.rs", "lib.rsx", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "anything", true),
            ("task-*.json", "task-1.json", true),
        ] {
            assert_eq!(matches(pattern, name), right, "{pattern} {name}");
        }
    }

    #[test]
    fn two_stars_are_any_folders_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        put("crates/a/src/lib.rs");
        put("crates/top.rs");
        put("crates/a/target/made.rs");
        let newest = |pattern: &str| newest(folder.path(), &[pattern.to_owned()]);
        assert!(newest("crates/**/*.rs").is_some());
        assert!(newest("crates/*.rs").is_some());
        assert!(newest("crates/top.rs").is_some());
        assert!(newest("crates/**/made.rs").is_none());
        assert!(newest("nothing/**/*.rs").is_none());
    }
}
