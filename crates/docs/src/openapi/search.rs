//! `/api/search`

use super::{
    parameters::{query, reference as parameter},
    responses::{all, json_body},
};
use crate::{examples, schemas::reference};
use duebell_service::problem::Kind;
use serde_json::{Value, json};

const DESCRIPTION: &str = "\
Words are looked for in titles, tags and descriptions; case and accents do not count. All words have to be there, in any order. `mil*` is any word that begins so, `\"whole milk\"` these words one after the other, `-oat` what must not be there. All else is text: there are no operators. \
A query is at most 500 characters and 32 words long; one without a word, with a quotation mark left open or with control characters is refused.\n\n\
The best come first: a word in the title counts most, then one in a tag, then one in the description; short texts and many occurrences count more, and of two that are alike the newer comes first. Of more than a thousand matches the newest thousand is ranked first, then the next. A thousand is fewer where texts are long, but never less than two hundred.\n\n\
The index follows the tasks, a moment later.";

pub(super) fn path() -> anyhow::Result<Value> {
    let example = json!({ "items": [examples::search_hit()?], "next_cursor": null });
    let words = json!({ "type": "string", "minLength": 1, "maxLength": 500 });
    let mut words = query("q", "What to look for.", words);
    if let Some(members) = words.as_object_mut() {
        members.insert("required".to_owned(), true.into());
        members.insert("example".to_owned(), "groc* milk".into());
    }
    Ok(json!({
        "get": {
            "operationId": "searchTasks",
            "tags": ["tasks"],
            "summary": "The user's tasks that have these words, in pages, the best first",
            "description": DESCRIPTION,
            "parameters": [
                words,
                query("tag", "Only tasks with this tag.", json!({ "type": "string" })),
                query("priority", "Only tasks of this priority.", reference("Priority")),
                query("completed", "Only completed tasks, or only open ones.", json!({ "type": "boolean" })),
                parameter("limit"),
                parameter("cursor"),
            ],
            "responses": all(
                "200",
                json_body("A page of what was found.", &reference("SearchPage"), &example, &[]),
                &[Kind::InvalidRequest],
            ),
        },
    }))
}
