//! The manifest for Fermyon (Akamai Functions): spin.toml without what is not there.

use std::path::Path;

/// What the file begins with.
const HEAD: &str = "# Duebell on Fermyon (Akamai Functions): README.md beside this file.
#
# Made of spin.toml by `UPDATE_MANIFESTS=1 cargo test --release --test manifests`; a test holds it to that.
";

/// Variables that have no default here.
const REQUIRED: [&str; 11] = [
    "dapr_url",
    "dapr_api_token",
    "postgres_origin",
    "tasks_database",
    "audit_database",
    "reminders_database",
    "notifications_database",
    "recurrence_database",
    "deadletters_database",
    "search_database",
    "updates_database",
];

/// Where it is.
pub(crate) const FILE: &str = "deploy/fermyon/spin.toml";

/// What it has to be.
pub(crate) fn wanted(root: &Path) -> String {
    let text = std::fs::read_to_string(root.join("spin.toml")).unwrap();
    let lines = text.lines().filter_map(line).collect::<Vec<_>>();
    format!("{HEAD}{}\n", lines.join("\n"))
}

fn line(line: &str) -> Option<String> {
    if line.starts_with("sqlite_databases") {
        return None;
    }
    if line.starts_with("# or empty for the SQLite database") {
        return Some("# and the origin of the Postgres servers".to_owned());
    }
    if line.starts_with("command = ") {
        return Some(format!("{line}\nworkdir = \"../..\""));
    }
    if let Some(watched) = line.strip_prefix("watch = ") {
        return Some(format!(
            "watch = {}",
            watched
                .replace("[\"", "[\"../../")
                .replace(", \"", ", \"../../")
        ));
    }
    let (name, _) = line.split_once(" = ").unwrap_or_default();
    if REQUIRED.contains(&name) && line.contains("default = ") {
        let secret = if line.contains("secret = true") {
            ", secret = true"
        } else {
            ""
        };
        return Some(format!("{name} = {{ required = true{secret} }}"));
    }
    Some(line.replace("source = \"target/", "source = \"../../target/"))
}
