//! `/api/dead-letters` and what is below it

use super::{
    parameters::{id, query, reference as parameter},
    responses::{all, json_body},
};
use crate::{examples, schemas::reference};
use duebell_service::problem::Kind;
use serde_json::{Value, json};

pub(super) fn path() -> anyhow::Result<Value> {
    let example = json!({ "items": [examples::dead_letter()?], "next_cursor": null });
    Ok(json!({
        "get": {
            "operationId": "listDeadLetters",
            "tags": ["dead letters"],
            "summary": "What subscribers gave up, in pages, the newest first",
            "description": "For operators; the audit hears of it.",
            "parameters": [
                query("status", "Only those that stand there.", json!({ "type": "string", "enum": ["open", "settled", "discarded"] })),
                query("subscriber", "Only what this component gave up.", json!({ "type": "string" })),
                parameter("limit"),
                parameter("cursor"),
            ],
            "responses": all(
                "200",
                json_body("A page of dead letters.", &reference("DeadLetterPage"), &example, &[]),
                &[Kind::InvalidRequest, Kind::Forbidden],
            ),
        },
    }))
}

pub(super) fn one() -> anyhow::Result<Value> {
    let mut letter = examples::dead_letter()?;
    let id = id("The dead letter's id.", letter.get("id"));
    if let Some(members) = letter.as_object_mut() {
        let event = examples::task_message(duebell_events::TaskEventType::Created)?;
        members.insert("event".to_owned(), event);
    }
    Ok(json!({
        "parameters": [id],
        "get": {
            "operationId": "getDeadLetter",
            "tags": ["dead letters"],
            "summary": "A dead letter and its event",
            "description": "For operators; the audit of the user whose event it is hears of it.",
            "responses": all(
                "200",
                json_body("The dead letter.", &reference("WholeDeadLetter"), &letter, &[]),
                &[Kind::Forbidden, Kind::NotFound],
            ),
        },
        "delete": {
            "operationId": "discardDeadLetter",
            "tags": ["dead letters"],
            "summary": "Give a dead letter up",
            "description": "For operators; the audit hears of it. It stays listed for 30 days. Doing it again changes nothing.",
            "responses": all(
                "204",
                json!({ "description": "It is discarded." }),
                &[Kind::Forbidden, Kind::NotFound, Kind::Conflict],
            ),
        },
    }))
}

pub(super) fn replay() -> anyhow::Result<Value> {
    let mut letter = examples::dead_letter()?;
    if let Some(members) = letter.as_object_mut() {
        members.insert("status".to_owned(), json!("settled"));
        members.insert("passing".to_owned(), json!(false));
        members.insert("replays".to_owned(), json!(2));
        members.insert("next_replay_at".to_owned(), Value::Null);
    }
    let id = id("The dead letter's id.", letter.get("id"));
    let example = json!({ "outcome": "done", "reason": null, "dead_letter": letter });
    Ok(json!({
        "parameters": [id],
        "post": {
            "operationId": "replayDeadLetter",
            "tags": ["dead letters"],
            "summary": "Deliver it once more, to the subscriber that gave it up and to no other",
            "description": "For operators; the audit hears of it. If it took effect (`done`, `already_done`) the dead letter is settled; if not (`retry`, `drop`), it stays open, with the new reason. A body is ignored.",
            "responses": all(
                "200",
                json_body("What came of it.", &reference("Replay"), &example, &[]),
                &[Kind::Forbidden, Kind::NotFound, Kind::Conflict, Kind::BadGateway],
            ),
        },
    }))
}
