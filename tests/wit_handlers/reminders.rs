//! The handlers of reminder-trigger and notifier: a reminder that is overdue rings,
//! one that rings is shown, once.

use crate::instance::Instance;
use trigger::duebell::events::types::{
    HandleError, Outcome, ReminderEvent, ReminderEventType, Timestamp,
};

mod trigger {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "reminder-trigger",
        exports: { default: async },
    });
}

/// 2026-01-01T12:00:00Z.
const NOON: Timestamp = Timestamp {
    microseconds: 1_767_268_800_000_000,
};

fn event(event_type: ReminderEventType) -> ReminderEvent {
    ReminderEvent {
        event_type,
        reminder_id: 7,
        task_id: 123,
        user_id: "alice".to_owned(),
        title: "Water the plants".to_owned(),
        due_at: NOON,
        remind_at: NOON,
        correlation_id: format!("4f1c-{event_type:?}"),
    }
}

async fn handle(instance: &mut Instance, event: ReminderEvent) -> Result<Outcome, HandleError> {
    // notifier exports the same interface, beside another.
    let exports = trigger::ReminderTrigger::new(&mut instance.store, &instance.exports).unwrap();
    let handler = exports.duebell_events_reminder_event_handler();
    instance
        .store
        .run_concurrent(async |accessor| handler.call_handle(accessor, event).await)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_overdue_rings_once() {
    let mut trigger = Instance::start("reminder-trigger", "reminders").await;
    let scheduled = event(ReminderEventType::Scheduled);
    for outcome in [Outcome::Done, Outcome::AlreadyDone] {
        let answer = handle(&mut trigger, scheduled.clone()).await;
        assert_eq!(
            std::mem::discriminant(&answer.unwrap()),
            std::mem::discriminant(&outcome)
        );
    }
    let rung: Vec<(String, String)> = trigger.rows(
        "SELECT event_type, data ->> 'remind_at' FROM outbox",
        |row| Ok((row.get(0)?, row.get(1)?)),
    );
    let wanted = ("reminder.due".to_owned(), "2026-01-01T12:00:00Z".to_owned());
    assert_eq!(rung, [wanted]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rings_is_shown_once_and_what_was_cancelled_is_not() {
    let mut notifier = Instance::start("notifier", "notifications").await;
    let mut cancelled = event(ReminderEventType::Cancelled);
    cancelled.reminder_id = 8;
    let mut late = event(ReminderEventType::Due);
    late.reminder_id = 8;
    late.correlation_id = "late".to_owned();
    let due = event(ReminderEventType::Due);
    for event in [due.clone(), due, cancelled, late] {
        assert!(handle(&mut notifier, event).await.is_ok());
    }
    let shown: Vec<i64> = notifier.rows("SELECT reminder_id FROM notifications", |row| row.get(0));
    assert_eq!(shown, [7]);
}
