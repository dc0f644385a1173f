//! The work that each of them does.

use crate::{
    contender::{Contender, USERS},
    load::{Asked, Rate, send},
};
use http::Method;
use serde::Serialize;
use serde_json::Value;
use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

/// In what time of the end everything has to be in the audit for a rate to count.
const DRAINED_WITHIN: Duration = Duration::from_secs(1);

/// How long that is waited for before the run is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// What one of them came to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) name: String,
    pub(crate) create: Rate,
    /// From the last answer until the audit has every event, in milliseconds.
    pub(crate) drained_after_ms: f64,
    /// Whether that was within a second.
    pub(crate) counts: bool,
    pub(crate) change: Rate,
    pub(crate) list: Rate,
    pub(crate) mix: Rate,
}

/// All kinds of work, one after the other, each once what the one before left is done.
pub(crate) fn all(contender: &Contender, lasting: Duration) -> Figures {
    let tokens = Rc::new(contender.tokens.clone());
    let port = contender.port;
    // The first ones open connections, make topics and warm caches up.
    let warm = Rc::clone(&tokens);
    let warmed = send(
        port,
        Duration::from_secs(2),
        move |number| create(&warm, number),
        |_| {},
    );
    drained(contender, warmed.count);

    let ids: Rc<RefCell<Vec<Vec<i64>>>> = Rc::new(RefCell::new(vec![Vec::new(); USERS]));
    let (told, asked) = (Rc::clone(&ids), Rc::clone(&tokens));
    let created = send(
        port,
        lasting,
        move |number| create(&asked, number),
        move |body| {
            let task: Value = serde_json::from_slice(body).unwrap();
            let title = task["title"].as_str().unwrap();
            let number: usize = title.trim_start_matches("Task ").parse().unwrap();
            told.borrow_mut()[number % USERS].push(task["id"].as_i64().unwrap());
        },
    );
    let stopped = Instant::now();
    drained(contender, warmed.count + created.count);
    let drained_after = stopped.elapsed();

    let (asked, theirs) = (Rc::clone(&tokens), Rc::clone(&ids));
    let changed = send(
        port,
        lasting,
        move |number| change(&asked, &theirs.borrow(), number),
        |_| {},
    );
    drained(contender, warmed.count + created.count + changed.count);

    let asked = Rc::clone(&tokens);
    let listed = send(port, lasting, move |number| list(&asked, number), |_| {});

    // Seven of ten read; of the others two make tasks and one changes them.
    let mix = send(
        port,
        lasting,
        move |number| match number / 16 % 10 {
            0 | 4 => create(&tokens, number),
            7 => change(&tokens, &ids.borrow(), number),
            _ => list(&tokens, number),
        },
        |_| {},
    );
    Figures {
        name: contender.name.to_owned(),
        create: created,
        drained_after_ms: drained_after.as_secs_f64() * 1e3,
        counts: drained_after <= DRAINED_WITHIN,
        change: changed,
        list: listed,
        mix,
    }
}

fn create(tokens: &[String], number: usize) -> Asked {
    Asked {
        method: Method::POST,
        path: "/api/tasks".to_owned(),
        token: tokens[number % USERS].clone(),
        content_type: "application/json",
        body: format!(
            r#"{{"title":"Task {number}","description":"Milk, bread, eggs","priority":"high","due_date":"2031-01-15T14:00:00Z","tags":["shopping","personal"]}}"#
        ),
        status: 201,
    }
}

fn change(tokens: &[String], ids: &[Vec<i64>], number: usize) -> Asked {
    let theirs = &ids[number % USERS];
    let id = theirs[number / USERS % theirs.len()];
    Asked {
        method: Method::PATCH,
        path: format!("/api/tasks/{id}"),
        token: tokens[number % USERS].clone(),
        content_type: "application/merge-patch+json",
        body: format!(r#"{{"title":"Changed {number}","priority":"low"}}"#),
        status: 200,
    }
}

fn list(tokens: &[String], number: usize) -> Asked {
    Asked {
        method: Method::GET,
        path: "/api/tasks?limit=20".to_owned(),
        token: tokens[number % USERS].clone(),
        content_type: "application/json",
        body: String::new(),
        status: 200,
    }
}

/// Waits until the users' audits hold that many events.
fn drained(contender: &Contender, events: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let start = Instant::now();
    runtime.block_on(async {
        let client = crate::harness::Client::new(format!("http://127.0.0.1:{}", contender.port));
        loop {
            let mut audited = 0;
            for token in &contender.tokens {
                let client = client.clone().with("authorization", token);
                let head = client.get("/api/audit?limit=1").await;
                audited += head.json["head"]["number"].as_u64().unwrap() as usize;
            }
            assert!(
                audited <= events,
                "{}: {audited} of {events} events are audited: one twice",
                contender.name
            );
            if audited == events {
                return;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{}: only {audited} of {events} events are audited",
                contender.name
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}
