//! What a consumer gives up: kept with why, replayed, discarded.

use crate::{
    audit::whole_audit,
    harness::{App, Client, Database, duebell, eventually},
};
use serde_json::{Value, json};

/// Makes notifier's database refuse what rings with this title.
fn refuse(app: &App, title: &str) {
    // A trigger takes no parameters; the stories' titles need no quoting.
    let database = app.database("notifier", "notifications");
    database.change(&match database {
        Database::Sqlite(_) => format!(
            "CREATE TRIGGER refuse BEFORE INSERT ON notifications WHEN NEW.title = '{title}' BEGIN
                SELECT RAISE(ABORT, 'constraint failed: on purpose');
             END"
        ),
        Database::Postgres(..) => format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
                RAISE EXCEPTION USING ERRCODE = 'check_violation',
                    MESSAGE = 'constraint failed: on purpose';
             END $f$;
             CREATE TRIGGER refuse BEFORE INSERT ON notifications
                FOR EACH ROW WHEN (NEW.title = '{title}') EXECUTE FUNCTION refuse()"
        ),
    });
}

/// And takes it again.
fn take_again(app: &App) {
    let database = app.database("notifier", "notifications");
    database.change(match database {
        Database::Sqlite(_) => "DROP TRIGGER refuse",
        Database::Postgres(..) => "DROP FUNCTION refuse CASCADE",
    });
}

/// A task that rings at once.
async fn ring(user: &Client, title: &str) {
    let body = json!({ "title": title, "due_date": "2031-01-01T00:00:00Z" });
    let task = user.post("/api/tasks", &body).await.expect(201).json;
    let soon = crate::reminders::text(crate::reminders::from_now(chrono::TimeDelta::seconds(1)));
    let path = format!("/api/tasks/{}/reminders", task["id"]);
    user.post(&path, &json!({ "remind_at": soon }))
        .await
        .expect(201);
}

