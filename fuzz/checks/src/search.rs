//! What users search for.

use crate::{lines, now};
use bytes::Bytes;
use duebell_edge::parameters::escape;
use duebell_fakes::{Background, Envelopes, FakeSidecar, Wire};
use duebell_service::{Clock, FixedClock, Logger, SeededEntropy, TokenVerifier, auth, log};
use duebell_store::native::SqliteFile;
use futures::executor::block_on;
use http::{Request, Response};
use search_indexer::query::{MOST_CHARACTERS, MOST_WORDS, SearchQuery};
use search_indexer::{App, Audit, Parts, publishers};
use serde_json::{Value, json};
use std::rc::Rc;

const TOKEN: &str = "the-app-token";
const SECRET: &str = "a secret of at least thirty-two bytes";

/// The input as two lines: what is searched for, and what else is in the query.
///
/// No sign of either is the full-text engine's: it answers, or what was sent is refused.
/// What is marked is safe to be shown as HTML.
pub fn search(input: &[u8]) {
    let [words, rest] = lines(input);
    let (Ok(words), Ok(rest)) = (std::str::from_utf8(words), std::str::from_utf8(rest)) else {
        return;
    };
    let read = SearchQuery::parse(words);
    if let Ok(query) = &read {
        assert!(words.chars().count() <= MOST_CHARACTERS);
        assert!(!query.all.is_empty() && query.all.len() + query.none.len() <= MOST_WORDS);
        let terms = query.all.iter().chain(&query.none);
        assert!(terms.into_iter().all(|term| !term.text.contains('"')));
    }
    WORLD.with(|world| {
        let (status, body) = world.search(&format!("q={}", escape(words)));
        assert_eq!(status == 200, read.is_ok(), "{body}");
        if !rest.is_empty() {
            world.search(&format!("q={}&{rest}", escape(words)));
        }
    });
}

thread_local! {
    static WORLD: World = World::new();
}

/// search-indexer with some tasks.
struct World {
    app: App<Wire>,
    authorization: String,
}

impl World {
    fn new() -> Self {
        // For as long as the process: nobody else waits for what is in it.
        let file = std::env::temp_dir().join(format!("duebell-fuzz-{}.db", std::process::id()));
        let clock: Rc<dyn Clock> = Rc::new(FixedClock::new(now()));
        let wire = Wire(Rc::<FakeSidecar>::default());
        let sink = Rc::new(log::Stderr);
        let parts = Parts {
            access: TokenVerifier::hs256(SECRET, None, None)
                .expect("it is long enough")
                .into(),
            app_api_token: TOKEN.to_owned(),
            publishers: publishers("http://task-api"),
            audit: Audit::new("http://audit-sink/", TOKEN.to_owned(), wire.clone()),
            transport: wire,
            logger: Logger::new("search", log::Level::Error, Rc::clone(&clock), sink),
            clock,
            entropy: Rc::new(SeededEntropy::new(7)),
            spawn: Background::default().spawn(),
        };
        let lifetime = chrono::TimeDelta::hours(1);
        let token = auth::issue(SECRET, "alice", "", now(), lifetime).expect("a token");
        let world = Self {
            app: App::new(SqliteFile::new(file), parts).expect("its routes differ"),
            authorization: format!("Bearer {token}"),
        };
        world.fill();
        world
    }

    fn fill(&self) {
        let publisher = Envelopes::of(duebell_events::source::TASK_API);
        let tasks = [
            json!({ "title": "Whole milk & <b>bread</b>", "tags": ["home", "a\"b"] }),
            json!({ "title": "Cr\u{e8}me br\u{fb}l\u{e9}e", "description": "NEAR the oats, not AND OR", "priority": "high" }),
            json!({ "title": "Report", "completed": true, "description": "a ".repeat(900) }),
        ];
        for (id, task) in (1..).zip(tasks) {
            let event = json!({
                "event_type": "task.created", "task_id": id, "user_id": "alice",
                "task_data": task, "timestamp": "2026-01-15T12:00:00Z",
                "correlation_id": id.to_string(),
            });
            let delivery = Request::post("/events/search-indexer/task-events")
                .header("dapr-api-token", TOKEN)
                .body(publisher.next("task-events", &event).to_string().into());
            let answer = self.send(delivery);
            assert_eq!(answer.status(), 200);
        }
    }

    fn send(&self, request: Result<Request<Bytes>, http::Error>) -> Response<Bytes> {
        block_on(self.app.handle(request.expect("it is a request")))
    }

    /// What comes of a query: 200 with a page, or a refusal.
    fn search(&self, query: &str) -> (u16, Value) {
        let request = Request::get(format!("/api/search?{query}"))
            .header("authorization", &self.authorization)
            .body(Bytes::new());
        // What is no address does not come this far.
        if request.is_err() {
            return (400, Value::Null);
        }
        let answer = self.send(request);
        let status = answer.status().as_u16();
        assert!(matches!(status, 200 | 400), "{status}");
        let body: Value = serde_json::from_slice(answer.body()).expect("an answer is JSON");
        for item in body["items"].as_array().into_iter().flatten() {
            safe(&item["highlights"]);
        }
        (status, body)
    }
}

/// There is no tag in it but what marks.
fn safe(marked: &Value) {
    match marked {
        Value::String(text) => {
            let rest = text.replace("<mark>", "").replace("</mark>", "");
            assert!(!rest.contains(['<', '>']), "{text}");
            assert_eq!(
                text.matches("<mark>").count(),
                text.matches("</mark>").count()
            );
        }
        Value::Array(several) => several.iter().for_each(safe),
        Value::Object(named) => named.values().for_each(safe),
        _ => {}
    }
}
