//! `docs/openapi.json`.

mod audit;
mod dead_letters;
mod documents;
mod erasures;
mod health;
mod notifications;
mod parameters;
mod problems;
mod reminders;
mod responses;
mod search;
mod task;
mod tasks;
mod transitions;
mod updates;

use crate::schemas;
use serde_json::{Value, json};

const DESCRIPTION: &str = "\
Tasks, their reminders and notifications, live updates, and the audit of all that happened to them. JSON in and out; times are RFC 3339 and answered in UTC. \
Errors are problem details (RFC 9457) with a stable `type`.\n\n\
An id that does not exist, is another user's or is no id is answered by the same 404. \
A path that has other methods answers 405 and names them in `Allow`; every GET takes HEAD, too. \
A body of more than 256 KiB is answered by 413, on any path of tasks and reminders. \
A 503 comes with `Retry-After`, and changed nothing. \
A user who was erased is answered by 403 of type `user-erased`, everywhere and for good.";

pub(crate) fn document() -> anyhow::Result<Value> {
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Duebell",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache License 2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "Where this document is served." }],
        "tags": [
            { "name": "tasks", "description": "A user's tasks." },
            { "name": "reminders", "description": "When tasks ring." },
            { "name": "notifications", "description": "What a user was told." },
            { "name": "updates", "description": "What changes, as it changes." },
            { "name": "audit", "description": "What happened, in a hash chain for each user." },
            { "name": "dead letters", "description": "What subscribers gave up. For operators." },
            { "name": "erasures", "description": "Users who are erased everywhere. For operators." },
            { "name": "about", "description": "Health, and these documents. Anybody may ask." },
        ],
        "security": [{ "bearer": [] }],
        "paths": {
            "/api/tasks": tasks::path()?,
            "/api/tasks/{id}": task::path()?,
            "/api/tasks/{id}/complete": transitions::complete()?,
            "/api/tasks/{id}/reopen": transitions::reopen()?,
            "/api/tasks/{id}/reminders": reminders::of_a_task()?,
            "/api/reminders/{id}": reminders::one()?,
            "/api/notifications": notifications::path()?,
            "/api/notifications/read": notifications::read_all()?,
            "/api/notifications/{id}": notifications::one()?,
            "/api/notifications/{id}/read": notifications::read()?,
            "/api/updates": updates::path()?,
            "/api/updates/ticket": updates::buy_ticket(),
            "/api/updates/ws": updates::websocket(),
            "/api/search": search::path()?,
            "/api/audit": audit::path()?,
            "/api/audit/export": audit::export()?,
            "/api/audit/checkpoints": audit::checkpoints()?,
            "/api/audit/keys": audit::keys()?,
            "/api/dead-letters": dead_letters::path()?,
            "/api/dead-letters/{id}": dead_letters::one()?,
            "/api/dead-letters/{id}/replay": dead_letters::replay()?,
            "/api/erasures": erasures::path()?,
            "/api/erasures/{id}": erasures::one()?,
            "/api/health": health::path(),
            "/openapi.json": documents::openapi(),
            "/asyncapi.json": documents::asyncapi(),
        },
        "components": {
            "schemas": schemas::of_http()?,
            "parameters": parameters::shared()?,
            "headers": responses::headers()?,
            "examples": problems::examples()?,
            "responses": { "MethodNotAllowed": problems::method_not_allowed() },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A JWT signed by HS256. `sub` is the user, `exp` has to be there, and `scope` may hold `operator`. `iss` and `aud` are checked where the service is set up so.",
                },
            },
        },
    }))
}
