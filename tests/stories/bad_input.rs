//! Bad input gets a clear answer and changes nothing.

use crate::harness::{Answer, App, Client};
use serde_json::{Value, json};

/// A problem (RFC 9457) whose text says what to change.
#[track_caller]
fn problem(answer: Answer, status: u16, says: &str) -> Value {
    let answer = answer.expect(status);
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{}",
        answer.text
    );
    assert!(
        answer.json["type"]
            .as_str()
            .unwrap()
            .starts_with("https://"),
        "{}",
        answer.text
    );
    assert_eq!(answer.json["status"], status);
    assert!(
        answer.text.contains(says),
        "{says:?} is not in {}",
        answer.text
    );
    answer.json
}

async fn nothing_was_kept(user: &Client) {
    let list = user.get("/api/tasks").await.expect(200);
    assert_eq!(list.json["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_task_is_refused_by_the_field() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (body, pointer) in [
        (json!({}), "title"),
        (json!({ "title": "" }), "/title"),
        (json!({ "title": "   " }), "/title"),
        (json!({ "title": "x".repeat(201) }), "/title"),
        (json!({ "title": "a\u{7}b" }), "/title"),
        (json!({ "title": 3 }), "/title"),
        (json!({ "title": null }), "/title"),
        (json!({ "title": "x", "colour": "green" }), "colour"),
        (
            json!({ "title": "x", "description": "y".repeat(10_001) }),
            "/description",
        ),
        (json!({ "title": "x", "priority": "huge" }), "/priority"),
        (json!({ "title": "x", "due_date": "tomorrow" }), "/due_date"),
        (
            json!({ "title": "x", "due_date": "2031-02-30T00:00:00Z" }),
            "/due_date",
        ),
        (
            json!({ "title": "x", "due_date": "2031-01-01T00:00:00" }),
            "/due_date",
        ),
        (json!({ "title": "x", "tags": "a" }), "/tags"),
        (json!({ "title": "x", "tags": ["a", ""] }), "/tags/1"),
        (json!({ "title": "x", "tags": ["a", 1] }), "/tags/1"),
        (json!({ "title": "x", "tags": vec!["a"; 51] }), "/tags"),
        (
            json!({ "title": "x", "time_zone": "Mars/Olympus" }),
            "/time_zone",
        ),
        (
            json!({ "title": "x", "recurring_pattern": "hourly", "due_date": "2031-01-01T00:00:00Z" }),
            "/recurring_pattern",
        ),
        (json!({ "title": "x", "recurring_pattern": "daily" }), "due"),
        (json!([]), ""),
        (json!("title"), ""),
    ] {
        problem(alice.post("/api/tasks", &body).await, 422, pointer);
    }
    let both = alice
        .post(
            "/api/tasks",
            &json!({ "title": "", "priority": "low", "tags": [""] }),
        )
        .await;
    let both = problem(both, 422, "/title");
    assert_eq!(
        both["errors"].as_array().unwrap().len(),
        2,
        "all that is wrong at once: {both}"
    );
    nothing_was_kept(&alice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_or_too_long_is_refused() {
    let app = App::start().await;
    let alice = app.user("alice");
    for body in ["", "{", "{\"title\": \"x\"} trailing", "\u{0}"] {
        problem(
            alice
                .raw("POST", "/api/tasks", "application/json", body)
                .await,
            400,
            "JSON",
        );
    }
    problem(
        alice
            .raw("POST", "/api/tasks", "text/xml", "<title/>")
            .await,
        415,
        "application/json",
    );
    for size in [256 * 1024 + 1, 1024 * 1024, 6 * 1024 * 1024] {
        let body = json!({ "title": "x", "description": "y".repeat(size) }).to_string();
        problem(
            alice
                .raw("POST", "/api/tasks", "application/json", body)
                .await,
            413,
            "262144",
        );
    }
    nothing_was_kept(&alice).await;
    alice
        .post("/api/tasks", &json!({ "title": "The next one" }))
        .await
        .expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_id_reads_like_what_is_not_there() {
    let app = App::start().await;
    let alice = app.user("alice");
    for id in [
        "0",
        "-1",
        "1",
        "01",
        "+1",
        "1.0",
        "1e3",
        "abc",
        "9007199254740992",
        "9223372036854775808",
        "99999999999999999999999999",
        "%00",
        "1%20",
        "null",
    ] {
        let path = format!("/api/tasks/{id}");
        problem(alice.get(&path).await, 404, "");
        problem(alice.patch(&path, &json!({ "title": "x" })).await, 404, "");
        problem(alice.delete(&path).await, 404, "");
        problem(
            alice.post(&format!("{path}/complete"), &json!(null)).await,
            404,
            "",
        );
    }
    problem(alice.get("/api/tasks/1/2/3").await, 404, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_is_not_understood_is_refused_by_the_parameter() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (query, says) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=1&limit=2", "limit"),
        ("colour=green", "colour"),
        ("completed=maybe", "completed"),
        ("priority=huge", "priority"),
        ("sort=colour", "sort"),
        ("due_before=tomorrow", "due_before"),
        ("cursor=made-up", "cursor"),
        ("cursor=", "cursor"),
        ("cursor=eyJrZXkiOjEsImlkIjoxfQ", "cursor"),
    ] {
        problem(alice.get(&format!("/api/tasks?{query}")).await, 400, says);
    }
    problem(alice.get("/api/audit?cursor=made-up").await, 400, "cursor");
    problem(alice.get("/api/audit?task_id=abc").await, 400, "task_id");
    problem(alice.get("/api/audit?since=yesterday").await, 400, "since");
    problem(alice.get("/api/audit?colour=green").await, 400, "colour");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_good_for_its_user_and_its_list_alone() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    for number in 0..3 {
        for user in [&alice, &bob] {
            user.post("/api/tasks", &json!({ "title": format!("{number}") }))
                .await
                .expect(201);
        }
    }
    let page = alice.get("/api/tasks?limit=1").await.expect(200);
    let cursor = page.json["next_cursor"].as_str().unwrap();
    alice
        .get(&format!("/api/tasks?limit=2&cursor={cursor}"))
        .await
        .expect(200);
    problem(
        bob.get(&format!("/api/tasks?limit=1&cursor={cursor}"))
            .await,
        400,
        "cursor",
    );
    problem(
        alice
            .get(&format!("/api/tasks?sort=-priority&cursor={cursor}"))
            .await,
        400,
        "cursor",
    );
    problem(
        alice
            .get(&format!("/api/tasks?completed=true&cursor={cursor}"))
            .await,
        400,
        "cursor",
    );
    let mut forged = cursor.to_owned();
    forged.replace_range(0..1, if cursor.starts_with('A') { "B" } else { "A" });
    problem(
        alice
            .get(&format!("/api/tasks?limit=1&cursor={forged}"))
            .await,
        400,
        "cursor",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_make_no_sense_are_refused() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice
        .post("/api/tasks", &json!({ "title": "x" }))
        .await
        .expect(201);
    let path = task.header("location");
    let changed =
        |client: Client| async move { client.patch(path, &json!({ "title": "y" })).await };
    problem(changed(alice.with("if-match", "v1")).await, 400, "If-Match");
    problem(changed(alice.with("if-match", "W/\"v1\"")).await, 412, "");
    let long = "k".repeat(256);
    let keyed = alice.with("idempotency-key", &long);
    problem(
        keyed.post("/api/tasks", &json!({ "title": "x" })).await,
        400,
        "Idempotency-Key",
    );
    let client = alice.with("x-client-id", &long);
    problem(
        client.patch(path, &json!({ "title": "y" })).await,
        400,
        "X-Client-Id",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_is_not_served_is_refused_with_those_that_are() {
    let app = App::start().await;
    let alice = app.user("alice");
    let answer = alice
        .raw("PUT", "/api/tasks", "application/json", "{}")
        .await;
    assert!(
        answer.header("allow").contains("POST"),
        "{}",
        answer.header("allow")
    );
    problem(answer, 405, "");
    problem(
        alice
            .raw("POST", "/api/audit", "application/json", "{}")
            .await,
        405,
        "",
    );
}
