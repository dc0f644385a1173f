//! `pubsub.kafka`, as the embedded log has it.
//!
//! What says how to reach and to trust real brokers (addresses, authentication,
//! TLS, time-outs, fetch sizes, compression) is taken and has no effect, secrets
//! included: it need not be readable here. What would change which events are
//! delivered, or how they look, is honoured or refused.

use std::time::Duration;

use super::component::Settings;
use super::duration;
use super::source::ResourceError;

/// A pubsub component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KafkaPubsub {
    /// Its name: what a publish call and a subscription say.
    pub(crate) name: String,
    /// Who shares the messages out between them. By default the app-id.
    pub(crate) consumer_group: String,
    /// Where a new group starts.
    pub(crate) initial_offset: InitialOffset,
    /// The wait before the component itself delivers again what the resiliency
    /// policy has given up and no dead-letter topic takes (`backOffDuration`).
    pub(crate) redelivery: Duration,
    /// Which topics this app may use through it.
    pub(crate) topics: TopicRules,
}

/// Where a group that has no position yet starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InitialOffset {
    /// With what comes next. Dapr's default.
    Newest,
    /// With what is kept.
    Oldest,
}

/// The topics that an app may publish to and subscribe to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TopicRules {
    publishing: Vec<String>,
    subscribing: Vec<String>,
    allowed: Vec<String>,
    protected: Vec<String>,
}

impl TopicRules {
    /// Whether this app may publish to the topic.
    pub(crate) fn may_publish(&self, topic: &str) -> bool {
        self.may(topic, &self.publishing)
    }

    /// Whether this app may subscribe to the topic.
    pub(crate) fn may_subscribe(&self, topic: &str) -> bool {
        self.may(topic, &self.subscribing)
    }

    fn may(&self, topic: &str, scoped: &[String]) -> bool {
        let listed = |topics: &[String]| topics.iter().any(|listed| listed == topic);
        if !self.allowed.is_empty() && !listed(&self.allowed) {
            return false;
        }
        (scoped.is_empty() && !listed(&self.protected)) || listed(scoped)
    }
}

const READ: &[&str] = &[
    "consumerGroup",
    "consumerID",
    "initialOffset",
    "publishingScopes",
    "subscriptionScopes",
    "allowedTopics",
    "protectedTopics",
    "backOffDuration",
    "consumeRetryEnabled",
    "escapeHeaders",
];

const OF_NO_EFFECT: &[&str] = &[
    "brokers",
    "authType",
    "authRequired",
    "saslUsername",
    "saslPassword",
    "saslMechanism",
    "oidcTokenEndpoint",
    "oidcClientID",
    "oidcClientSecret",
    "oidcScopes",
    "oidcExtensions",
    "oidcClientAssertionCert",
    "oidcClientAssertionKey",
    "oidcResource",
    "oidcAudience",
    "oidcKid",
    "caCert",
    "clientCert",
    "clientKey",
    "skipVerify",
    "disableTls",
    "awsRegion",
    "awsAccessKey",
    "awsSecretKey",
    "awsSessionToken",
    "awsIamRoleArn",
    "awsStsSessionName",
    "accessKey",
    "secretKey",
    "sessionToken",
    "region",
    "clientID",
    "version",
    "heartbeatInterval",
    "sessionTimeout",
    "consumeRetryInterval",
    "clientConnectionTopicMetadataRefreshInterval",
    "clientConnectionKeepAliveInterval",
    "dialTimeout",
    "readTimeout",
    "writeTimeout",
    "metadataTimeout",
    "channelBufferSize",
    "consumerFetchMin",
    "consumerFetchDefault",
    "consumerGroupRebalanceStrategy",
    "compression",
    "producerRequiredAcks",
    "producerRetryMax",
    "maxMessageBytes",
];

/// Dapr's wait before a Kafka component delivers again.
const REDELIVERY: Duration = Duration::from_secs(5);

impl KafkaPubsub {
    /// Reads the component's settings.
    pub(crate) fn read(settings: &Settings<'_>) -> Result<Self, Box<ResourceError>> {
        settings.allow(READ, OF_NO_EFFECT)?;
        if !settings.has("brokers") {
            return Err(settings.missing("brokers", "Dapr does not start without it"));
        }
        if !settings.has("authType") && !settings.has("authRequired") {
            return Err(settings.missing("authType", "Dapr does not start without it"));
        }
        for (name, needed) in [("consumeRetryEnabled", "true"), ("escapeHeaders", "false")] {
            if let Some(value) = settings.get(name)?
                && value.value != needed
            {
                let message = format!(
                    "`{name}: {}` is not implemented by the embedded sidecar",
                    value.value
                );
                return Err(settings.wrong(
                    &value,
                    message,
                    &format!("Remove it: it is {needed} by default."),
                ));
            }
        }
        let initial_offset = match settings.get("initialOffset")? {
            None => InitialOffset::Newest,
            Some(text) => match text.value.to_ascii_lowercase().as_str() {
                "newest" => InitialOffset::Newest,
                "oldest" => InitialOffset::Oldest,
                other => {
                    let message = format!("`{other}` is no initialOffset");
                    return Err(settings.wrong(&text, message, "Write `oldest` or `newest`."));
                }
            },
        };
        let redelivery = match settings.get("backOffDuration")? {
            None => REDELIVERY,
            Some(text) => duration::parse(&text.value).ok_or_else(|| {
                settings.wrong(
                    &text,
                    format!("`{}` is no duration", text.value),
                    "Write it like `5s` or `500ms`.",
                )
            })?,
        };
        let group = match settings.get("consumerGroup")? {
            Some(group) => Some(group),
            None => settings.get("consumerID")?,
        };
        Ok(Self {
            name: settings.name().to_owned(),
            consumer_group: group
                .map(|group| group.value.trim().to_owned())
                .filter(|group| !group.is_empty())
                .unwrap_or_else(|| settings.app_id().to_owned()),
            initial_offset,
            redelivery,
            topics: TopicRules {
                publishing: scoped_topics(settings, "publishingScopes")?,
                subscribing: scoped_topics(settings, "subscriptionScopes")?,
                allowed: listed_topics(settings, "allowedTopics")?,
                protected: listed_topics(settings, "protectedTopics")?,
            },
        })
    }
}

/// `app=topic,topic;app=topic`: this app's topics. `app=` is one topic without a
/// name, so that nothing is allowed.
fn scoped_topics(settings: &Settings<'_>, name: &str) -> Result<Vec<String>, Box<ResourceError>> {
    let Some(text) = settings.get(name)? else {
        return Ok(Vec::new());
    };
    let text = text.value.replace(' ', "");
    Ok(text
        .split(';')
        .filter_map(|app| app.split_once('='))
        .filter(|(app, _)| *app == settings.app_id())
        .flat_map(|(_, topics)| topics.split(','))
        .map(str::to_owned)
        .collect())
}

fn listed_topics(settings: &Settings<'_>, name: &str) -> Result<Vec<String>, Box<ResourceError>> {
    Ok(match settings.get(name)? {
        Some(text) if !text.value.is_empty() => text
            .value
            .replace(' ', "")
            .split(',')
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    })
}
