//! What must talk to each other may, and nothing else is taken for granted.

use super::labels::{Labels, pods, selects};
use crate::{Finding, Overlay, Project, Resource, Rule, json::Json};
use serde_json::Value;

/// Who is at the other end.
enum Peer<'a> {
    /// A pod of this namespace.
    Pod(&'a Labels),
    /// Any pod of another namespace.
    Namespace(&'a str),
    /// Somebody outside of the cluster.
    Outside,
}

#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
}

pub(super) fn check(_: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !overlay.kind("NetworkPolicy").any(denies_all) {
        findings.push(overlay.finding(
            Rule::Network,
            "no policy denies everything else".to_owned(),
            "keep default-deny: an empty podSelector, both policyTypes, and no rules",
        ));
    }
    for policy in overlay.kind("NetworkPolicy") {
        for rule in policy.value.list("/spec/ingress") {
            if rule.list("/from").is_empty() {
                findings.push(policy.finding(
                    Rule::Network,
                    "it lets in whoever comes".to_owned(),
                    "say from whom",
                ));
            }
        }
    }
    let all = pods(overlay);
    let kafka = all.iter().find(|(pod, _)| pod.kind() == "KafkaNodePool");
    let postgres = all.iter().find(|(pod, _)| pod.kind() == "StatefulSet");
    let there = |pod: Option<&(&Resource, Labels)>, wanted: &str, what: &str| {
        (
            port(overlay.setting(wanted)),
            what.to_owned(),
            pod.map(|(_, labels)| labels.clone()),
        )
    };
    let mut servers = vec![
        there(kafka, "brokers", "Kafka"),
        there(postgres, "postgres-origin", "Postgres"),
    ];
    if !overlay.setting("jwks-origin").is_empty() {
        servers.push((443, "the keys of tokens".to_owned(), None));
    }
    let pulls = |executor: &Resource| {
        let image = executor.value.text("/spec/deploymentConfig/spinImage");
        !image.is_empty()
    };
    if overlay.kind("SpinAppExecutor").any(pulls) {
        servers.push((
            443,
            "the registry, from which Spin pulls it".to_owned(),
            None,
        ));
    }
    let apps: Vec<_> = all
        .iter()
        .filter(|(pod, _)| pod.kind() == "SpinApp")
        .collect();
    for (app, labels) in &apps {
        let mut must = |way: Way, peer: Peer<'_>, port: u64, what: &str| {
            if !allows(overlay, labels, way, &peer, port) {
                findings.push(app.finding(
                    Rule::Network,
                    format!("no policy lets it {what}, port {port}"),
                    "add or mend a NetworkPolicy",
                ));
            }
        };
        must(
            Way::Out,
            Peer::Namespace("kube-system"),
            53,
            "reach the DNS",
        );
        for (port, what) in [
            (6500, "reach Dapr's operator"),
            (50001, "reach Dapr's Sentry"),
            (50006, "reach Dapr's scheduler"),
        ] {
            must(Way::Out, Peer::Namespace("dapr-system"), port, what);
        }
        for (port, what, pod) in &servers {
            let peer = pod.as_ref().map_or(Peer::Outside, Peer::Pod);
            must(Way::Out, peer, *port, &format!("reach {what}"));
        }
        must(
            Way::In,
            Peer::Namespace("ingress-nginx"),
            80,
            "be reached by the ingress",
        );
        must(
            Way::In,
            Peer::Namespace("monitoring"),
            80,
            "be reached by Prometheus",
        );
        if overlay.is_split() {
            for (other, its) in &apps {
                if other.name() != app.name() {
                    must(Way::Out, Peer::Pod(its), 80, "reach the other components");
                    must(
                        Way::In,
                        Peer::Pod(its),
                        80,
                        "be reached by the other components",
                    );
                }
            }
        }
        if let Some((set, its)) = postgres
            && !allows(
                overlay,
                its,
                Way::In,
                &Peer::Pod(labels),
                port(overlay.setting("postgres-origin")),
            )
        {
            findings.push(set.finding(
                Rule::Network,
                format!("no policy lets it be reached by {}", app.name()),
                "add or mend a NetworkPolicy",
            ));
        }
    }
    listeners(overlay, &apps, &mut findings);
    findings
}

/// The port at the end of an address.
fn port(address: &str) -> u64 {
    address
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok())
        .unwrap_or_default()
}

fn denies_all(policy: &Resource) -> bool {
    let spec = policy.value.at("/spec");
    spec.fields("/podSelector").next().is_none()
        && spec.texts("/policyTypes") == ["Ingress", "Egress"]
        && spec.get("ingress").is_none()
        && spec.get("egress").is_none()
}

/// Whether a policy lets pods with these labels talk to somebody.
fn allows(overlay: &Overlay, labels: &Labels, way: Way, peer: &Peer<'_>, port: u64) -> bool {
    let (kind, rules, ends) = match way {
        Way::In => ("Ingress", "/spec/ingress", "/from"),
        Way::Out => ("Egress", "/spec/egress", "/to"),
    };
    overlay.kind("NetworkPolicy").any(|policy| {
        let value = &policy.value;
        value.texts("/spec/policyTypes").contains(&kind)
            && selects(value.at("/spec/podSelector"), labels)
            && value.list(rules).iter().any(|rule| {
                let peers = rule.list(ends);
                let ports = rule.list("/ports");
                (peers.is_empty() || peers.iter().any(|end| is(end, peer)))
                    && (ports.is_empty()
                        || ports
                            .iter()
                            .any(|end| end.at("/port") == &Value::from(port)))
            })
    })
}

fn is(end: &Value, peer: &Peer<'_>) -> bool {
    let namespace = end.text("/namespaceSelector/matchLabels/kubernetes.io~1metadata.name");
    match peer {
        Peer::Pod(labels) => {
            end.get("namespaceSelector").is_none()
                && end
                    .get("podSelector")
                    .is_some_and(|selector| selects(selector, labels))
        }
        Peer::Namespace(name) => namespace == *name,
        Peer::Outside => end.text("/ipBlock/cidr") == "0.0.0.0/0",
    }
}

/// Strimzi makes the policy of its broker, out of who may be peers of a listener.
fn listeners(overlay: &Overlay, apps: &[&(&Resource, Labels)], findings: &mut Vec<Finding>) {
    for kafka in overlay.kind("Kafka") {
        for listener in kafka.value.list("/spec/kafka/listeners") {
            let peers = listener.list("/networkPolicyPeers");
            let lets = |peer: &Peer<'_>| peers.iter().any(|end| is(end, peer));
            let apps = apps.iter().all(|(_, labels)| lets(&Peer::Pod(labels)));
            if !apps || !lets(&Peer::Namespace("keda")) {
                findings.push(kafka.finding(
                    Rule::Network,
                    "its listener does not let in the sidecars and KEDA".to_owned(),
                    "name both in networkPolicyPeers",
                ));
            }
        }
    }
}
