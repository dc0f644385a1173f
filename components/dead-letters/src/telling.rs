//! What operators do with letters, told to the audit.

use crate::{letter::Letter, subscribers::Outcome};
use chrono::{DateTime, Utc};
use duebell_edge::Failure;
use duebell_erasures::{erasure_of, must_not_be_erased};
use duebell_events::{AuditEvent, AuditEventType, Event, JsonObject, Timestamp};
use duebell_publisher::new_event;
use duebell_service::{Entropy, uuid_v4};
use duebell_store::{Tx, outbox};
use serde_json::{Map, Value, json};

/// Who does something, and when.
pub(crate) struct Context<'a> {
    /// The operator; none: dead-letters by itself.
    pub(crate) actor: Option<&'a str>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) entropy: &'a dyn Entropy,
    /// The W3C trace context of the request.
    pub(crate) traceparent: Option<String>,
}

/// What was done to a letter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Done<'a> {
    Shown,
    Replayed(Outcome, Option<&'a str>),
    Discarded,
}

/// Puts what was done to a letter into the outbox: for the audit of whoever's event it
/// is, or of the operator's if nobody can tell.
pub(crate) async fn tell(
    tx: &Tx<'_>,
    context: &Context<'_>,
    letter: &Letter,
    done: Done<'_>,
) -> Result<(), Failure> {
    let event_type = match done {
        Done::Shown => AuditEventType::DeadLetterShown,
        Done::Replayed(..) => AuditEventType::DeadLetterReplayed,
        Done::Discarded => AuditEventType::DeadLetterDiscarded,
    };
    let mut details = Map::from_iter([
        ("dead_letter_id".to_owned(), json!(letter.id)),
        ("subscriber".to_owned(), json!(letter.subscriber)),
        ("topic".to_owned(), json!(letter.topic)),
        ("event_type".to_owned(), json!(letter.event_type)),
        ("event_id".to_owned(), json!(letter.event_id)),
    ]);
    if let Done::Replayed(outcome, reason) = done {
        details.insert("outcome".to_owned(), json!(outcome));
        details.insert("reason".to_owned(), json!(reason));
    }
    let Some(user_id) = letter.user_id.as_deref().or(context.actor) else {
        return Ok(()); // Nobody's event, and nobody who did it.
    };
    let subject = format!("dead-letters/{}", letter.id);
    append(tx, context, event_type, user_id, Some(subject), details).await
}

/// The same of a list: for the operator's own audit.
pub(crate) async fn tell_listed(
    tx: &Tx<'_>,
    context: &Context<'_>,
    user_id: &str,
    filter: Map<String, Value>,
) -> Result<(), Failure> {
    let event_type = AuditEventType::DeadLetterListed;
    append(tx, context, event_type, user_id, None, filter).await
}

async fn append(
    tx: &Tx<'_>,
    context: &Context<'_>,
    event_type: AuditEventType,
    user_id: &str,
    subject: Option<String>,
    details: Map<String, Value>,
) -> Result<(), Failure> {
    if let Some(actor) = context.actor {
        must_not_be_erased(tx, actor).await?;
    }
    if erasure_of(tx, user_id).await?.is_some() {
        return Ok(()); // Nothing is kept that names them.
    }
    let correlation_id = uuid_v4(context.entropy).to_string();
    let event = Event::Audit(AuditEvent {
        event_type,
        user_id: user_id.to_owned(),
        actor: context.actor.map(str::to_owned),
        details: JsonObject::from_map(details),
        timestamp: Timestamp::from_datetime(context.now),
        correlation_id: correlation_id.clone(),
    });
    let traceparent = context.traceparent.clone();
    let new = new_event(&event, correlation_id, subject, context.now, traceparent)
        .map_err(Failure::internal)?;
    outbox::append(tx, vec![new]).await?;
    Ok(())
}
