//! What each component may do, as spin.toml gives it and as SECURITY.md says.

use std::{collections::BTreeMap, path::Path};

/// Databases and hosts, by component.
pub(crate) type Rights = BTreeMap<String, (Vec<String>, Vec<String>)>;

/// What spin.toml gives.
pub(crate) fn given(root: &Path) -> Rights {
    let text = std::fs::read_to_string(root.join("spin.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&text).unwrap();
    let list = |component: &toml::Value, name: &str| -> Vec<String> {
        let values = component[name].as_array().unwrap().iter();
        values
            .map(|value| value.as_str().unwrap())
            .map(|text| text.trim_matches(['{', '}', ' ']).to_owned())
            .collect()
    };
    let components = manifest["component"].as_table().unwrap();
    components
        .iter()
        .map(|(id, component)| {
            let databases = list(component, "sqlite_databases");
            let hosts = list(component, "allowed_outbound_hosts");
            (id.clone(), (databases, hosts))
        })
        .collect()
}

/// What SECURITY.md says.
pub(crate) fn said(root: &Path) -> Rights {
    let text = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let (_, table) = text.split_once("| Component | Database | Hosts |").unwrap();
    let names = |cell: &str| -> Vec<String> {
        let names = cell.split(',').map(str::trim);
        names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    };
    table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            (cells[1].to_owned(), (names(cells[2]), names(cells[3])))
        })
        .collect()
}
