//! `kind: Subscription`: what is delivered where, declared in a file.

use std::collections::BTreeMap;

use http::uri::PathAndQuery;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::model::{Header, ObjectMeta, Scalar, in_scope};
use super::source::{At, Document, ResourceError};
use crate::sidecar::subscriptions::{Bulk, Origin, Subscription};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "apiVersion")]
    _api_version: IgnoredAny,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    #[serde(rename = "metadata")]
    _metadata: ObjectMeta,
    spec: Spec,
    #[serde(default)]
    scopes: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Spec {
    pubsubname: At<String>,
    topic: At<String>,
    routes: Routes,
    #[serde(default)]
    dead_letter_topic: Option<String>,
    #[serde(default)]
    bulk_subscribe: Option<BulkSubscribe>,
    #[serde(default)]
    metadata: BTreeMap<String, At<Scalar>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Routes {
    #[serde(default)]
    default: Option<At<String>>,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    r#match: At<String>,
    path: At<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct BulkSubscribe {
    enabled: bool,
    #[serde(default)]
    max_messages_count: Option<u32>,
    #[serde(default)]
    max_await_duration_ms: Option<u32>,
}

/// Reads a subscription. `None`: it is scoped to other apps.
///
/// # Errors
/// A field that is not implemented (a rule with a `match`), or no route.
pub(crate) fn read(
    document: &Document,
    header: &Header,
    app_id: &str,
) -> Result<Option<Subscription>, Box<ResourceError>> {
    header.expect_version(document, "dapr.io/v2alpha1")?;
    let file: File = document.parse()?;
    if !in_scope(file.scopes.as_deref(), app_id) {
        return Ok(None);
    }
    let spec = file.spec;
    for (name, at) in [("pubsubname", &spec.pubsubname), ("topic", &spec.topic)] {
        if at.value.is_empty() {
            return Err(document
                .error(at, format!("`{name}` is empty"), "this value")
                .help("Name it."));
        }
    }
    let route = route(document, &spec)?;
    if PathAndQuery::try_from(route.value.as_str()).is_err() || !route.value.starts_with('/') {
        let message = format!("`{}` is no path", route.value);
        return Err(document
            .error(route, message, "this route")
            .help("Write it like `/events/audit`."));
    }
    Ok(Some(Subscription {
        pubsub: spec.pubsubname.value.clone(),
        topic: spec.topic.value.clone(),
        route: route.value.clone(),
        dead_letter_topic: spec.dead_letter_topic.filter(|topic| !topic.is_empty()),
        bulk: spec
            .bulk_subscribe
            .filter(|bulk| bulk.enabled)
            .map(|bulk| Bulk::new(bulk.max_messages_count, bulk.max_await_duration_ms)),
        raw_payload: raw_payload(document, &spec.metadata)?,
        origin: Origin::Declarative,
    }))
}

fn route<'a>(document: &Document, spec: &'a Spec) -> Result<&'a At<String>, Box<ResourceError>> {
    if let Some(rule) = spec.routes.rules.first() {
        if rule.r#match.value.trim().is_empty() {
            return Ok(&rule.path); // As Dapr has it, this one takes everything.
        }
        let message = "`routes.rules` with a `match` is not implemented by the embedded sidecar";
        return Err(document
            .error(&rule.r#match, message, "this rule")
            .help("Use `routes.default`, and let the app look at the event's type."));
    }
    spec.routes.default.as_ref().ok_or_else(|| {
        document
            .error(
                &spec.topic,
                "the subscription has no `routes.default`",
                "this topic",
            )
            .help("Add under spec:\nroutes:\n  default: /path")
    })
}

fn raw_payload(
    document: &Document,
    metadata: &BTreeMap<String, At<Scalar>>,
) -> Result<bool, Box<ResourceError>> {
    let mut raw_payload = false;
    for (name, value) in metadata {
        if name != "rawPayload" {
            let message = format!(
                "the subscription metadata `{name}` is not implemented by the embedded sidecar"
            );
            return Err(document
                .error(value, message, "this value")
                .help("Remove it; `rawPayload` is the only one known here."));
        }
        raw_payload = match value.value.0.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" | "" => false,
            other => {
                let message = format!("`rawPayload: {other}` is neither true nor false");
                return Err(document
                    .error(value, message, "this value")
                    .help("Write `\"true\"`."));
            }
        };
    }
    Ok(raw_payload)
}
