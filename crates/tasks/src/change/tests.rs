use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::{ALL_FIELDS, Priority, TaskView};

fn now() -> DateTime<Utc> {
    "2026-01-14T10:30:00.123456Z".parse().unwrap()
}

fn later() -> DateTime<Utc> {
    now() + TimeDelta::hours(1)
}

fn make(body: Value) -> Result<Task, Vec<FieldProblem>> {
    let new = serde_json::from_value(body).unwrap();
    create(new, "alice", TaskId::new(123).unwrap(), now()).map(|made| made.task)
}

fn groceries() -> Task {
    make(json!({
        "title": "Buy groceries", "priority": "high", "due_date": "2026-01-15T14:00:00Z",
        "tags": ["shopping"], "recurring_pattern": "daily", "time_zone": "Europe/Berlin",
    }))
    .unwrap()
}

fn patch(task: &Task, body: Value) -> Result<Change, Vec<FieldProblem>> {
    apply_patch(task, &serde_json::from_value(body).unwrap(), later())
}

fn patched(task: &Task, body: Value) -> (Task, Vec<&'static str>) {
    match patch(task, body).unwrap() {
        Change::Changed {
            task,
            changed_fields,
        } => (task, changed_fields),
        Change::Unchanged => panic!("unchanged"),
    }
}

fn pointers(refused: Result<impl std::fmt::Debug, Vec<FieldProblem>>) -> Vec<String> {
    let problems = refused.unwrap_err();
    problems
        .into_iter()
        .map(|problem| problem.pointer)
        .collect()
}

#[test]
fn a_new_task_is_open_and_has_what_was_not_said_by_default() {
    let task = make(json!({ "title": "Call", "description": null, "tags": null })).unwrap();
    assert_eq!(
        (task.completed, task.version, task.priority),
        (false, 1, Priority::Medium)
    );
    assert_eq!((task.description, task.due_date), (None, None));
    assert_eq!(task.time_zone, "UTC");
    assert_eq!(
        task.created_at,
        "2026-01-14T10:30:00.123Z".parse::<DateTime<Utc>>().unwrap()
    );
    assert_eq!(task.created_at, task.updated_at);
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let refused = make(json!({
        "title": " ", "description": "\u{0}", "priority": "HIGH", "due_date": "2026-01-15",
        "tags": ["a", "a"], "recurring_pattern": "hourly", "time_zone": "Mars/Olympus",
    }));
    let mut pointers = pointers(refused);
    pointers.sort();
    assert_eq!(
        pointers,
        [
            "/description",
            "/due_date",
            "/priority",
            "/recurring_pattern",
            "/tags/1",
            "/time_zone",
            "/title"
        ]
    );
}

#[test]
fn a_task_needs_a_title() {
    assert_eq!(pointers(make(json!({}))), ["/title"]);
    assert_eq!(pointers(make(json!({ "title": null }))), ["/title"]);
    assert_eq!(
        pointers(patch(&groceries(), json!({ "title": null }))),
        ["/title"]
    );
}

#[test]
fn a_recurring_task_needs_a_due_date() {
    let recurring = json!({ "title": "Call", "recurring_pattern": "daily" });
    assert_eq!(pointers(make(recurring)), ["/due_date"]);
    assert_eq!(
        pointers(patch(&groceries(), json!({ "due_date": null }))),
        ["/due_date"]
    );
    let both = json!({ "due_date": null, "recurring_pattern": null });
    assert_eq!(
        patched(&groceries(), both).1,
        ["due_date", "recurring_pattern"]
    );
}

#[test]
fn fields_that_are_not_a_clients_to_set_are_refused() {
    for field in [
        "id",
        "user_id",
        "version",
        "created_at",
        "next_occurrence",
        "colour",
    ] {
        let body = json!({ "title": "Call", field: 1 });
        assert!(
            serde_json::from_value::<NewTask>(body.clone()).is_err(),
            "{field}"
        );
        assert!(
            serde_json::from_value::<TaskPatch>(body).is_err(),
            "{field}"
        );
    }
    assert_eq!(
        pointers(patch(&groceries(), json!({ "completed": true }))),
        ["/completed"]
    );
}

#[test]
fn a_patch_changes_what_it_names() {
    let (task, fields) = patched(
        &groceries(),
        json!({ "tags": ["shopping", "urgent"], "priority": "urgent", "title": "Buy groceries" }),
    );
    assert_eq!(fields, ["priority", "tags"]);
    assert_eq!((task.version, task.priority), (2, Priority::Urgent));
    assert_eq!(task.updated_at - task.created_at, TimeDelta::hours(1));
    assert_eq!(task.recurring_pattern, Some("daily".parse().unwrap()));
}

#[test]
fn a_patch_that_changes_nothing_is_no_change() {
    let task = groceries();
    let same = json!({ "due_date": "2026-01-15T15:00:00+01:00", "time_zone": "europe/berlin" });
    for body in [json!({}), same] {
        assert_eq!(patch(&task, body).unwrap(), Change::Unchanged);
    }
}

#[test]
fn completing_twice_is_one_completion() {
    let Completion::Completed(task) = complete(&groceries(), later()) else {
        panic!("it is open");
    };
    assert!(task.completed);
    assert_eq!(
        (task.version, task.completed_at),
        (2, Some(task.updated_at))
    );
    assert_eq!(complete(&task, later()), Completion::AlreadyCompleted);
}

