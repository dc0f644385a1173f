//! The documents name the routes and the parameters that the components have,
//! and no others. The components cannot be asked, so that their text is read.

use crate::{openapi, project};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

fn text(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap()
}

/// The texts between quotes.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// `get /api/tasks` for each route that is for users or for anybody.
fn served(component: &str) -> BTreeSet<String> {
    let text = text(&format!("components/{component}/src/routes.rs"));
    text.split("Method::")
        .skip(1)
        .filter_map(|route| {
            let (method, rest) = route.split_once(',')?;
            let path = rest.split('"').nth(1)?;
            Some(format!("{} {path}", method.to_lowercase()))
        })
        .filter(|route| {
            !["/internal/", " /sweep-", " /events/", " /job/"]
                .iter()
                .any(|part| route.contains(part))
        })
        .collect()
}

#[test]
fn the_paths_are_the_routes_of_the_components() {
    let document = openapi();
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| *key != "parameters")
        {
            documented.insert(format!("{method} {path}"));
        }
    }
    let components = [
        "task-api",
        "audit-sink",
        "reminder-trigger",
        "notifier",
        "recurrence",
        "dead-letters",
        "search-indexer",
        "live-updates",
        "update-streams",
    ];
    let routes: BTreeSet<String> = components.into_iter().flat_map(served).collect();
    assert_eq!(documented, routes);
}

#[test]
fn the_parameters_of_lists_are_those_that_they_read() {
    let document = openapi();
    for (component, file, path) in [
        ("task-api", "list.rs", "/api/tasks"),
        ("audit-sink", "list.rs", "/api/audit"),
        ("notifier", "list.rs", "/api/notifications"),
        ("dead-letters", "list.rs", "/api/dead-letters"),
        ("search-indexer", "search.rs", "/api/search"),
        ("update-streams", "updates.rs", "/api/updates"),
    ] {
        let text = text(&format!("components/{component}/src/endpoints/{file}"));
        let list = text
            .split_once("const PARAMETERS")
            .and_then(|(_, rest)| rest.split_once(';'))
            .unwrap()
            .0;
        let documented: BTreeSet<String> = document["paths"][path]["get"]["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| match parameter["$ref"].as_str() {
                Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
                None => parameter,
            })
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(documented, quoted(list), "{path}");
    }
}

#[test]
fn whatever_needs_a_token_says_so() {
    let document = openapi();
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item
            .as_object()
            .unwrap()
            .values()
            .filter(|operation| operation.is_object())
        {
            let open = operation["security"].as_array().is_some_and(Vec::is_empty);
            let refuses = operation["responses"]["401"] != Value::Null;
            assert_ne!(open, refuses, "{path}");
        }
    }
}
