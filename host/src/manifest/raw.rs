//! spin.toml as it is written, before anything is checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, Value};

/// What a real Spin's manifest may hold and this host does not have. Such a
/// name stops the start.
pub(super) const FOREIGN: &[&str] = &[
    "redis",
    "cron",
    "command",
    "mqtt",
    "sqs",
    "key_value_stores",
    "ai_models",
    "files",
    "exclude_files",
    "allowed_http_hosts",
    "dependencies",
    "dependencies_inherit_configuration",
    "components",
    "profile",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) spin_manifest_version: Spanned<i64>,
    pub(super) application: Application,
    #[serde(default)]
    pub(super) variables: BTreeMap<Spanned<String>, Variable>,
    #[serde(default)]
    pub(super) trigger: Triggers,
    #[serde(default)]
    pub(super) component: BTreeMap<Spanned<String>, Component>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Application {
    pub(super) name: String,
    pub(super) version: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default, rename = "authors")]
    _authors: Vec<String>,
    #[serde(default, rename = "targets")]
    _targets: Option<Value>,
    #[serde(default, rename = "tool")]
    _tool: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variable {
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) default: Option<String>,
    #[serde(default)]
    pub(super) secret: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Triggers {
    #[serde(default)]
    pub(super) http: Vec<Spanned<HttpTrigger>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpTrigger {
    #[serde(default, rename = "id")]
    _id: Option<String>,
    pub(super) route: Spanned<Value>,
    pub(super) component: Option<Spanned<Value>>,
    pub(super) static_response: Option<StaticResponse>,
    pub(super) executor: Option<Spanned<Executor>>,
}

#[derive(Deserialize)]
pub(super) struct Executor {
    #[serde(rename = "type")]
    pub(super) kind: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StaticResponse {
    pub(super) status_code: Option<Spanned<u16>>,
    #[serde(default)]
    pub(super) headers: BTreeMap<Spanned<String>, String>,
    pub(super) body: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Component {
    pub(super) source: Spanned<Value>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    pub(super) variables: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) allowed_outbound_hosts: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) sqlite_databases: Vec<Spanned<String>>,
    pub(super) build: Option<Build>,
    #[serde(default, rename = "targets")]
    _targets: Option<Value>,
    #[serde(default)]
    pub(super) tool: Tools,
}

/// What is for tools: each reads its own part.
#[derive(Default, Deserialize)]
pub(super) struct Tools {
    pub(super) duebell: Option<Duebell>,
}

/// What is for this host.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Duebell {
    pub(super) drain: Option<Spanned<String>>,
    pub(super) restored: Option<Spanned<String>>,
    pub(super) metrics: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Build {
    pub(super) command: Spanned<Value>,
    pub(super) workdir: Option<String>,
    #[serde(default)]
    pub(super) watch: Vec<String>,
}
