//! `duebell audit verify FILE`: verifies an export, offline.

use duebell_chain::{Verified, entries, verify};
use miette::{IntoDiagnostic, WrapErr, miette};
use std::path::Path;

/// Verifies an export of a user's audit and says what it found on stdout.
///
/// # Errors
/// The file cannot be read, is no export, or its chain is broken; the error
/// says where.
pub fn verify_file(file: &Path) -> miette::Result<()> {
    let text = std::fs::read_to_string(file)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", file.display()))?;
    let verified = check(&text).map_err(|flaw| miette!("{}: {flaw}", file.display()))?;
    let mut said = format!("{}: sound, {} entries", file.display(), verified.entries);
    if verified.erased > 0 {
        said.push_str(&format!(", {} of them erased", verified.erased));
    }
    super::say(&format!("{said}\nlast hash: {}\n", verified.head));
    Ok(())
}

fn check(text: &str) -> Result<Verified, String> {
    let entries = entries(text).map_err(|error| format!("this is no export: {error}"))?;
    let verified = verify(&entries).map_err(|flaw| flaw.to_string())?;
    match announced_head(text) {
        Some(head) if head != verified.head => Err(format!(
            "entry {}: the service said that the chain ends with hash {head}, but the export ends with {}; \
             give all pages of the export, the last one included",
            verified.entries, verified.head
        )),
        _ => Ok(verified),
    }
}

/// The hash of the chain's last entry, as the last page of the export says.
fn announced_head(text: &str) -> Option<String> {
    serde_json::Deserializer::from_str(text)
        .into_iter::<serde_json::Value>()
        .filter_map(Result::ok)
        .filter_map(|page| Some(page.get("head")?.get("hash")?.as_str()?.to_owned()))
        .last()
}

#[cfg(test)]
mod tests {
    use super::check;
    use serde_json::json;

    #[test]
    fn an_empty_audit_is_sound_and_says_so() {
        let page = json!({ "items": [], "next_cursor": null, "head": { "number": 0, "hash": duebell_chain::GENESIS } });
        assert_eq!(check(&page.to_string()).unwrap().entries, 0);
    }

    #[test]
    fn a_page_that_lost_all_entries_is_not_sound() {
        let page =
            json!({ "items": [], "next_cursor": null, "head": { "number": 2, "hash": "ab" } });
        assert!(check(&page.to_string()).unwrap_err().contains("ends with"));
    }

    #[test]
    fn what_is_no_export_is_told_apart_from_a_broken_one() {
        assert!(check("hello").unwrap_err().contains("no export"));
    }
}
