//! What the broker's users may do, and have to.

use crate::{json::Json, project::Project};
use serde_json::Value;
use std::{collections::BTreeSet, fmt};

/// A user may do this there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Right {
    pub(crate) user: String,
    /// In lower case.
    pub(crate) operation: String,
    pub(crate) on: What,
}

/// Where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Topic(String),
    Group(String),
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            user, operation, ..
        } = self;
        match &self.on {
            What::Topic(topic) => write!(f, "{user} may {operation} the topic {topic}"),
            What::Group(group) => write!(f, "{user} may {operation} the group {group}"),
        }
    }
}

/// Of a pubsub component: a field of its metadata.
pub(crate) fn metadata<'a>(component: &'a Value, name: &str) -> Option<&'a Value> {
    component
        .list("/spec/metadata")
        .iter()
        .find(|field| field.text("/name") == name)
}

/// Of a pubsub component: a field of its metadata, as a text.
pub(crate) fn field<'a>(component: &'a Value, name: &str) -> &'a str {
    metadata(component, name).map_or("", |field| field.text("/value"))
}

/// The user as whom a pubsub component logs in.
pub(crate) fn user(component: &Value) -> String {
    let name = component.text("/metadata/name");
    match name.strip_prefix("pubsub-kafka-") {
        Some(consumer) => format!("kafka-{consumer}"),
        None => "kafka-publisher".to_owned(),
    }
}

/// The topics that an app may publish to through a pubsub component.
pub(crate) fn published(component: &Value) -> BTreeSet<&str> {
    field(component, "publishingScopes")
        .split(';')
        .filter_map(|scope| scope.split_once('='))
        .flat_map(|(_, topics)| topics.split(','))
        .filter(|topic| !topic.is_empty())
        .collect()
}

/// All topics that there have to be.
pub(crate) fn topics(project: &Project) -> BTreeSet<String> {
    let mut topics = BTreeSet::new();
    for resource in &project.dapr {
        match resource.text("/kind") {
            "Subscription" => {
                topics.insert(resource.text("/spec/topic").to_owned());
                topics.insert(resource.text("/spec/deadLetterTopic").to_owned());
            }
            _ => topics.extend(published(resource).into_iter().map(str::to_owned)),
        }
    }
    topics.remove("");
    topics
}

/// What each user has to be allowed, and no more: what its pubsub component does. KEDA
/// looks at everything.
pub(crate) fn wanted(project: &Project, keda: &str) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    let mut may = |user: &str, operations: &[&str], on: What| {
        rights.extend(operations.iter().map(|operation| Right {
            user: user.to_owned(),
            operation: (*operation).to_owned(),
            on: on.clone(),
        }));
    };
    for topic in topics(project) {
        may(keda, &["describe"], What::Topic(topic));
    }
    for resource in &project.dapr {
        match resource.text("/kind") {
            "Subscription" => {
                let pubsub = resource.text("/spec/pubsubname");
                let topic = resource.text("/spec/topic").to_owned();
                let user = pubsub.replace("pubsub-", "");
                may(&user, &["describe", "read"], What::Topic(topic));
            }
            _ if resource.text("/spec/type") == "pubsub.kafka" => {
                let user = user(resource);
                for topic in published(resource) {
                    may(&user, &["describe", "write"], What::Topic(topic.to_owned()));
                }
                let group = field(resource, "consumerGroup");
                if !group.is_empty() {
                    may(&user, &["describe", "read"], What::Group(group.to_owned()));
                    may(keda, &["describe"], What::Group(group.to_owned()));
                }
            }
            _ => {}
        }
    }
    rights
}
