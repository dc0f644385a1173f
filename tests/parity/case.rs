//! What is played to both sidecars.

use crate::{scene::Scene, setup::Setup, subscription::Subscription};
use futures::future::BoxFuture;
use serde_json::Value;
use std::{future::Future, sync::Arc};

/// A case: a sentence, and what to do to learn whether a sidecar is as it says.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The case's own topic, the start of its other names.
    pub(crate) topic: &'static str,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Where it is played: none is beside the others, on a pair of sidecars that they
    /// share.
    pub(crate) alone: Option<Setup>,
    run: Run,
}

type Run = Arc<dyn Fn(Scene) -> BoxFuture<'static, Value> + Send + Sync>;

impl Case {
    /// A case that needs no subscription.
    pub(crate) fn new<F>(
        topic: &'static str,
        name: &'static str,
        run: impl Fn(Scene) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Value> + Send + 'static,
    {
        Self {
            name,
            topic,
            subscriptions: Vec::new(),
            alone: None,
            run: Arc::new(move |scene| Box::pin(run(scene))),
        }
    }

    /// A case whose topic is delivered to `/on/<topic>`, event by event.
    pub(crate) fn delivered<F>(
        topic: &'static str,
        name: &'static str,
        run: impl Fn(Scene) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Value> + Send + 'static,
    {
        Self::new(topic, name, run).with(Subscription::to(topic))
    }

    /// With one subscription more.
    pub(crate) fn with(mut self, subscription: Subscription) -> Self {
        self.subscriptions.push(subscription);
        self
    }

    /// With a pair of sidecars of its own.
    pub(crate) fn alone(mut self, setup: Setup) -> Self {
        self.alone = Some(setup);
        self
    }

    /// Plays it.
    pub(crate) fn run(&self, scene: Scene) -> BoxFuture<'static, Value> {
        (self.run)(scene)
    }
}
