//! There are as many pods as the consumers' lag asks for, and never none.

use super::apps::components;
use crate::{Finding, Overlay, Project, Resource, Rule, json::Json, rights::field};
use serde_json::Value;
use std::collections::BTreeSet;

/// What KEDA's scaler of Kafka reads of its metadata, as far as it fits here. Anything
/// else has no effect, and nobody says so.
const KNOWN: [&str; 10] = [
    "bootstrapServers",
    "consumerGroup",
    "topic",
    "lagThreshold",
    "activationLagThreshold",
    "offsetResetPolicy",
    "limitToPartitionsWithLag",
    "version",
    "sasl",
    "tls",
];

pub(super) fn check(project: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    for app in overlay.kind("SpinApp") {
        let scaled: Vec<_> = overlay
            .kind("ScaledObject")
            .filter(|scaled| scaled.value.text("/spec/scaleTargetRef/name") == app.name())
            .collect();
        let scales = app.value.at("/spec/enableAutoscaling") == &Value::Bool(true);
        let replicas = app.value.at("/spec/replicas").as_u64();
        let wanted = consumed(project, app);
        let count = usize::from(!wanted.is_empty());
        if scaled.len() != count || scales == wanted.is_empty() {
            findings.push(app.finding(
                Rule::Scaling,
                format!("it consumes {} topics, has {} ScaledObjects, and enableAutoscaling is {scales}", wanted.len(), scaled.len()),
                "who consumes has both, who does not has neither",
            ));
        }
        if scales == replicas.is_some() || replicas == Some(0) {
            findings.push(app.finding(
                Rule::Scaling,
                format!("enableAutoscaling is {scales}, and replicas {replicas:?}"),
                "set replicas to one or more, or scale it",
            ));
        }
        for scaled in scaled {
            triggers(scaled, &wanted, &mut findings);
        }
    }
    for scaled in overlay.kind("ScaledObject") {
        let target = scaled.value.text("/spec/scaleTargetRef/name");
        if overlay.get("SpinApp", target).is_none() {
            findings.push(scaled.finding(
                Rule::Scaling,
                format!("there is no SpinApp {target:?} to scale"),
                "name one: SpinKube's Deployment has its name",
            ));
        }
        let least = scaled
            .value
            .at("/spec/minReplicaCount")
            .as_u64()
            .unwrap_or_default();
        let most = scaled
            .value
            .at("/spec/maxReplicaCount")
            .as_u64()
            .unwrap_or_default();
        if least < 1 || most < least {
            findings.push(scaled.finding(
                Rule::Scaling,
                format!("there may be {least} to {most} pods"),
                "have at least one: sweeps and jobs come by the sidecar of a pod that is there",
            ));
        }
    }
    findings
}

/// The groups and topics that the components of a SpinApp consume.
fn consumed(project: &Project, app: &Resource) -> BTreeSet<(String, String)> {
    let mine = components(project, app);
    let subscriptions = project.dapr.iter().filter(|resource| {
        resource
            .text("/spec/pubsubname")
            .strip_prefix("pubsub-kafka-")
            .is_some_and(|consumer| mine.contains(&consumer))
    });
    let of_group = |subscription: &Value| {
        let pubsub = subscription.text("/spec/pubsubname");
        let component = project
            .dapr
            .iter()
            .find(|resource| resource.text("/metadata/name") == pubsub)?;
        let group = field(component, "consumerGroup").to_owned();
        Some((group, subscription.text("/spec/topic").to_owned()))
    };
    subscriptions.filter_map(of_group).collect()
}

fn triggers(scaled: &Resource, wanted: &BTreeSet<(String, String)>, findings: &mut Vec<Finding>) {
    let mut has = BTreeSet::new();
    for trigger in scaled.value.list("/spec/triggers") {
        let settings = trigger.at("/metadata");
        has.insert((
            settings.text("/consumerGroup").to_owned(),
            settings.text("/topic").to_owned(),
        ));
        for (name, _) in trigger.fields("/metadata") {
            if !KNOWN.contains(&name) {
                findings.push(scaled.finding(
                    Rule::Scaling,
                    format!("KEDA's scaler of Kafka has no {name}"),
                    "take one that it has, or add it to the test's list",
                ));
            }
        }
        let lag = settings.text("/lagThreshold").parse::<u64>();
        let fits = trigger.text("/type") == "kafka"
            && lag.is_ok_and(|lag| lag > 0)
            && settings.text("/offsetResetPolicy") == "earliest";
        if !fits {
            findings.push(scaled.finding(
                Rule::Scaling,
                "a trigger is not of Kafka's lag, from the earliest record on".to_owned(),
                "set type, lagThreshold and offsetResetPolicy as the others have them",
            ));
        }
    }
    for (group, topic) in wanted.difference(&has) {
        findings.push(scaled.finding(
            Rule::Scaling,
            format!("it does not look at the lag of {group} in {topic}"),
            "add a trigger with this consumerGroup and topic",
        ));
    }
    for (group, topic) in has.difference(wanted) {
        findings.push(scaled.finding(
            Rule::Scaling,
            format!("it looks at the lag of {group} in {topic}, which this app does not consume"),
            "name the consumerGroup and topic of a subscription",
        ));
    }
}