/// The titles of a user's notifications.
async fn titles(user: &Client) -> Vec<String> {
    let page = user.get("/api/notifications").await.expect(200).json;
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

/// The only dead letter, once it says why.
async fn letter(operator: &Client) -> Value {
    eventually("a dead letter with its reason", async || {
        let page = operator.get("/api/dead-letters").await.expect(200).json;
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= 1, "{items:?}");
        items
            .into_iter()
            .next()
            .filter(|letter| letter["reason"].is_string())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_three_times_is_one_dead_letter_with_its_reason_and_replays() {
    let app = App::start().await;
    let (alice, bob, root) = (app.user("alice"), app.user("bob"), app.operator("root"));
    // The schema is there once the component has answered.
    alice.get("/api/notifications").await.expect(200);
    refuse(&app, "Poison");
    ring(&alice, "Poison").await;
    let letter = letter(&root).await;
    for (name, expected) in [
        ("subscriber", json!("notifier")),
        ("topic", json!("reminder-events")),
        ("event_type", json!("reminder.due")),
        ("user_id", json!("alice")),
        ("status", json!("open")),
        ("attempts", json!(3)),
        ("passing", json!(true)),
    ] {
        assert_eq!(letter[name], expected, "{name}");
    }
    let reason = letter["reason"].as_str().unwrap();
    assert!(reason.contains("on purpose"), "{reason}");
    // Nobody waits for it.
    ring(&alice, "Tea").await;
    ring(&bob, "Bread").await;
    for (user, title) in [(&alice, "Tea"), (&bob, "Bread")] {
        eventually(title, async || {
            Some(titles(user).await).filter(|all| all == &[title])
        })
        .await;
    }

    take_again(&app);
    let path = format!("/api/dead-letters/{}", letter["id"]);
    let replay = eventually("a replay", async || {
        // It may be replaying by itself right now.
        let answer = root.post(&format!("{path}/replay"), &json!({})).await;
        (answer.status != 409 || settled(&root, &path).await).then_some(answer)
    })
    .await;
    if replay.status == 200 {
        assert_eq!(replay.json["outcome"], "done");
    }
    assert!(settled(&root, &path).await);
    let mut all = titles(&alice).await;
    all.sort();
    assert_eq!(all, ["Poison", "Tea"]);

    // Alice learns who looked at her event and who replayed it.
    let told = eventually("what was done in alice's audit", async || {
        let items = whole_audit(&alice).await;
        let what = |item: &Value| {
            let event = &item["event"];
            (
                event["event_type"].clone(),
                event["details"]["dead_letter_id"].clone(),
            )
        };
        let told: Vec<_> = items
            .iter()
            .filter(|item| item["topic"] == "audit-events")
            .map(what)
            .collect();
        let replayed = told.iter().any(|(what, _)| what == "dead_letter.replayed");
        let shown = told.iter().any(|(what, _)| what == "dead_letter.shown");
        (replayed && shown).then_some(told)
    })
    .await;
    assert!(told.iter().all(|(_, id)| *id == letter["id"]));
}

async fn settled(root: &Client, path: &str) -> bool {
    root.get(path).await.expect(200).json["status"] == "settled"
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_passed_is_replayed_by_itself() {
    let app = App::start().await;
    let (alice, root) = (app.user("alice"), app.operator("root"));
    alice.get("/api/notifications").await.expect(200);
    refuse(&app, "Poison");
    ring(&alice, "Poison").await;
    letter(&root).await;
    take_again(&app);
    eventually("it rings after all", async || {
        Some(titles(&alice).await).filter(|all| all == &["Poison"])
    })
    .await;
    let letter = eventually("it is settled", async || {
        Some(letter(&root).await).filter(|letter| letter["status"] == "settled")
    })
    .await;
    let replays = letter["replays"].as_i64().unwrap();
    assert!(replays >= 1, "{letter}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_waits_for_a_person_who_discards_it() {
    let app = App::start().await;
    let (alice, root) = (app.user("alice"), app.operator("root"));
    let event = json!({
        "event_type": "task.created", "task_id": 1, "user_id": "", "task_data": { "title": "Odd" },
        "timestamp": "2026-01-14T10:30:00Z", "correlation_id": "odd",
    });
    let topic = "/v1.0/publish/pubsub-kafka/task-events";
    app.publisher().publish(topic, &event).await;
    // Each subscriber of the topic gives it up.
    let letters = eventually("a letter of each subscriber", async || {
        let page = root
            .get("/api/dead-letters?status=open")
            .await
            .expect(200)
            .json;
        let items = page["items"].as_array().unwrap().clone();
        let told = items.iter().all(|letter| letter["reason"].is_string());
        (items.len() == 4 && told).then_some(items)
    })
    .await;
    let mut subscribers: Vec<&str> = letters
        .iter()
        .map(|letter| letter["subscriber"].as_str().unwrap())
        .collect();
    subscribers.sort_unstable();
    assert_eq!(
        subscribers,
        ["audit-sink", "notifier", "recurrence", "search-indexer"]
    );
    let first = &letters[0];
    let reason = first["reason"].as_str().unwrap();
    assert!(reason.contains("/user_id"), "{reason}");
    assert_eq!(
        (&first["attempts"], &first["passing"]),
        (&json!(1), &json!(false))
    );
    let path = format!("/api/dead-letters/{}", first["id"]);
    let shown = root.get(&path).await.expect(200).json;
    assert_eq!(shown["event"]["data"], event);
    let replay = root
        .post(&format!("{path}/replay"), &json!({}))
        .await
        .expect(200)
        .json;
    assert_eq!(replay["outcome"], "drop");
    for client in [alice, app.anyone()] {
        for answer in [client.get(&path).await, client.delete(&path).await] {
            assert!([401, 403].contains(&answer.status));
        }
    }
    root.delete(&path).await.expect(204);
    root.delete(&path).await.expect(204);
    root.post(&format!("{path}/replay"), &json!({}))
        .await
        .expect(409);
    let open = root
        .get("/api/dead-letters?status=open")
        .await
        .expect(200)
        .json;
    assert_eq!(open["items"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_shows_replays_and_discards() {
    let app = App::start().await;
    let root = app.operator("root");
    let odd = json!({
        "specversion": "1.0", "id": "odd", "source": "/elsewhere", "type": "task.created",
        "data": { "event_type": "task.created" },
    });
    app.publisher()
        .publish_as(
            "application/cloudevents+json",
            "/v1.0/publish/pubsub-kafka/reminder-events",
            &odd,
        )
        .await;
    let letters = eventually("a letter of each subscriber", async || {
        let page = root.get("/api/dead-letters").await.expect(200).json;
        let items = page["items"].as_array().unwrap().clone();
        (items.len() == 3 && items.iter().all(|letter| letter["reason"].is_string()))
            .then_some(items)
    })
    .await;
    let run = |arguments: &[&str]| {
        let output = duebell()
            .arg("dead-letters")
            .args(arguments)
            .args(["--url", &app.origin(), "--state-dir"])
            .arg(app.state())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.success(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (worked, listed, _) = run(&["list"]);
    assert!(worked);
    for letter in &letters {
        assert!(listed.contains(&letter["id"].to_string()), "{listed}");
    }
    assert!(listed.contains("malformed"), "{listed}");
    let id = letters[0]["id"].to_string();
    let (worked, shown, _) = run(&["show", &id]);
    assert!(worked && shown.contains("/elsewhere"), "{shown}");
    let (worked, _, why) = run(&["replay", &id]);
    assert!(!worked && why.contains("malformed"), "{why}");
    let (worked, said, _) = run(&["discard", &id]);
    assert!(worked && said.contains("discarded"), "{said}");
    let (_, listed, _) = run(&["list"]);
    assert!(!listed.contains(&id), "{listed}");
    let (worked, _, why) = run(&["show", "1"]);
    assert!(!worked && why.contains("404"), "{why}");
}
