//! What is said of a mistake.

use std::fmt;

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// kustomize does not build it.
    Build,
    /// A field that there is not, that lacks, or has the wrong type.
    Definition,
    /// The order in which a cluster is told of it.
    Order,
    /// What runs the components.
    Executor,
    /// The images, and their versions.
    Image,
    /// Which components are in which SpinApp.
    Components,
    /// Dapr's annotations.
    Annotations,
    /// Spin's variables.
    Variables,
    /// Secrets, and references to them.
    Secrets,
    /// Settings, and references to them.
    Settings,
    /// Where the components keep their data.
    Databases,
    /// Where components reach each other.
    Addresses,
    /// The routes that sidecars call.
    Routes,
    /// What differs from deploy/dapr without a reason.
    Sidecar,
    /// Which app-ids have which of Dapr's resources.
    Scopes,
    /// Logins at the broker, and TLS.
    Login,
    /// The broker's topics.
    Topics,
    /// What the broker's users may do.
    Rights,
    /// How many pods there are.
    Scaling,
    /// Labels, and what selects by them.
    Labels,
    /// What may talk to what.
    Network,
    /// What is reached from outside.
    Exposure,
    /// Health checks and resources.
    Probes,
    /// What a drain of nodes may take away.
    Disruption,
    /// What Prometheus asks.
    Monitoring,
}

/// A mistake: where it is, what it is, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it is about.
    pub rule: Rule,
    /// The resource or file.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// A folder that kustomize does not build.
    pub(crate) fn unbuilt(folder: &str, why: &str) -> Self {
        Self {
            rule: Rule::Build,
            place: folder.to_owned(),
            what: format!("kustomize does not build it: {}", why.trim()),
            remedy: "put right what it names".to_owned(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            place,
            what,
            remedy,
        } = self;
        write!(f, "{place}: {what}; {remedy} ({rule:?})")
    }
}
