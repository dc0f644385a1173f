//! Whoever talks to the broker logs in, and over TLS.

use crate::{
    Finding, Overlay, Project, Resource, Rule,
    json::Json,
    rights::{field, metadata, user},
};
use serde_json::Value;

pub(super) fn check(project: &Project, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    for component in overlay.kind("Component") {
        if component.value.text("/spec/type") == "pubsub.kafka" {
            pubsub(overlay, component, &mut findings);
        }
    }
    for scaled in overlay.kind("ScaledObject") {
        for trigger in scaled.value.list("/spec/triggers") {
            keda(overlay, scaled, trigger, &mut findings);
        }
    }
    cluster(project, overlay, &mut findings);
    findings
}

fn pubsub(overlay: &Overlay, component: &Resource, findings: &mut Vec<Finding>) {
    let value = &component.value;
    let user = user(value);
    let mut must = |holds: bool, what: &str, remedy: &str| {
        if !holds {
            findings.push(component.finding(Rule::Login, what.to_owned(), remedy));
        }
    };
    must(
        field(value, "authType") == "password" && field(value, "saslMechanism") == "SHA-512",
        "it does not log in by SCRAM-SHA-512",
        "set authType to password and saslMechanism to SHA-512, as kafka/login does",
    );
    must(
        field(value, "disableTls") == "false" && field(value, "skipVerify") != "true",
        "its password goes over the network without TLS, or to anybody",
        "set disableTls to \"false\", and no skipVerify",
    );
    must(
        field(value, "saslUsername") == user,
        &format!("it does not log in as {user}"),
        "each has a user of its own, with no more rights than it needs",
    );
    let password = metadata(value, "saslPassword").unwrap_or(&Value::Null);
    let refers = password.text("/secretKeyRef/name") == user
        && password.text("/secretKeyRef/key") == "password";
    must(
        refers && password.get("value").is_none(),
        "its password is not that of its user",
        "refer to the secret of the user's name, key password",
    );
    must(
        value.text("/auth/secretStore") == "kubernetes",
        "it looks for secrets elsewhere than in Kubernetes",
        "set auth.secretStore to kubernetes",
    );
    must(
        field(value, "brokers") == overlay.setting("brokers")
            && !overlay.setting("brokers").is_empty(),
        "its brokers are not those of the settings",
        "set `brokers` in settings.yaml",
    );
    let own = overlay.kind("Kafka").next().is_some();
    let authority = metadata(value, "caCert").map_or("", |field| field.text("/secretKeyRef/key"));
    must(
        !own || authority == "ca.crt",
        "it does not know the authority that signed the broker's certificate",
        "set caCert to that of the cluster",
    );
}

fn keda(overlay: &Overlay, scaled: &Resource, trigger: &Value, findings: &mut Vec<Finding>) {
    let mut must = |holds: bool, what: String, remedy: &str| {
        if !holds {
            findings.push(scaled.finding(Rule::Login, what, remedy));
        }
    };
    let settings = trigger.at("/metadata");
    must(
        settings.text("/sasl") == "scram_sha512" && settings.text("/tls") == "enable",
        format!(
            "KEDA would log in by {:?}, with TLS {:?}",
            settings.text("/sasl"),
            settings.text("/tls")
        ),
        "set sasl to scram_sha512 and tls to enable",
    );
    must(
        settings.text("/bootstrapServers") == overlay.setting("brokers"),
        "its brokers are not those of the settings".to_owned(),
        "set `brokers` in settings.yaml",
    );
    let name = trigger.text("/authenticationRef/name");
    let Some(login) = overlay.get("TriggerAuthentication", name) else {
        must(
            false,
            format!("there is no TriggerAuthentication {name:?}"),
            "name the one of kafka/login",
        );
        return;
    };
    let given: Vec<&str> = login
        .value
        .list("/spec/secretTargetRef")
        .iter()
        .chain(login.value.list("/spec/configMapTargetRef"))
        .map(|target| target.text("/parameter"))
        .collect();
    let mut wanted = vec!["username", "password"];
    if overlay.kind("Kafka").next().is_some() {
        wanted.push("ca");
    }
    for parameter in wanted {
        must(
            given.contains(&parameter),
            format!("its TriggerAuthentication {name} lacks {parameter}"),
            "add it",
        );
    }
}

/// Where the broker is in the cluster: it is where the settings say, wants a login, and
/// knows the users.
fn cluster(project: &Project, overlay: &Overlay, findings: &mut Vec<Finding>) {
    let Some(kafka) = overlay.kind("Kafka").next() else {
        return;
    };
    let brokers = overlay.setting("brokers");
    let (host, port) = brokers.split_once(':').unwrap_or_default();
    let namespace = kafka.value.text("/metadata/namespace");
    if host != format!("{}-kafka-bootstrap.{namespace}.svc", kafka.name()) {
        findings.push(overlay.finding(
            Rule::Login,
            format!("brokers is {brokers:?}, where Strimzi makes no service"),
            "name <kafka>-kafka-bootstrap.<namespace>.svc: KEDA is in another namespace",
        ));
    }
    for listener in kafka.value.list("/spec/kafka/listeners") {
        let secured = listener.at("/tls") == &Value::Bool(true)
            && listener.text("/authentication/type") == "scram-sha-512";
        if !secured {
            findings.push(kafka.finding(
                Rule::Login,
                format!("its listener {:?} lets anybody in", listener.text("/name")),
                "set tls, and authentication by scram-sha-512",
            ));
        }
    }
    let offered = kafka.value.list("/spec/kafka/listeners").iter();
    if !offered
        .into_iter()
        .any(|listener| listener.at("/port").as_u64() == port.parse().ok())
    {
        findings.push(kafka.finding(
            Rule::Login,
            format!("it has no listener at the port {port}, which the settings name"),
            "let both have the same port",
        ));
    }
    if kafka.value.text("/spec/kafka/authorization/type") != "simple" {
        findings.push(kafka.finding(
            Rule::Rights,
            "it does not ask what users may do".to_owned(),
            "set authorization to simple",
        ));
    }
    let users = project
        .dapr
        .iter()
        .filter(|resource| resource.text("/spec/type") == "pubsub.kafka");
    let users = users
        .map(user)
        .chain([overlay.setting("keda-user").to_owned()]);
    for user in users {
        let method = overlay
            .get("KafkaUser", &user)
            .map(|user| user.value.text("/spec/authentication/type"));
        if method != Some("scram-sha-512") {
            findings.push(kafka.finding(
                Rule::Login,
                format!("it does not know the user {user} by SCRAM-SHA-512"),
                "add a KafkaUser",
            ));
        }
    }
}
