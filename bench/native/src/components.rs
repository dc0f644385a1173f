//! The nine components: what each one's edge (`src/spin.rs`) does under Spin, natively.

use crate::{
    means::{Means, clock, entropy, sleep, spawn},
    serving::Component,
    transport::HttpTransport,
};
use anyhow::{Context, Error};
use chrono::TimeDelta;
use duebell_chain::SigningKey;
use duebell_service::{Logger, body::MAX_BODY};
use std::{collections::BTreeMap, time::Duration};

/// How long the sidecar or another component may take. Relays and claims count on it.
const PATIENCE: Duration = Duration::from_secs(4);

/// How long a component may take to erase a user; it is asked again.
const ERASURE: Duration = Duration::from_secs(20);

/// How long a subscriber may take to have an event replayed: a claim counts on it.
const REPLAY: Duration = Duration::from_secs(10);

/// Makes a component, on the thread that it is to stay on.
pub(crate) type Make = fn(&'static str, &Means) -> anyhow::Result<Component>;

/// All of them, by their ids in spin.toml.
const COMPONENTS: [(&str, Make); 9] = [
    ("task-api", task_api),
    ("audit-sink", audit_sink),
    ("reminder-trigger", reminder_trigger),
    ("notifier", notifier),
    ("recurrence", recurrence),
    ("dead-letters", dead_letters),
    ("search-indexer", search_indexer),
    ("live-updates", live_updates),
    ("update-streams", update_streams),
];

/// How the component with this id is made.
pub(crate) fn find(id: &str) -> anyhow::Result<(&'static str, Make)> {
    COMPONENTS
        .into_iter()
        .find(|(known, _)| *known == id)
        .with_context(|| {
            format!("spin.toml has a component {id} that the native service has not: add it to bench/native/src/components.rs")
        })
}

fn task_api(id: &'static str, means: &Means) -> anyhow::Result<Component> {
    let transport = HttpTransport::new(PATIENCE);
    let parts = task_api::Parts {
        access: means.access(id)?,
        app_api_token: means.text("app_api_token")?,
        sidecar: means.sidecar(&transport)?,
        components: origins(task_api::COMPONENTS, means)?,
        transport: transport.with_timeout(ERASURE),
        logger: means.logger(id)?,
        clock: clock(),
        entropy: entropy(),
        spawn: spawn(),
        sleep: sleep(),
    };
    let app = task_api::App::new(means.database("tasks"), parts).map_err(Error::msg)?;
    Ok(Component::new(
        app,
        |_, _| MAX_BODY,
        async |app, request| app.handle(request).await,
    ))
}

fn audit_sink(id: &'static str, means: &Means) -> anyhow::Result<Component> {
    let transport = HttpTransport::new(PATIENCE);
    let logger = means.logger(id)?;
    let parts = audit_sink::Parts {
        access: means.access(id)?,
        app_api_token: means.text("app_api_token")?,
        sidecar: means.sidecar(&transport)?,
        checkpoints: checkpoints(means, &logger)?,
        publishers: audit_sink::publishers(
            means.variables.get("task_api_url")?,
            means.variables.get("reminder_trigger_url")?,
            means.variables.get("dead_letters_url")?,
        ),
        transport,
        logger,
        clock: clock(),
        entropy: entropy(),
        spawn: spawn(),
        sleep: sleep(),
    };
    let app = audit_sink::App::new(means.database("audit"), parts).map_err(Error::msg)?;
    Ok(Component::new(
        app,
        audit_sink::App::most_body,
        async |app, request| app.handle(request).await,
    ))
}

/// When checkpoints are made and with which key.
fn checkpoints(means: &Means, logger: &Logger) -> anyhow::Result<Option<audit_sink::Checkpoints>> {
    let every = means.variables.number("checkpoint_every")?;
    let key = means.variables.get("audit_key")?;
    if every == 0 || key.is_empty() {
        logger.info("no checkpoints are made", &[]);
        return Ok(None);
    }
    let key = SigningKey::parse(key).map_err(|why| {
        Error::msg(format!("AUDIT_KEY cannot be used: {why}; `openssl rand 32 | basenc --base64url | tr -d =` makes one"))
    })?;
    let every = TimeDelta::seconds(every.into());
    Ok(Some(audit_sink::Checkpoints::new(key, every)))
}

fn reminder_trigger(id: &'static str, means: &Means) -> anyhow::Result<Component> {
    let transport = HttpTransport::new(PATIENCE);
    let parts = reminder_trigger::Parts {
        app_api_token: means.text("app_api_token")?,
        sidecar: means.sidecar(&transport)?,
        publishers: reminder_trigger::publishers(means.variables.get("task_api_url")?),
        transport,
        logger: means.logger(id)?,
        clock: clock(),
        entropy: entropy(),
        spawn: spawn(),
        sleep: sleep(),
    };
    let database = means.database("reminders");
    let app = reminder_trigger::App::new(database, parts).map_err(Error::msg)?;
    Ok(Component::new(
        app,
        reminder_trigger::App::most_body,
        async |app, request| app.handle(request).await,
    ))
}

fn notifier(id: &'static str, means: &Means) -> anyhow::Result<Component> {
    let transport = HttpTransport::new(PATIENCE);
    let parts = notifier::Parts {
        access: means.access(id)?,
        app_api_token: means.text("app_api_token")?,
        sidecar: means.sidecar(&transport)?,
        publishers: notifier::publishers(
            means.variables.get("task_api_url")?,
            means.variables.get("reminder_trigger_url")?,
        ),
        transport,
        logger: means.logger(id)?,
        clock: clock(),
        entropy: entropy(),
        spawn: spawn(),
        sleep: sleep(),
    };
    let app = notifier::App::new(means.database("notifications"), parts).map_err(Error::msg)?;
    Ok(Component::new(
        app,
        notifier::App::most_body,
        async |app, request| app.handle(request).await,
    ))
}

fn recurrence(id: &'static str, means: &Means) -> anyhow::Result<Component> {
    let parts = recurrence::Parts {
        app_api_token: means.text("app_api_token")?,
        task_api_url: means.text("task_api_url")?,
        transport: HttpTransport::new(PATIENCE),
        logger: means.logger(id)?,
        clock: clock(),
        entropy: entropy(),
        spawn: spawn(),
    };
    let app = recurrence::App::new(means.database("recurrence"), parts).map_err(Error::msg)?;
    Ok(Component::new(
        app,
        recurrence::App::most_body,
        async |app, request| app.handle(request).await,
    ))
}

fn dead_letters(id: &'static str, means: &Means) -> anyhow::Result<Component> {
    let transport = HttpTransport::new(PATIENCE);
    let parts = dead_letters::Parts {
        access: means.access(id)?,
        app_api_token: means.text("app_api_token")?,
        sidecar: means.sidecar(&transport)?,
        subscribers: origins(dead_letters::SUBSCRIBERS, means)?,
        task_api_url: means.text("task_api_url")?,
        transport: transport.with_timeout(REPLAY),
        logger: means.logger(id)?,
        clock: clock(),
        entropy: entropy(),
        spawn: spawn(),
        sleep: sleep(),
    };
    let app = dead_letters::App::new(means.database("deadletters"), parts).map_err(Error::msg)?;
    Ok(Component::new(
        app,
        dead_letters::App::most_body,
        async |app, request| app.handle(request).await,
    ))
}

fn search_indexer(id: &'static str, means: &Means) -> anyhow::Result<Component> {
    let transport = HttpTransport::new(PATIENCE);
    let parts = search_indexer::Parts {
        access: means.access(id)?,
        publishers: search_indexer::publishers(means.variables.get("task_api_url")?),
        audit: search_indexer::Audit::new(
            means.variables.get("audit_sink_url")?,
            means.text("app_api_token")?,
            transport.clone(),
        ),
        app_api_token: means.text("app_api_token")?,
        transport,
        logger: means.logger(id)?,
        clock: clock(),
        entropy: entropy(),
        spawn: spawn(),
    };
    let app = search_indexer::App::new(means.database("search"), parts).map_err(Error::msg)?;
    Ok(Component::new(
        app,
        search_indexer::App::most_body,
        async |app, request| app.handle(request).await,
    ))
}

fn live_updates(id: &'static str, means: &Means) -> anyhow::Result<Component> {
    let parts = live_updates::Parts {
        app_api_token: means.text("app_api_token")?,
        publishers: live_updates::publishers(
            means.variables.get("task_api_url")?,
            means.variables.get("notifier_url")?,
        ),
        // There is no proxy that holds WebSockets.
        proxy: None,
        transport: HttpTransport::new(PATIENCE),
        logger: means.logger(id)?,
        clock: clock(),
        entropy: entropy(),
        spawn: spawn(),
    };
    let app = live_updates::App::new(means.database("updates"), parts).map_err(Error::msg)?;
    Ok(Component::new(
        app,
        live_updates::App::most_body,
        async |app, request| app.handle(request).await,
    ))
}

fn update_streams(id: &'static str, means: &Means) -> anyhow::Result<Component> {
    let parts = update_streams::Parts {
        access: means.access(id)?,
        app_api_token: means.text("app_api_token")?,
        proxy_key: None,
        most: means.variables.number("max_streams")?,
        most_of_a_user: means.variables.number("max_streams_per_user")?,
        logger: means.logger(id)?,
        clock: clock(),
        entropy: entropy(),
        spawn: spawn(),
        sleep: sleep(),
    };
    let app = update_streams::App::new(means.database("updates"), parts).map_err(Error::msg)?;
    Ok(Component::new(
        app,
        update_streams::App::most_body,
        async |app, request| app.handle(request).await,
    ))
}

/// Where these components are, by their ids.
fn origins(ids: &[&str], means: &Means) -> anyhow::Result<BTreeMap<String, String>> {
    ids.iter()
        .map(|id| {
            let variable = format!("{}_url", id.replace('-', "_"));
            Ok(((*id).to_owned(), means.text(&variable)?))
        })
        .collect()
}
