//! Who may ask for what.

use crate::harness::{OWN, TOKEN, World, lines};
use bytes::Bytes;
use chrono::TimeDelta;
use duebell_service::auth;
use http::Request;

fn without_a_token(world: &World, method: &str, path: &str) -> u16 {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Bytes::new());
    world.send(request.unwrap()).status
}

#[test]
fn nothing_of_users_without_a_users_token() {
    let world = World::new();
    for path in ["/api/audit", "/api/audit/export", "/api/audit/checkpoints"] {
        assert_eq!(without_a_token(&world, "GET", path), 401, "{path}");
        // Nor with the app's, which is no user's.
        let request = Request::get(path)
            .header("dapr-api-token", TOKEN)
            .body(Bytes::new());
        assert_eq!(world.send(request.unwrap()).status, 401, "{path}");
    }
    assert_eq!(without_a_token(&world, "GET", "/api/audit/keys"), 200);
}

#[test]
fn nobody_makes_a_checkpoint_or_sees_the_outbox_but_with_the_apps_token() {
    let world = World::new();
    world.happens("alice");
    for (method, path) in [
        ("POST", "/sweep-audit-sink"),
        (
            "GET",
            "/internal/audit-sink/outbox/heads?topic=audit-events",
        ),
        (
            "GET",
            "/internal/audit-sink/outbox/events?topic=audit-events&user_id=x",
        ),
    ] {
        assert_eq!(without_a_token(&world, method, path), 401, "{path}");
        let mut request = world.request("olga", "operator", path);
        *request.method_mut() = method.parse().unwrap();
        assert_eq!(world.send(request).status, 401, "{path}");
    }
    assert!(world.checkpoints().is_empty());
}

#[test]
fn consumers_see_the_outbox() {
    let world = World::new();
    world.happens("alice");
    world.sweep();
    world.clock.advance(TimeDelta::seconds(3));
    let ask = |path: &str| {
        let request = Request::get(path)
            .header("dapr-api-token", TOKEN)
            .body(Bytes::new());
        world.send(request.unwrap()).json
    };
    let heads = ask("/internal/audit-sink/outbox/heads?topic=audit-events");
    assert_eq!(heads["heads"][0]["user_id"], OWN);
    let path = format!("/internal/audit-sink/outbox/events?topic=audit-events&user_id={OWN}");
    assert_eq!(ask(&path)["events"][0]["type"], "audit.checkpoint");
}

#[test]
fn anothers_export_is_for_operators_alone() {
    let world = World::new();
    world.happen(&["alice", "bob"]);
    let path = "/api/audit/export?user_id=alice";
    assert_eq!(world.get("bob", path).status, 403);
    assert_eq!(world.get("bob", "/api/audit?user_id=alice").status, 403);
    let own = world.get("alice", path);
    assert_eq!(own.status, 200);
    let operators = world.get_as_operator(path);
    assert_eq!(operators.text, own.text);
    assert_eq!(lines(&own.text)[0]["event"]["user_id"], "alice");
    let unknown = world.get("alice", "/api/audit/export?since=2026-01-01T00:00:00Z");
    assert_eq!(unknown.status, 400, "an export has no filters");
}

#[test]
fn no_token_names_the_user_whose_chain_is_audit_sinks() {
    let world = World::new();
    world.happens("alice");
    world.sweep();
    assert_eq!(world.own().len(), 1);
    let path = format!("/api/audit?user_id={OWN}");
    assert_eq!(world.get("alice", &path).status, 403);
    let secret = "a secret of at least thirty-two bytes";
    let lifetime = TimeDelta::hours(1);
    auth::issue(secret, OWN, "", crate::harness::start(), lifetime).unwrap_err();
}
