//! `kind: Resiliency`: how often and how long apart the app is tried.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::duration;
use super::model::{Header, ObjectMeta, Scalar, in_scope};
use super::source::{At, Document, ResourceError, instead};

/// What applies to deliveries from one component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InboundPolicy {
    /// None: one attempt.
    pub(crate) retry: Option<RetryPolicy>,
    /// How long one attempt may take. None: the channel's own limit.
    pub(crate) timeout: Option<Duration>,
}

/// When to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    pub(crate) backoff: Backoff,
    /// How many attempts follow the first one. None: without end.
    pub(crate) max_retries: Option<u32>,
}

/// How long apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backoff {
    /// Always as long.
    Constant(Duration),
    /// From half a second, half as long again each time, up to this; for
    /// fifteen minutes in all. The wait is varied by half, as Dapr has it.
    Exponential { max_interval: Duration },
}

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
#[serde(deny_unknown_fields)]
struct Spec {
    policies: Policies,
    targets: Targets,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policies {
    #[serde(default)]
    retries: BTreeMap<String, At<Retry>>,
    #[serde(default)]
    timeouts: BTreeMap<String, At<Scalar>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Retry {
    #[serde(default)]
    policy: Option<At<String>>,
    #[serde(default)]
    duration: Option<At<Scalar>>,
    #[serde(default)]
    max_interval: Option<At<Scalar>>,
    #[serde(default)]
    max_retries: Option<At<i64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Targets {
    #[serde(default)]
    components: BTreeMap<String, Target>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    #[serde(default)]
    inbound: Option<Inbound>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inbound {
    #[serde(default)]
    retry: Option<At<String>>,
    #[serde(default)]
    timeout: Option<At<String>>,
}

/// Reads a resiliency resource: the policy of each component it names. `None`:
/// it is scoped to other apps.
///
/// # Errors
/// A field that is not implemented (circuit breakers, outbound targets, apps,
/// actors, `matching`), a policy that is not defined, a duration that is none.
pub(crate) fn read(
    document: &Document,
    header: &Header,
    app_id: &str,
) -> Result<Option<HashMap<String, InboundPolicy>>, Box<ResourceError>> {
    header.expect_version(document, "dapr.io/v1alpha1")?;
    let file: File = document.parse()?;
    if !in_scope(file.scopes.as_deref(), app_id) {
        return Ok(None);
    }
    let mut retries = BTreeMap::new();
    for (name, retry) in &file.spec.policies.retries {
        refuse_default(document, name, retry)?;
        retries.insert(name.as_str(), retry_policy(document, &retry.value)?);
    }
    let mut timeouts = BTreeMap::new();
    for (name, text) in &file.spec.policies.timeouts {
        refuse_default(document, name, text)?;
        timeouts.insert(name.as_str(), read_duration(document, text)?);
    }
    let mut policies = HashMap::new();
    for (component, target) in file.spec.targets.components {
        let Some(inbound) = target.inbound else {
            continue;
        };
        let policy = InboundPolicy {
            retry: named(document, "retries", &retries, inbound.retry.as_ref())?,
            timeout: named(document, "timeouts", &timeouts, inbound.timeout.as_ref())?,
        };
        policies.insert(component, policy);
    }
    Ok(Some(policies))
}

fn retry_policy(document: &Document, retry: &Retry) -> Result<RetryPolicy, Box<ResourceError>> {
    let duration = match &retry.duration {
        Some(text) => read_duration(document, text)?,
        None => Duration::from_secs(5),
    };
    let max_interval = match &retry.max_interval {
        Some(text) => read_duration(document, text)?,
        None => Duration::from_secs(60),
    };
    let backoff = match &retry.policy {
        None => Backoff::Constant(duration),
        Some(policy) => match policy.value.to_ascii_lowercase().as_str() {
            "constant" => Backoff::Constant(duration),
            "exponential" => Backoff::Exponential { max_interval },
            other => {
                let message = format!("`{other}` is no retry policy");
                return Err(document
                    .error(policy, message, "this policy")
                    .help("Write `constant` or `exponential`."));
            }
        },
    };
    let max_retries = match &retry.max_retries {
        None => None,
        Some(at) if at.value < 0 => None,
        Some(at) => Some(u32::try_from(at.value).map_err(|_| {
            document
                .error(at, "too many retries", "this number")
                .help("Write -1 for no end.")
        })?),
    };
    Ok(RetryPolicy {
        backoff,
        max_retries,
    })
}

fn read_duration(document: &Document, text: &At<Scalar>) -> Result<Duration, Box<ResourceError>> {
    duration::parse(&text.value.0).ok_or_else(|| {
        let message = format!("`{}` is no duration", text.value.0);
        document
            .error(text, message, "this value")
            .help("Write it like `2s`, `1m30s` or `250ms`.")
    })
}

fn named<T: Copy>(
    document: &Document,
    what: &str,
    policies: &BTreeMap<&str, T>,
    name: Option<&At<String>>,
) -> Result<Option<T>, Box<ResourceError>> {
    let Some(name) = name else {
        return Ok(None);
    };
    if let Some(policy) = policies.get(name.value.as_str()) {
        return Ok(Some(*policy));
    }
    let message = format!("`{}` is not defined under `policies.{what}`", name.value);
    let known: Vec<&str> = policies.keys().copied().collect();
    Err(document
        .error(name, message, "this policy")
        .help(instead(&name.value, &known)))
}

/// Dapr takes policies of certain names as defaults for whatever has none.
fn refuse_default<T>(
    document: &Document,
    name: &str,
    at: &At<T>,
) -> Result<(), Box<ResourceError>> {
    let built_in = name.starts_with("DaprBuiltIn");
    if built_in || (name.starts_with("Default") && name.ends_with("Policy")) {
        let message = format!(
            "the policy `{name}` is a default of Dapr's, which the embedded sidecar does not implement"
        );
        return Err(document
            .error(at, message, "this policy")
            .help("Give it another name, and name it under `targets`."));
    }
    Ok(())
}
