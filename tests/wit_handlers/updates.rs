//! live-updates' handler: each update is logged once, in its user's own numbers.

use crate::instance::Instance;
use bindings::LiveUpdates;
use bindings::duebell::events::types::{
    HandleError, JsonObject, Outcome, TaskUpdateAction, TaskUpdateEvent, TaskUpdateEventType,
    Timestamp,
};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "live-updates",
        exports: { default: async },
    });
}

fn event(user_id: &str, title: &str) -> TaskUpdateEvent {
    TaskUpdateEvent {
        event_type: TaskUpdateEventType::Sync,
        task_id: 123,
        user_id: user_id.to_owned(),
        action: TaskUpdateAction::Updated,
        changes: JsonObject {
            text: format!("{{\n  \"title\": \"{title}\"\n}}"),
        },
        source_client: Some("web-abc123".to_owned()),
        timestamp: Timestamp { microseconds: 1 },
    }
}

async fn handle(instance: &mut Instance, event: TaskUpdateEvent) -> Result<Outcome, HandleError> {
    let exports = LiveUpdates::new(&mut instance.store, &instance.exports).unwrap();
    let handler = exports.duebell_events_task_update_handler();
    instance
        .store
        .run_concurrent(async |accessor| handler.call_handle(accessor, event).await)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_logged_once_as_one_line() {
    let mut updates = Instance::start("live-updates", "updates").await;
    for (user, title, outcome) in [
        ("alice", "one", Outcome::Done),
        ("bob", "one", Outcome::Done),
        ("alice", "one", Outcome::AlreadyDone),
        ("alice", "two", Outcome::Done),
    ] {
        let handled = handle(&mut updates, event(user, title)).await.unwrap();
        assert_eq!(format!("{handled:?}"), format!("{outcome:?}"));
    }
    let logged = updates.rows("SELECT user_id, number, event FROM updates", |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))
    });
    let of = |user: &str, number: i64, title: &str| {
        let event = format!(
            r#"{{"event_type":"task.sync","task_id":123,"user_id":"{user}","action":"updated","changes":{{   "title": "{title}" }},"source_client":"web-abc123","timestamp":"1970-01-01T00:00:00.000001Z"}}"#
        );
        (user.to_owned(), number, event)
    };
    assert_eq!(
        logged,
        [
            of("alice", 1, "one"),
            of("bob", 1, "one"),
            of("alice", 2, "two")
        ]
    );
}
