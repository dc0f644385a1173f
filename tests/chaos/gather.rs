//! What there is in the end, as users and an operator see it.

use crate::{
    harness::{Answer, Client},
    history::now,
    workload::User,
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::sleep;

/// How many searches are under way at once.
const SIDE_BY_SIDE: usize = 8;

/// How many words of others a user looks for, at most.
const STRANGE_WORDS: usize = 20;

/// How often something is asked that is not answered.
const TRIES: usize = 40;

/// Looks at everything: the records of what was seen.
pub(crate) async fn all(users: &[User], operator: &Client) -> Vec<Value> {
    let at = now();
    let mut records = Vec::new();
    let mut all_updates = Vec::new();
    for user in users {
        all_updates.push(updates(&user.http).await);
    }
    let all_words: Vec<_> = all_updates.iter().map(|updates| words(updates)).collect();
    for (index, (user, updates)) in users.iter().zip(all_updates).enumerate() {
        let (name, http) = (&user.name, &user.http);
        let mut see = |what: &str, items: Vec<Value>, head: Value| {
            records.push(json!({
                "kind": "observed", "user": name, "what": what, "at": at, "items": items,
                "head": head,
            }));
        };
        see("updates", updates, Value::Null);
        see("tasks", pages(http, "/api/tasks").await.0, Value::Null);
        let (audit, head) = pages(http, "/api/audit").await;
        see("audit", audit, head);
        let notifications = pages(http, "/api/notifications").await.0;
        see("notifications", notifications, Value::Null);
        let found = search(http, &all_words[index]).await;
        see("search", found, Value::Null);
        let found = search(http, &words_of_others(&all_words, index)).await;
        see("search-of-others", found, Value::Null);
    }
    let letters = pages(operator, "/api/dead-letters").await.0;
    records.push(json!({
        "kind": "observed", "user": "", "what": "dead-letters", "at": at, "items": letters,
    }));
    records
}

/// Has those dead letters replayed that wait for an operator: the rest heals by itself,
/// or the run has to fail.
pub(crate) async fn replay_dead_letters(operator: &Client) {
    let open = pages(operator, "/api/dead-letters?status=open").await.0;
    let waits = |letter: &&Value| letter["passing"] == false && letter["reason"].is_string();
    for letter in open.iter().filter(waits) {
        let path = format!("/api/dead-letters/{}/replay", letter["id"]);
        operator.try_post(&path, &Value::Null).await;
    }
}

/// The latest time, in milliseconds, at which a reminder rings that rings before `until`.
pub(crate) fn last_reminder(records: &[Value], until: i64) -> i64 {
    let audits = records.iter().filter(|record| record["what"] == "audit");
    audits
        .flat_map(|record| record["items"].as_array().into_iter().flatten())
        .filter_map(|entry| entry["event"]["remind_at"].as_str())
        .filter_map(|time| chrono::DateTime::parse_from_rfc3339(time).ok())
        .map(|time| time.timestamp_millis())
        .filter(|time| *time < until)
        .max()
        .unwrap_or(0)
}

/// What search finds by each of these words.
async fn search(http: &Client, words: &BTreeSet<String>) -> Vec<Value> {
    let found = stream::iter(words)
        .map(|word| async move {
            let (items, _) = pages(http, &format!("/api/search?q={word}")).await;
            let ids: Vec<&Value> = items.iter().map(|item| &item["id"]).collect();
            json!({ "word": word, "ids": ids, "items": items })
        })
        .buffer_unordered(SIDE_BY_SIDE);
    found.collect().await
}

/// Some words of each other user's. With many users those of the first are looked for:
/// the end is looked at again and again, and has not to take minutes.
fn words_of_others(all: &[BTreeSet<String>], own: usize) -> BTreeSet<String> {
    let others = all.iter().enumerate().filter(|(index, _)| *index != own);
    let of_each =
        others.flat_map(|(_, words)| words.iter().take(2).chain(words.iter().rev().take(2)));
    of_each.take(STRANGE_WORDS).cloned().collect()
}

/// The words that all tasks have in their titles, those that are gone as well.
fn words(updates: &[Value]) -> BTreeSet<String> {
    let titles = updates
        .iter()
        .filter_map(|update| update["data"]["changes"]["title"].as_str());
    let words = titles.filter_map(|title| title.split(' ').next());
    words.map(str::to_owned).collect()
}

async fn updates(http: &Client) -> Vec<Value> {
    let http = http.with("accept", "application/json");
    let (mut items, mut since) = (Vec::new(), 0);
    loop {
        let path = format!("/api/updates?limit=200&since={since}");
        let mut page = ask(&http, &path).await.json;
        let more = page["more"] == true;
        since = page["position"].as_i64().unwrap();
        if let Value::Array(new) = page["items"].take() {
            items.extend(new);
        }
        if !more {
            return items;
        }
    }
}

/// All pages of a list, and the `head` of the last.
async fn pages(http: &Client, path: &str) -> (Vec<Value>, Value) {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    let sign = if path.contains('?') { '&' } else { '?' };
    loop {
        let mut page = ask(http, &format!("{path}{sign}limit=200{cursor}"))
            .await
            .json;
        if let Value::Array(new) = page["items"].take() {
            items.extend(new);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (items, page["head"].take()),
        }
    }
}

/// Asks until there is an answer: nothing strikes any more.
async fn ask(http: &Client, path: &str) -> Answer {
    for _ in 0..TRIES {
        match http.try_get(path).await {
            Some(answer) if answer.status == 200 => return answer,
            Some(answer) if answer.status < 500 => panic!("{path}: {}", answer.text),
            _ => sleep(Duration::from_millis(250)).await,
        }
    }
    panic!("{path} is not answered, and nothing strikes any more");
}
