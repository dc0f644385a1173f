//! search-indexer's handler: a task is found by what its last event says.

use crate::instance::Instance;
use bindings::SearchIndexer;
use bindings::duebell::events::types::{
    HandleError, Outcome, Priority, TaskEvent, TaskEventData, TaskEventType, Timestamp,
};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "search-indexer",
        exports: { default: async },
    });
}

fn event(event_type: TaskEventType, title: &str, at: i64) -> TaskEvent {
    TaskEvent {
        event_type,
        task_id: 123,
        user_id: "alice".to_owned(),
        task_data: TaskEventData {
            title: title.to_owned(),
            description: None,
            completed: false,
            priority: Priority::Medium,
            due_date: None,
            tags: Vec::new(),
            recurring_pattern: None,
            next_occurrence: None,
        },
        timestamp: Timestamp { microseconds: at },
        correlation_id: format!("{event_type:?}/{at}"),
    }
}

async fn handle(instance: &mut Instance, event: TaskEvent) -> Result<Outcome, HandleError> {
    let exports = SearchIndexer::new(&mut instance.store, &instance.exports).unwrap();
    let handler = exports.duebell_events_task_event_handler();
    instance
        .store
        .run_concurrent(async |accessor| handler.call_handle(accessor, event).await)
        .await
        .unwrap()
        .unwrap()
}

fn found(instance: &Instance, word: &str) -> Vec<String> {
    let query = format!("SELECT title FROM search WHERE search MATCH '{word}'");
    instance.rows(&query, |row| row.get(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_indexed_once_and_by_its_latest_event() {
    let mut search = Instance::start("search-indexer", "search").await;
    let created = event(TaskEventType::Created, "Crème brûlée", 1);
    assert!(matches!(
        handle(&mut search, created.clone()).await,
        Ok(Outcome::Done)
    ));
    assert!(matches!(
        handle(&mut search, created).await,
        Ok(Outcome::AlreadyDone)
    ));
    assert_eq!(found(&search, "creme"), ["Crème brûlée"]);

    for (event_type, title, at) in [
        (TaskEventType::Updated, "Tarte", 3),
        (TaskEventType::Updated, "Crème", 2),
    ] {
        assert!(
            handle(&mut search, event(event_type, title, at))
                .await
                .is_ok()
        );
    }
    assert_eq!(found(&search, "tarte"), ["Tarte"]);
    assert_eq!(found(&search, "creme"), [""; 0]);
    let deleted = event(TaskEventType::Deleted, "Tarte", 4);
    assert!(handle(&mut search, deleted).await.is_ok());
    assert_eq!(found(&search, "tarte"), [""; 0]);
}
