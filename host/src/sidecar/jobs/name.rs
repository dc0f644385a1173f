//! Which names a job may have.

/// What Dapr's scheduler leaves out of a name before it looks at it.
const IGNORED: [char; 4] = ['_', ':', '-', ' '];
/// The longest name, in bytes, without what is ignored (RFC 1123).
const LONGEST: usize = 253;

/// Checks a job's name as Dapr's scheduler does: without `_`, `:`, `-` and blanks,
/// in lower case, and between any `||`, it must be an RFC 1123 subdomain. The name
/// itself is kept as it is.
///
/// # Errors
/// Why the name is none, as Dapr puts it.
pub(crate) fn check(app_id: &str, name: &str) -> Result<(), String> {
    // The scheduler's own name for the job, which is what it checks and shows.
    let full = format!("app||default||{app_id}||{name}");
    let full = full.replace(IGNORED, "");
    let wrong = full
        .split("||")
        .find_map(|part| why_none(&part.to_lowercase()));
    match wrong {
        None => Ok(()),
        Some(why) => Err(format!("job name is invalid {full:?}: {why}")),
    }
}

/// Why this is no RFC 1123 subdomain, if it is none.
fn why_none(part: &str) -> Option<String> {
    if part.len() > LONGEST {
        return Some(format!("must be no more than {LONGEST} bytes"));
    }
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_label = |label: &str| !label.is_empty() && label.chars().all(is_letter);
    if part.split('.').all(is_label) {
        return None;
    }
    Some(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
         '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', \
         regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_checked_as_dapr_checks_it() {
        for name in [
            "a",
            "reminder-17",
            "v1.2",
            "-a-",
            "with_underscore",
            "a:b c",
            "Upper",
            "a||b",
            &"x".repeat(253),
            &"-x".repeat(253),
        ] {
            assert_eq!(check("duebell", name), Ok(()), "{name}");
        }
        for name in [
            "",
            "---",
            "a|b",
            "a||",
            "a/b",
            "a@b",
            ".a",
            "a..b",
            "ü",
            "a\n",
            &"x".repeat(254),
        ] {
            assert!(check("duebell", name).is_err(), "{name}");
        }
        assert!(
            check("duebell", "a/b")
                .unwrap_err()
                .starts_with("job name is invalid \"app||default||duebell||a/b\": a lowercase RFC")
        );
    }
}