#[test]
fn a_reopened_task_is_as_before() {
    assert_eq!(reopen(&groceries(), later()), Reopening::AlreadyOpen);
    let Completion::Completed(task) = complete(&groceries(), now()) else {
        panic!("it is open");
    };
    let Reopening::Reopened(task) = reopen(&task, later()) else {
        panic!("it is completed");
    };
    assert_eq!(
        (task.completed, task.completed_at, task.version),
        (false, None, 3)
    );
}

#[test]
fn the_next_occurrence_is_after_the_due_date_and_the_completion() {
    let next = |task: &Task, at: &str| {
        task.next_occurrence(at.parse().unwrap())
            .unwrap()
            .to_rfc3339()
    };
    let task = groceries();
    assert_eq!(
        next(&task, "2026-01-01T00:00:00Z"),
        "2026-01-16T14:00:00+00:00"
    );
    assert_eq!(
        next(&task, "2026-01-20T15:00:00Z"),
        "2026-01-21T14:00:00+00:00"
    );
    let Completion::Completed(task) = complete(&task, "2026-01-18T00:00:00Z".parse().unwrap())
    else {
        panic!("it is open");
    };
    assert_eq!(
        next(&task, "2026-01-20T15:00:00Z"),
        "2026-01-18T14:00:00+00:00"
    );
}

#[test]
fn a_clock_that_goes_back_does_not_make_a_change_older() {
    let task = groceries();
    let Completion::Completed(done) = complete(&task, now() - TimeDelta::days(1)) else {
        panic!("it is open");
    };
    assert_eq!(done.updated_at, task.updated_at);
}

/// RFC 7396, section 2, for one level: our fields are not objects.
fn merge(target: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = target.clone();
    for (name, value) in patch {
        if value.is_null() {
            merged.remove(name);
        } else {
            merged.insert(name.clone(), value.clone());
        }
    }
    merged
}

fn documents() -> impl Strategy<Value = Map<String, Value>> {
    let field = |name: &'static str, values: Vec<Value>| {
        prop::option::of(prop::sample::select(values)).prop_map(move |value| (name, value))
    };
    (
        field(
            "title",
            vec![json!("a"), json!("b"), json!(""), Value::Null],
        ),
        field("description", vec![json!("a"), json!(""), Value::Null]),
        field(
            "priority",
            vec![json!("low"), json!("urgent"), json!("x"), Value::Null],
        ),
        field(
            "due_date",
            vec![
                json!("2026-01-15T14:00:00Z"),
                json!("2027-01-15T14:00:00Z"),
                json!("x"),
                Value::Null,
            ],
        ),
        field(
            "tags",
            vec![
                json!([]),
                json!(["a"]),
                json!(["a", "b"]),
                json!(["a", "a"]),
                Value::Null,
            ],
        ),
        field(
            "recurring_pattern",
            vec![json!("daily"), json!("yearly"), Value::Null],
        ),
        field(
            "time_zone",
            vec![json!("UTC"), json!("Europe/Berlin"), Value::Null],
        ),
    )
        .prop_map(|(a, b, c, d, e, f, g)| {
            [a, b, c, d, e, f, g]
                .into_iter()
                .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
                .collect()
        })
}

fn contents(task: &Task) -> Fields {
    Fields::of(task)
}

proptest! {
    #[test]
    fn a_patched_task_is_what_a_new_one_of_the_merged_document_would_be(
        document in documents(), change in documents()
    ) {
        let Ok(task) = make(Value::Object(document.clone())) else {
            return Ok(());
        };
        let expected = make(Value::Object(merge(&document, &change)));
        match (expected, patch(&task, Value::Object(change))) {
            (Ok(expected), Ok(Change::Unchanged)) => {
                prop_assert_eq!(contents(&expected), contents(&task));
            }
            (Ok(expected), Ok(Change::Changed { task: changed, changed_fields })) => {
                prop_assert_eq!(contents(&expected), contents(&changed));
                prop_assert!(!changed_fields.is_empty());
                prop_assert_eq!(changed.version, task.version + 1);
            }
            (Err(expected), Err(found)) => prop_assert_eq!(expected, found),
            (expected, found) => prop_assert!(false, "{:?} but {:?}", expected, found),
        }
    }

    #[test]
    fn a_patch_that_was_applied_changes_nothing_more(document in documents(), change in documents()) {
        let Ok(task) = make(Value::Object(document)) else {
            return Ok(());
        };
        prop_assert_eq!(patch(&task, json!({})).unwrap(), Change::Unchanged);
        if let Ok(Change::Changed { task: changed, .. }) = patch(&task, Value::Object(change.clone())) {
            prop_assert_eq!(patch(&changed, Value::Object(change)).unwrap(), Change::Unchanged);
        }
    }

    #[test]
    fn what_is_shown_of_a_task_changes_nothing_when_it_is_sent_back(document in documents()) {
        let Ok(task) = make(Value::Object(document)) else {
            return Ok(());
        };
        let shown = serde_json::to_value(TaskView::new(&task, &[], now())).unwrap();
        let mut fields = shown.as_object().unwrap().clone();
        fields.retain(|name, _| ALL_FIELDS.contains(&name.as_str()) && name != "completed");
        prop_assert_eq!(patch(&task, Value::Object(fields)).unwrap(), Change::Unchanged);
    }
}
