//! audit-sink's handlers: an event takes effect once, and one that no sidecar could
//! have sent is dropped.

use crate::instance::Instance;
use bindings::AuditSink;
use bindings::duebell::events::types::{
    HandleError, Outcome, Priority, ReminderEvent, ReminderEventType, TaskEvent, TaskEventData,
    TaskEventType, Timestamp,
};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "audit-sink",
        exports: { default: async },
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_event_takes_effect_once() {
    let mut sink = Sink::start().await;
    let event = task_event("alice");
    assert!(matches!(sink.task(event.clone()).await, Ok(Outcome::Done)));
    assert!(matches!(sink.task(event).await, Ok(Outcome::AlreadyDone)));
    assert_eq!(
        sink.kept(),
        [kept("alice", 1, "task.created", "4f1c-created")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_event_takes_effect_once() {
    let mut sink = Sink::start().await;
    let event = reminder_event("alice");
    assert!(matches!(
        sink.reminder(event.clone()).await,
        Ok(Outcome::Done)
    ));
    assert!(matches!(
        sink.reminder(event).await,
        Ok(Outcome::AlreadyDone)
    ));
    assert_eq!(sink.kept(), [kept("alice", 1, "reminder.due", "4f1c-due")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_topics_of_a_user_end_in_one_chain() {
    let mut sink = Sink::start().await;
    assert!(matches!(
        sink.task(task_event("alice")).await,
        Ok(Outcome::Done)
    ));
    assert!(matches!(
        sink.reminder(reminder_event("alice")).await,
        Ok(Outcome::Done)
    ));
    let expected = [
        kept("alice", 1, "task.created", "4f1c-created"),
        kept("alice", 2, "reminder.due", "4f1c-due"),
    ];
    assert_eq!(sink.kept(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_nobody_is_dropped_with_its_reason() {
    let mut sink = Sink::start().await;
    assert!(matches!(
        sink.task(task_event("alice")).await,
        Ok(Outcome::Done)
    ));
    let answers = [
        sink.task(task_event("")).await,
        sink.reminder(reminder_event("")).await,
    ];
    for answer in answers {
        assert!(
            matches!(&answer, Err(HandleError::Drop(why)) if why.contains("expected 1 to 256 bytes")),
            "{answer:?}"
        );
    }
    assert_eq!(
        sink.kept(),
        [kept("alice", 1, "task.created", "4f1c-created")]
    );
}

fn task_event(user: &str) -> TaskEvent {
    TaskEvent {
        event_type: TaskEventType::Created,
        task_id: 123,
        user_id: user.to_owned(),
        task_data: TaskEventData {
            title: "Water the plants".to_owned(),
            description: None,
            completed: false,
            priority: Priority::High,
            due_date: Some(NOON),
            tags: vec!["home".to_owned()],
            recurring_pattern: None,
            next_occurrence: None,
        },
        timestamp: NOON,
        correlation_id: "4f1c-created".to_owned(),
    }
}

fn reminder_event(user: &str) -> ReminderEvent {
    ReminderEvent {
        event_type: ReminderEventType::Due,
        reminder_id: 7,
        task_id: 123,
        user_id: user.to_owned(),
        title: "Water the plants".to_owned(),
        due_at: NOON,
        remind_at: NOON,
        correlation_id: "4f1c-due".to_owned(),
    }
}

/// 2026-01-01T12:00:00Z.
const NOON: Timestamp = Timestamp {
    microseconds: 1_767_268_800_000_000,
};

/// An entry of the audit: user, number, type, correlation_id.
type Kept = (String, i64, String, String);

fn kept(user: &str, number: i64, event_type: &str, correlation_id: &str) -> Kept {
    (
        user.to_owned(),
        number,
        event_type.to_owned(),
        correlation_id.to_owned(),
    )
}

/// One instance of audit-sink, with a database of its own.
struct Sink {
    instance: Instance,
    exports: AuditSink,
}

impl Sink {
    async fn start() -> Self {
        let mut instance = Instance::start("audit-sink", "audit").await;
        let exports = AuditSink::new(&mut instance.store, &instance.exports).unwrap();
        Self { instance, exports }
    }

    async fn task(&mut self, event: TaskEvent) -> Result<Outcome, HandleError> {
        let handler = self.exports.duebell_events_task_event_handler();
        self.instance
            .store
            .run_concurrent(async |accessor| handler.call_handle(accessor, event).await)
            .await
            .unwrap()
            .unwrap()
    }

    async fn reminder(&mut self, event: ReminderEvent) -> Result<Outcome, HandleError> {
        let handler = self.exports.duebell_events_reminder_event_handler();
        self.instance
            .store
            .run_concurrent(async |accessor| handler.call_handle(accessor, event).await)
            .await
            .unwrap()
            .unwrap()
    }

    /// What the audit's database holds, read past the component.
    fn kept(&self) -> Vec<Kept> {
        self.instance.rows(
            "SELECT user_id, number, event_type, event ->> 'correlation_id'
             FROM entries ORDER BY user_id, number",
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
    }
}
