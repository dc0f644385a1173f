//! Each route wants its token.

use crate::{
    harness::{App, project},
    privileges::given,
};
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn no_route_of_a_users_answers_without_a_token() {
    let app = App::start().await;
    let document = app.anyone().get("/openapi.json").await.expect(200).json;
    let mut asked = 0;
    let mut open = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if !["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                continue;
            }
            if operation["security"] == json!([]) {
                open.insert(path.clone());
                continue;
            }
            let path = path.replace("{id}", "1");
            assert!(
                !path.contains('{'),
                "{path}: say what stands for its parameter"
            );
            let anyone = app.anyone().with("accept", "application/json");
            let answer = anyone
                .raw(&method.to_uppercase(), &path, "application/json", "{}")
                .await;
            // A WebSocket is opened by the proxy alone, which signs.
            let expected = match (path.as_str(), method.as_str()) {
                ("/api/updates/ws", "get") => 400,
                ("/api/updates/ws", _) => 403,
                _ => 401,
            };
            assert_eq!(answer.status, expected, "{method} {path}: {}", answer.text);
            asked += 1;
        }
    }
    assert!(asked >= 20, "{asked}");
    let public = [
        "/api/audit/keys",
        "/api/health",
        "/asyncapi.json",
        "/openapi.json",
    ];
    assert_eq!(open.iter().collect::<Vec<_>>(), public);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_of_the_sidecars_answers_without_its_token() {
    let app = App::start().await;
    let (users, operators) = (app.user("alice"), app.operator("olga"));
    let mut routes: Vec<(String, String)> = Vec::new();
    for component in given("variables").keys() {
        routes.push(("POST".to_owned(), format!("/sweep-{component}")));
        routes.push(("GET".to_owned(), format!("/internal/{component}/metrics")));
        let erasures = format!("/internal/{component}/erasures");
        routes.push(("POST".to_owned(), erasures));
    }
    for file in std::fs::read_dir(project().join("deploy/dapr")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines() {
            if let Some((_, route)) = line.split_once("default: /events/") {
                routes.push(("POST".to_owned(), format!("/events/{route}")));
                if let Some((component, topic)) = route.split_once('/')
                    && component != "dead-letters"
                {
                    let replays = format!("/internal/{component}/replays/{topic}");
                    routes.push(("POST".to_owned(), replays));
                    let inbox = format!("/internal/{component}/inbox?key=x");
                    routes.push(("GET".to_owned(), inbox));
                }
            }
        }
    }
    for publisher in [
        "task-api",
        "reminder-trigger",
        "notifier",
        "dead-letters",
        "audit-sink",
    ] {
        for what in [
            "heads?topic=x&after=0",
            "events?topic=x&user_id=x&first=1&last=1",
        ] {
            let route = format!("/internal/{publisher}/outbox/{what}");
            routes.push(("GET".to_owned(), route));
        }
    }
    for (method, route) in [
        ("POST", "/job/anything"),
        ("POST", "/internal/task-api/tasks/1/next-occurrence"),
        ("GET", "/internal/audit-sink/tasks"),
        ("POST", "/internal/search-indexer/rebuild"),
        ("GET", "/internal/search-indexer/rebuild"),
        ("POST", "/internal/update-streams/drain"),
        ("PUT", "/internal/task-api/health/notifier"),
    ] {
        routes.push((method.to_owned(), route.to_owned()));
    }
    // update-streams is swept by nobody, and live-updates erases for it; task-api gives
    // the orders.
    let none = [
        "/sweep-update-streams",
        "/internal/update-streams/erasures",
        "/internal/task-api/erasures",
    ];
    routes.retain(|(_, route)| !none.contains(&route.as_str()));
    for (method, route) in routes {
        for client in [
            app.anyone(),
            users.clone(),
            operators.clone(),
            app.anyone().with("dapr-api-token", "guessed"),
        ] {
            let answer = client.raw(&method, &route, "application/json", "{}").await;
            assert_eq!(answer.status, 401, "{method} {route}: {}", answer.text);
        }
    }
}
