//! Which names a job may have.

/// The longest name, in bytes, with what the scheduler puts before it.
const LONGEST: usize = 512;

/// Checks a job's name as Dapr's scheduler does: it may be of any characters that do
/// no harm in a path.
///
/// # Errors
/// Why the name is none, as Dapr puts it.
pub(crate) fn check(app_id: &str, name: &str) -> Result<(), String> {
    // The scheduler's own name for the job, which is what it checks and shows.
    let full = format!("app||default||{app_id}||{name}");
    let why = if full.len() > LONGEST {
        format!("must be at most {LONGEST} characters")
    } else if name.contains(['/', '\\', '#', '?']) {
        r"must not contain '/', '\', '#' or '?'".to_owned()
    } else if name.contains(char::is_control) {
        "must not contain control characters".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("job name is invalid {full:?}: {why}"))
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
            "a|b",
            "a@b",
            "..",
            "ü",
            &"x".repeat(489),
        ] {
            assert_eq!(check("duebell", name), Ok(()), "{name}");
        }
        for name in [
            "a/b",
            "a\\b",
            "a#b",
            "a?b",
            "a\n",
            "\u{85}",
            &"x".repeat(490),
        ] {
            assert!(check("duebell", name).is_err(), "{name}");
        }
        assert_eq!(
            check("duebell", "a/b").unwrap_err(),
            r#"job name is invalid "app||default||duebell||a/b": must not contain '/', '\', '#' or '?'"#
        );
    }
}
