//! `kind: Component`: its file, and the settings in its `spec.metadata`.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::cron::CronBinding;
use super::kafka::KafkaPubsub;
use super::model::{Header, ObjectMeta, Scalar, in_scope};
use super::source::{At, Document, ResourceError, instead};

/// A component that the sidecar implements.
#[derive(Clone, Debug)]
pub(crate) enum Component {
    /// `pubsub.kafka`, kept in the embedded log.
    Kafka(KafkaPubsub),
    /// `bindings.cron`.
    Cron(CronBinding),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    #[serde(rename = "apiVersion")]
    _api_version: IgnoredAny,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    metadata: ObjectMeta,
    spec: Spec,
    /// Where secrets come from. None of the settings that are read may be one.
    #[serde(default, rename = "auth")]
    _auth: Option<IgnoredAny>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Spec {
    r#type: At<String>,
    version: At<String>,
    #[serde(default)]
    metadata: Vec<Item>,
    /// These two are about starting without a broker, which cannot happen here.
    #[serde(default, rename = "ignoreErrors")]
    _ignore_errors: Option<bool>,
    #[serde(default, rename = "initTimeout")]
    _init_timeout: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Item {
    name: At<String>,
    #[serde(default)]
    value: Option<At<Scalar>>,
    #[serde(default)]
    secret_key_ref: Option<At<IgnoredAny>>,
    #[serde(default)]
    env_ref: Option<At<IgnoredAny>>,
}

/// Reads a component. `None`: it is scoped to other apps, or has no effect here.
///
/// # Errors
/// A field, a type or a setting that is not implemented.
pub(crate) fn read(
    document: &Document,
    header: &Header,
    app_id: &str,
) -> Result<Option<Component>, Box<ResourceError>> {
    header.expect_version(document, "dapr.io/v1alpha1")?;
    let file: File = document.parse()?;
    if !in_scope(file.scopes.as_deref(), app_id) {
        return Ok(None);
    }
    let kind = file.spec.r#type;
    if file.spec.version.value != "v1" {
        let message = format!(
            "version `{}` of {} is not implemented",
            file.spec.version.value, kind.value
        );
        return Err(document
            .error(&file.spec.version, message, "this version")
            .help("Write `version: v1`."));
    }
    let settings = Settings {
        document,
        app_id,
        name: file.metadata.name.clone(),
        items: file.spec.metadata,
    };
    settings.refuse_repetitions()?;
    match kind.value.as_str() {
        "pubsub.kafka" => KafkaPubsub::read(&settings).map(|kafka| Some(Component::Kafka(kafka))),
        "bindings.cron" => CronBinding::read(&settings).map(|cron| Some(Component::Cron(cron))),
        // Secrets are for what has no effect here: nothing is taken from a store.
        "secretstores.local.env" => settings.allow(&["prefix"], &[]).map(|()| None),
        other => {
            let message =
                format!("the component type `{other}` is not implemented by the embedded sidecar");
            let help = format!(
                "{} Or give the component `scopes` without `{app_id}`, or use a real sidecar (`--sidecar URL`).",
                instead(
                    other,
                    &["pubsub.kafka", "bindings.cron", "secretstores.local.env"]
                )
            );
            Err(document.error(&kind, message, "this type").help(help))
        }
    }
}

/// The settings of one component (its `spec.metadata`).
pub(crate) struct Settings<'a> {
    document: &'a Document,
    app_id: &'a str,
    name: At<String>,
    items: Vec<Item>,
}

impl Settings<'_> {
    /// The component's name.
    pub(crate) fn name(&self) -> &str {
        &self.name.value
    }

    /// The app that reads this.
    pub(crate) fn app_id(&self) -> &str {
        self.app_id
    }

    /// Lets through only the settings in `read` and `of_no_effect`; the latter may be secrets.
    pub(crate) fn allow(
        &self,
        read: &[&str],
        of_no_effect: &[&str],
    ) -> Result<(), Box<ResourceError>> {
        for item in &self.items {
            let name = item.name.value.as_str();
            if of_no_effect
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
            {
                continue;
            }
            if !read.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                let message =
                    format!("the setting `{name}` is not implemented by the embedded sidecar");
                let known: Vec<&str> = read.iter().chain(of_no_effect).copied().collect();
                return Err(self
                    .document
                    .error(&item.name, message, "this setting")
                    .help(instead(name, &known)));
            }
            if item.secret_key_ref.is_some() || item.env_ref.is_some() {
                let message = format!(
                    "`{name}` refers to a secret or a variable, which is not implemented for it"
                );
                return Err(self
                    .document
                    .error(&item.name, message, "this setting")
                    .help("Write the value itself: `value: …`."));
            }
        }
        Ok(())
    }

    /// The setting of that name, in any case of letters, as Dapr has it.
    ///
    /// # Errors
    /// It is there without a value, or holds a placeholder that has no meaning here.
    pub(crate) fn get(&self, name: &str) -> Result<Option<At<String>>, Box<ResourceError>> {
        let Some(item) = self.find(name) else {
            return Ok(None);
        };
        let Some(value) = &item.value else {
            let message = format!("`{name}` has no value");
            return Err(self
                .document
                .error(&item.name, message, "this setting")
                .help("Add `value: …`."));
        };
        for placeholder in ["{uuid}", "{podName}", "{namespace}"] {
            if value.value.0.contains(placeholder) {
                let message = format!(
                    "the placeholder `{placeholder}` in `{name}` is not implemented by the embedded sidecar"
                );
                return Err(self
                    .document
                    .error(value, message, "this value")
                    .help("Write the value itself, or use `{appID}`."));
            }
        }
        let text = value.value.0.replace("{appID}", self.app_id);
        Ok(Some(At::new(text, value.referenced, value.defined)))
    }

    /// Whether the setting is there, as a value or as a secret.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The error for a setting that must be there.
    pub(crate) fn missing(&self, name: &str, why: &str) -> Box<ResourceError> {
        let message = format!(
            "the component `{}` has no setting `{name}`: {why}",
            self.name.value
        );
        self.document
            .error(&self.name, message, "this component")
            .help(format!(
                "Add to spec.metadata:\n- name: {name}\n  value: \"…\""
            ))
    }

    /// The error for a value that is wrong or not implemented.
    pub(crate) fn wrong(
        &self,
        at: &At<String>,
        message: impl AsRef<str>,
        help: &str,
    ) -> Box<ResourceError> {
        self.document.error(at, message, "this value").help(help)
    }

    fn find(&self, name: &str) -> Option<&Item> {
        self.items
            .iter()
            .find(|item| item.name.value.eq_ignore_ascii_case(name))
    }

    fn refuse_repetitions(&self) -> Result<(), Box<ResourceError>> {
        let mut seen = std::collections::HashSet::new();
        for item in &self.items {
            if !seen.insert(item.name.value.to_ascii_lowercase()) {
                let message = format!("the setting `{}` is there twice", item.name.value);
                return Err(self
                    .document
                    .error(&item.name, message, "the second one")
                    .help("Keep one of them."));
            }
        }
        Ok(())
    }
}
