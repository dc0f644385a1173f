//! Users whose tokens an identity provider makes.

use crate::harness::{App, Client, Issuer, Options, SigningKey, eventually};
use serde_json::json;

/// The keys' address, and the right to go there.
fn variables(issuer: &Issuer) -> Vec<(String, String)> {
    let origin = format!("http://127.0.0.1:{}", issuer.port);
    vec![
        ("jwks_url".to_owned(), format!("{origin}/keys")),
        ("jwks_origin".to_owned(), origin),
        ("jwt_issuer".to_owned(), "https://issuer.example".to_owned()),
        ("jwt_audience".to_owned(), "duebell".to_owned()),
    ]
}

async fn app(issuer: &Issuer) -> App {
    App::start_with(Options {
        variables: variables(issuer),
        ..Options::default()
    })
    .await
}

fn with(app: &App, token: &str) -> Client {
    app.anyone()
        .with("authorization", &format!("Bearer {token}"))
}

fn user(app: &App, key: &SigningKey, name: &str) -> Client {
    let claims = json!({ "sub": name, "iss": "https://issuer.example", "aud": ["duebell"] });
    with(app, &key.token(claims))
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_each_algorithm_are_taken_by_every_component() {
    let keys = vec![
        SigningKey::rsa("r"),
        SigningKey::p256("p", 1),
        SigningKey::ed25519("e", 2),
    ];
    let issuer = Issuer::start(keys.clone()).await;
    let app = app(&issuer).await;
    for (key, name) in keys.iter().zip(["alice", "bob", "carol"]) {
        let user = user(&app, key, name);
        user.post("/api/tasks", &json!({ "title": name }))
            .await
            .expect(201);
        let list = user.get("/api/tasks").await.expect(200);
        assert_eq!(list.json["items"][0]["title"], name);
        assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
        for path in ["/api/audit", "/api/notifications", "/api/search?q=anything"] {
            user.get(path).await.expect(200);
        }
        user.with("accept", "application/json")
            .get("/api/updates")
            .await
            .expect(200);
        user.get("/api/dead-letters").await.expect(403);
        let claims = json!({
            "sub": name, "iss": "https://issuer.example", "aud": "duebell", "scope": "operator",
        });
        with(&app, &key.token(claims))
            .get("/api/dead-letters")
            .await
            .expect(200);
    }
    // Six components have users, and each went for the keys by itself.
    assert!(issuer.asked() <= 2 * 6, "{} times", issuer.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_let_in() {
    let key = SigningKey::ed25519("e", 2);
    let issuer = Issuer::start(vec![key.clone()]).await;
    let app = app(&issuer).await;
    user(&app, &key, "alice")
        .get("/api/tasks")
        .await
        .expect(200);
    let stranger = SigningKey::ed25519("e", 3);
    let unknown = SigningKey::p256("p", 4);
    let claims = json!({ "sub": "alice", "iss": "https://issuer.example", "aud": "duebell" });
    let for_others = |member: &str, value: &str| {
        let mut claims = claims.clone();
        claims[member] = json!(value);
        key.token(claims)
    };
    for (token, what) in [
        (stranger.token(claims.clone()), "a forged key"),
        (unknown.token(claims.clone()), "a key that is not published"),
        (
            for_others("iss", "https://another.example"),
            "another issuer",
        ),
        (for_others("aud", "another-service"), "another audience"),
        (for_others("sub", ""), "nobody"),
    ] {
        let answer = with(&app, &token).get("/api/tasks").await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.text);
    }
    // The secret of the state folder counts for nothing here.
    app.user("alice").get("/api/tasks").await.expect(401);
    app.operator("olga")
        .get("/api/dead-letters")
        .await
        .expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_published_later_is_taken() {
    let (old, new) = (SigningKey::ed25519("old", 2), SigningKey::rsa("new"));
    let issuer = Issuer::start(vec![old.clone()]).await;
    let app = app(&issuer).await;
    user(&app, &old, "alice")
        .get("/api/tasks")
        .await
        .expect(200);
    user(&app, &new, "alice")
        .get("/api/tasks")
        .await
        .expect(401);
    issuer.publish(vec![old.clone(), new.clone()]);
    let alice = user(&app, &new, "alice");
    eventually("the new key is taken", async || {
        (alice.get("/api/tasks").await.status == 200).then_some(())
    })
    .await;
    user(&app, &old, "alice")
        .get("/api/tasks")
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_go_there_no_key_is_had() {
    let key = SigningKey::ed25519("e", 2);
    let issuer = Issuer::start(vec![key.clone()]).await;
    let mut variables = variables(&issuer);
    variables.retain(|(name, _)| name != "jwks_origin");
    let app = App::start_with(Options {
        variables,
        ..Options::default()
    })
    .await;
    let answer = user(&app, &key, "alice")
        .get("/api/tasks")
        .await
        .expect(503);
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(issuer.asked(), 0);
    let logs = eventually("the log says why", async || {
        let files = app.component_logs();
        let texts = files
            .iter()
            .filter_map(|file| std::fs::read_to_string(file).ok());
        let text: String = texts.collect();
        text.contains("jwks_origin").then_some(text)
    })
    .await;
    assert!(logs.contains("the keys of tokens cannot be had"));
}
