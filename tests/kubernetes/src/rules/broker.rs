//! The broker has the topics, and its users the rights, that the sidecars need.

use crate::{
    Finding, Overlay, Project, Rule,
    json::Json,
    rights::{self, Right, What},
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(project: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(kafka) = overlay.kind("Kafka").next() else {
        return findings;
    };
    for kind in ["KafkaTopic", "KafkaUser", "KafkaNodePool"] {
        for resource in overlay.kind(kind) {
            let cluster = resource.value.text("/metadata/labels/strimzi.io~1cluster");
            if cluster != kafka.name() {
                findings.push(resource.finding(
                    Rule::Labels,
                    format!("its label strimzi.io/cluster is {cluster:?}"),
                    "name the Kafka of the overlay",
                ));
            }
        }
    }
    let topics = overlay.kind("KafkaTopic").map(|topic| {
        let partitions = topic.value.at("/spec/partitions").as_u64();
        (topic.name().to_owned(), partitions.unwrap_or_default())
    });
    let most = most_replicas(overlay);
    let place = kafka.place();
    hold_topics(project, &place, &topics.collect(), most, &mut findings);

    let mut has = BTreeSet::new();
    for user in overlay.kind("KafkaUser") {
        for acl in user.value.list("/spec/authorization/acls") {
            let name = acl.text("/resource/name").to_owned();
            let on = match acl.text("/resource/type") {
                "topic" => What::Topic(name),
                _ => What::Group(name),
            };
            has.extend(acl.texts("/operations").into_iter().map(|operation| Right {
                user: user.name().to_owned(),
                operation: operation.to_lowercase(),
                on: on.clone(),
            }));
        }
    }
    hold_rights(
        &place,
        &has,
        &rights::wanted(project, overlay.setting("keda-user")),
        &mut findings,
    );
    findings
}

/// What the script for Redpanda makes.
pub(super) fn check_redpanda(project: &Project) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = "kafka/redpanda/setup.sh";
    hold_topics(project, place, &project.rpk.topics, 0, &mut findings);
    let wanted = rights::wanted(project, "kafka-keda");
    hold_rights(place, &project.rpk.rights, &wanted, &mut findings);
    let users: BTreeSet<String> = wanted.into_iter().map(|right| right.user).collect();
    for user in &users {
        if !project.rpk.users.contains(user) || project.production.get(user, "password").is_none() {
            findings.push(beside(
                Rule::Rights,
                place,
                format!("the user {user} is not made, or has no password in secrets.sh"),
                "make it there",
            ));
        }
    }
    findings
}

/// How many pods of a consumer there may be.
fn most_replicas(overlay: &Overlay) -> u64 {
    overlay
        .kind("ScaledObject")
        .filter_map(|scaled| scaled.value.at("/spec/maxReplicaCount").as_u64())
        .max()
        .unwrap_or_default()
}

fn hold_topics(
    project: &Project,
    place: &str,
    has: &BTreeMap<String, u64>,
    most_replicas: u64,
    findings: &mut Vec<Finding>,
) {
    let wanted = rights::topics(project);
    for topic in &wanted {
        match has.get(topic) {
            None => findings.push(beside(
                Rule::Topics,
                place,
                format!("there is no topic {topic}, which deploy/dapr uses"),
                "add it",
            )),
            Some(partitions) if *partitions < most_replicas => findings.push(beside(
                Rule::Scaling,
                place,
                format!(
                    "{topic} has {partitions} partitions, and there may be {most_replicas} pods"
                ),
                "have no more pods than partitions: the others would have nothing to do",
            )),
            Some(_) => {}
        }
    }
    for topic in has.keys().filter(|topic| !wanted.contains(*topic)) {
        findings.push(beside(
            Rule::Topics,
            place,
            format!("nobody uses the topic {topic}"),
            "leave it out, or mend its name",
        ));
    }
}

fn hold_rights(
    place: &str,
    has: &BTreeSet<Right>,
    wanted: &BTreeSet<Right>,
    findings: &mut Vec<Finding>,
) {
    for right in wanted.difference(has) {
        findings.push(beside(
            Rule::Rights,
            place,
            format!("nothing says that {right}, which deploy/dapr makes it do"),
            "grant it",
        ));
    }
    for right in has.difference(wanted) {
        findings.push(beside(
            Rule::Rights,
            place,
            format!("{right}, which deploy/dapr does not make it do"),
            "take it away",
        ));
    }
}

fn beside(rule: Rule, place: &str, what: String, remedy: &str) -> Finding {
    Finding {
        rule,
        place: place.to_owned(),
        what,
        remedy: remedy.to_owned(),
    }
}
