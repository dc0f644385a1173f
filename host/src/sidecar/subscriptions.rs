//! Which topics are delivered where: what the app says, and what the files say.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use http::uri::PathAndQuery;
use serde::Deserialize;
use serde_json::Value;

use super::resources::Resources;

/// A topic that is delivered to the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) pubsub: String,
    pub(crate) topic: String,
    /// The path that is posted to.
    pub(crate) route: String,
    pub(crate) dead_letter_topic: Option<String>,
    /// Several events in one request.
    pub(crate) bulk: Option<Bulk>,
    /// The value is no CloudEvent: it is put into one as `data_base64`.
    pub(crate) raw_payload: bool,
    pub(crate) origin: Origin,
}

/// How bulk deliveries are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bulk {
    /// The most events of one request.
    pub(crate) max_messages: usize,
    /// How long to wait for more.
    pub(crate) max_await: Duration,
}

impl Bulk {
    /// With Dapr's defaults for what is not said: 80 events, 10 s.
    pub(crate) fn new(max_messages: Option<u32>, max_await_ms: Option<u32>) -> Self {
        let or = |value: Option<u32>, default| value.filter(|v| *v > 0).unwrap_or(default);
        Self {
            max_messages: usize::try_from(or(max_messages, 80))
                .unwrap_or(80)
                .min(1_000),
            max_await: Duration::from_millis(or(max_await_ms, 10_000).into()),
        }
    }
}

/// Who asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A Subscription resource.
    Declarative,
    /// The app's answer to `GET /dapr/subscribe`.
    Programmatic,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(default)]
    pubsubname: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    route: String,
    #[serde(default)]
    routes: Option<Routes>,
    #[serde(default)]
    dead_letter_topic: Option<String>,
    #[serde(default)]
    metadata: Option<BTreeMap<String, String>>,
    #[serde(default)]
    bulk_subscribe: Option<BulkSubscribe>,
}

#[derive(Debug, Default, Deserialize)]
struct Routes {
    #[serde(default)]
    rules: Option<Vec<Rule>>,
    #[serde(default)]
    default: String,
}

#[derive(Debug, Deserialize)]
struct Rule {
    #[serde(default)]
    r#match: String,
    #[serde(default)]
    path: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BulkSubscribe {
    #[serde(default)]
    enabled: bool,
    #[serde(default)]
    max_messages_count: Option<u32>,
    #[serde(default)]
    max_await_duration_ms: Option<u32>,
}

/// Reads the app's answer to `GET /dapr/subscribe`. An item that cannot be used is
/// left out, with a log line that says why.
///
/// # Errors
/// The answer is no JSON list of subscriptions.
pub(crate) fn from_app(body: &[u8]) -> Result<Vec<Subscription>, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    let items: Option<Vec<Value>> =
        serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let mut subscriptions = Vec::new();
    for item in items.unwrap_or_default() {
        let item: Item = serde_json::from_value(item).map_err(|error| error.to_string())?;
        match subscription(&item) {
            Ok(subscription) => subscriptions.push(subscription),
            Err(why) => tracing::error!(
                pubsub = item.pubsubname,
                topic = item.topic,
                "a subscription of the app's /dapr/subscribe is inactive: {why}"
            ),
        }
    }
    Ok(subscriptions)
}

fn subscription(item: &Item) -> Result<Subscription, String> {
    let no_routes = Routes::default();
    let routes = item.routes.as_ref().unwrap_or(&no_routes);
    let rules = routes.rules.as_deref().unwrap_or_default();
    let route = match rules.first() {
        Some(rule) if rule.r#match.trim().is_empty() => &rule.path,
        Some(_) => {
            return Err("`routes.rules` with a `match` is not implemented by the embedded sidecar; use `route`".to_owned());
        }
        None if routes.default.is_empty() => &item.route,
        None => &routes.default,
    };
    if route.is_empty() {
        return Err("it has no route".to_owned());
    }
    let route = format!("/{}", route.trim_start_matches('/'));
    if PathAndQuery::try_from(route.as_str()).is_err() {
        return Err(format!("`{route}` is no path"));
    }
    let raw_payload = item
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.get("rawPayload"))
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    Ok(Subscription {
        pubsub: item.pubsubname.clone(),
        topic: item.topic.clone(),
        route,
        dead_letter_topic: item
            .dead_letter_topic
            .clone()
            .filter(|topic| !topic.is_empty()),
        bulk: item
            .bulk_subscribe
            .as_ref()
            .filter(|bulk| bulk.enabled)
            .map(|bulk| Bulk::new(bulk.max_messages_count, bulk.max_await_duration_ms)),
        raw_payload,
        origin: Origin::Programmatic,
    })
}

/// One subscription for each (pubsub, topic), as Dapr has it: the first that a file
/// declares; over it the last that the app names.
pub(crate) fn merge(resources: &Resources, from_app: Vec<Subscription>) -> Vec<Subscription> {
    let mut merged: Vec<Subscription> = Vec::new();
    let mut taken: HashMap<(String, String), usize> = HashMap::new();
    for subscription in resources.subscriptions.iter().cloned().chain(from_app) {
        let key = (subscription.pubsub.clone(), subscription.topic.clone());
        match taken.get(&key).copied() {
            Some(index) => {
                if subscription.origin == Origin::Programmatic
                    && let Some(earlier) = merged.get_mut(index)
                {
                    *earlier = subscription;
                }
            }
            None => {
                taken.insert(key, merged.len());
                merged.push(subscription);
            }
        }
    }
    merged
}

/// Whether it is delivered: not if it is for a pubsub component that is not here, or for
/// a topic that the component forbids.
pub(crate) fn is_active(resources: &Resources, subscription: &Subscription) -> bool {
    let Subscription { pubsub, topic, .. } = subscription;
    let Some(component) = resources.pubsub(pubsub) else {
        tracing::info!(
            pubsub,
            topic,
            "a subscription is inactive: this sidecar has no such pubsub component"
        );
        return false;
    };
    let allowed = component.topics.may_subscribe(topic);
    if !allowed {
        tracing::error!(
            pubsub,
            topic,
            "a subscription is inactive: the component's subscriptionScopes, allowedTopics or protectedTopics forbid it"
        );
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apps_answer_is_read_as_dapr_reads_it() {
        let body = br#"[
            {"pubsubname":"p","topic":"a","route":"events/a","deadLetterTopic":"a-dlq"},
            {"pubsubname":"p","topic":"b","routes":{"default":"/events/b"},"bulkSubscribe":{"enabled":true},"metadata":{"rawPayload":"true"}},
            {"pubsubname":"p","topic":"c","routes":{"rules":[{"match":"event.type == 'x'","path":"/x"}]}},
            {"pubsubname":"p","topic":"d"}
        ]"#;
        let subscriptions = from_app(body).unwrap();
        assert_eq!(
            subscriptions.len(),
            2,
            "a rule and a missing route leave the others alone"
        );
        assert_eq!(subscriptions[0].route, "/events/a");
        assert_eq!(subscriptions[0].dead_letter_topic.as_deref(), Some("a-dlq"));
        assert_eq!(
            subscriptions[1].bulk,
            Some(Bulk::new(Some(80), Some(10_000)))
        );
        assert!(subscriptions[1].raw_payload);
    }

    #[test]
    fn an_answer_that_is_no_list_is_an_error_and_an_empty_one_is_none() {
        assert!(from_app(b"{}").is_err());
        assert!(from_app(b"hello").is_err());
        assert_eq!(from_app(b"").unwrap(), Vec::new());
        assert_eq!(from_app(b"null").unwrap(), Vec::new());
    }
}
