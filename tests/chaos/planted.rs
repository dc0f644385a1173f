//! The checker itself is tried: a history of a real run is sound, and each defect that is
//! planted in it is found.
//!
//! `sound.ndjson` was recorded by the suite: see "Chaos" in CONTRIBUTING.md.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "checker/mod.rs"]
mod checker;

#[path = "planted/answers.rs"]
mod answers;
#[path = "planted/end.rs"]
mod end;
#[path = "planted/events.rs"]
mod events;
#[path = "planted/reminders.rs"]
mod reminders;

use checker::{chain, check};
use serde_json::{Value, json};

/// A history to plant a defect in.
struct Planted(Vec<Value>);

impl Planted {
    fn sound() -> Self {
        let lines = include_str!("sound.ndjson").lines();
        Self(
            lines
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        )
    }

    /// This rule must be broken, and a violation of it must say this.
    #[track_caller]
    fn must_break(self, rule: &str, what: &str) {
        let broken = check(&self.0);
        let mut of_rule = broken.iter().filter(|violation| violation.rule == rule);
        assert!(
            of_rule.any(|violation| violation.what.contains(what)),
            "none of {rule} says {what:?} in {broken:#?}"
        );
    }

    /// The first call that is like this.
    #[track_caller]
    fn call(&mut self, like: impl Fn(&Value) -> bool) -> &mut Value {
        let mut calls = self.0.iter_mut().filter(|record| record["kind"] == "call");
        calls.find(|call| like(call)).unwrap()
    }

    /// What was seen in the end, of a user.
    fn seen(&mut self, user: &str, what: &str) -> &mut Vec<Value> {
        let mut records = self.0.iter_mut();
        let record = records.find(|record| record["user"] == user && record["what"] == what);
        record.unwrap()["items"].as_array_mut().unwrap()
    }

    /// The first of what was seen that is like this: whose it is, and where.
    #[track_caller]
    fn find(&self, what: &str, like: impl Fn(&Value) -> bool) -> (String, usize) {
        let seen = self.0.iter().filter(|record| record["what"] == what);
        let found = seen.flat_map(|record| {
            let items = record["items"].as_array().unwrap().iter().enumerate();
            items.map(move |(index, item)| (record["user"].as_str().unwrap(), index, item))
        });
        let mut found = found.filter(|(_, _, item)| like(item));
        let (user, index, _) = found.next().unwrap();
        (user.to_owned(), index)
    }

    /// Numbers a user's log and audit anew, and seals the chain: what is planted is not
    /// found by that.
    fn tidy(&mut self, user: &str) {
        for (index, update) in self.seen(user, "updates").iter_mut().enumerate() {
            update["id"] = json!(index + 1);
        }
        let mut previous = "0".repeat(64);
        for (index, entry) in self.seen(user, "audit").iter_mut().enumerate() {
            entry["number"] = json!(index + 1);
            entry["previous_hash"] = json!(previous);
            entry["commitment"] = json!(chain::commitment(entry));
            let hash = chain::seal(entry);
            entry["hash"] = json!(hash);
            previous = hash;
        }
        let head = json!({ "hash": previous });
        let mut records = self.0.iter_mut();
        let audit = records.find(|record| record["user"] == user && record["what"] == "audit");
        audit.unwrap()["head"] = head;
    }

    /// Counts the events of each source and topic anew, in the order in which they are.
    fn count_anew(&mut self, user: &str) {
        let mut counts = std::collections::BTreeMap::new();
        for entry in self.seen(user, "audit") {
            let place = format!("{}{}", entry["source"], entry["topic"]);
            let count = counts.entry(place).or_insert(0);
            *count += 1;
            entry["sequence"] = json!(*count);
        }
    }
}

/// A time in RFC 3339, some hours later.
fn later(time: &Value, hours: i64) -> Value {
    let time = chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).unwrap();
    json!((time + chrono::Duration::hours(hours)).to_rfc3339())
}

fn is_due(entry: &Value) -> bool {
    entry["event_type"] == "reminder.due"
}

#[test]
fn a_history_of_a_real_run_is_sound() {
    assert_eq!(check(&Planted::sound().0), []);
}
