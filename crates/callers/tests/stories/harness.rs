//! A component's callers, and whoever makes their tokens.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use chrono::{DateTime, TimeDelta, Utc};
use duebell_callers::{Access, Budget, Caller, Callers, Fetch, Limit, TABLES};
use duebell_edge::Failure;
use duebell_fakes::Background;
use duebell_service::{Clock, FixedClock, Logger, TokenVerifier, auth, log};
use duebell_store::{Migration, Store, native::SqliteFile};
use ed25519_dalek::{Signer as _, SigningKey};
use futures::executor::block_on;
use http::{HeaderMap, HeaderValue, Response};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    num::NonZeroU32,
    path::PathBuf,
    rc::Rc,
};

const MIGRATIONS: &[Migration] = &[Migration {
    number: 1,
    name: "callers",
    statements: TABLES,
    postgres: &[],
}];

const SECRET: &str = "a secret of at least thirty-two bytes";
pub(crate) const URL: &str = "https://issuer.example/keys";

/// Whoever makes tokens, and publishes keys.
#[derive(Default)]
pub(crate) struct Issuer {
    /// What is published.
    pub(crate) published: RefCell<String>,
    /// How often it was asked for.
    pub(crate) asked: Cell<u32>,
    /// Whether nobody answers.
    pub(crate) is_away: Cell<bool>,
}

/// A key: made of one number.
pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

impl Issuer {
    /// Publishes these keys, and no others.
    pub(crate) fn publish(&self, numbers: &[u8]) {
        let keys: Vec<Value> = numbers
            .iter()
            .map(|number| {
                let public = key(*number).verifying_key();
                json!({
                    "kty": "OKP", "crv": "Ed25519", "kid": number.to_string(),
                    "x": BASE64URL.encode(public.as_bytes()),
                })
            })
            .collect();
        *self.published.borrow_mut() = json!({ "keys": keys }).to_string();
    }
}

/// A token of this key.
pub(crate) fn token(number: u8, user: &str, until: DateTime<Utc>) -> String {
    let header = json!({ "alg": "EdDSA", "kid": number.to_string() });
    let claims = json!({ "sub": user, "exp": until.timestamp() });
    let message = format!(
        "{}.{}",
        BASE64URL.encode(header.to_string()),
        BASE64URL.encode(claims.to_string())
    );
    let signature = key(number).sign(message.as_bytes());
    format!("{message}.{}", BASE64URL.encode(signature.to_bytes()))
}

/// A component: its database, its clock, and who makes tokens for it.
pub(crate) struct World {
    pub(crate) issuer: Rc<Issuer>,
    pub(crate) clock: Rc<FixedClock>,
    pub(crate) background: Background,
    folder: tempfile::TempDir,
}

/// An instance of it.
pub(crate) struct Instance {
    callers: Callers,
    clock: Rc<FixedClock>,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) result: Result<Caller, u16>,
    pub(crate) headers: HeaderMap,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            issuer: Rc::default(),
            clock: Rc::new(FixedClock::new("2026-01-15T12:00:00Z".parse().unwrap())),
            background: Background::default(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// An instance that takes tokens of the published keys.
    pub(crate) fn instance(&self) -> Instance {
        self.instance_at(URL)
    }

    pub(crate) fn instance_at(&self, url: &str) -> Instance {
        let issuer = Rc::clone(&self.issuer);
        let fetch: Fetch = Box::new(move |_| {
            let issuer = Rc::clone(&issuer);
            Box::pin(async move {
                issuer.asked.set(issuer.asked.get() + 1);
                if issuer.is_away.get() {
                    return Err("connection refused".to_owned());
                }
                Ok(issuer.published.borrow().clone())
            })
        });
        let url = url.to_owned();
        let sleep = self.background.sleep();
        self.start(Access::published(
            url,
            String::new(),
            String::new(),
            fetch,
            sleep,
        ))
    }

    /// An instance where each user may ask so often.
    pub(crate) fn limited(&self, a_minute: u32) -> Instance {
        let verifier = TokenVerifier::hs256(SECRET, None, None).unwrap();
        self.start(Access::from(verifier).limited(Some(Limit {
            component: "task-api",
            a_minute: NonZeroU32::new(a_minute).unwrap(),
            spawn: self.background.spawn(),
        })))
    }

    /// From now on the database has no place for keys: whoever asks it fails.
    pub(crate) fn lose_keys(&self) {
        let database = rusqlite::Connection::open(self.file()).unwrap();
        database.execute("DROP TABLE published_keys", []).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("component.db")
    }

    fn start(&self, access: Access) -> Instance {
        let file = SqliteFile::new(self.file());
        let clock: Rc<dyn Clock> = self.clock.clone();
        let logger = Logger::new(
            "component",
            log::Level::Error,
            Rc::clone(&clock),
            Rc::new(log::Stderr),
        );
        let store = Store::new(file, MIGRATIONS);
        Instance {
            callers: Callers::new(access, &store, &clock, &logger),
            clock: Rc::clone(&self.clock),
        }
    }
}

impl Instance {
    /// A request with a token of this key.
    pub(crate) fn ask(&self, number: u8) -> Asked {
        let until = self.clock.now() + TimeDelta::days(1);
        self.show(&token(number, "alice", until))
    }

    /// A request of a user's, with a token of the shared secret.
    pub(crate) fn of(&self, user: &str) -> Asked {
        let now = self.clock.now();
        self.show(&auth::issue(SECRET, user, "", now, TimeDelta::days(1)).unwrap())
    }

    pub(crate) fn show(&self, token: &str) -> Asked {
        let mut headers = HeaderMap::new();
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        headers.insert("authorization", bearer);
        let mut budget = None;
        let result = block_on(self.callers.admit(&headers, &mut budget));
        let mut answer = Response::default();
        let result = result.map_err(|failure| match failure {
            Failure::Problem(problem) => {
                answer = problem.into_response();
                answer.status().as_u16()
            }
            failure => panic!("{failure:?}"),
        });
        let headers = Budget::tell(budget, answer).headers().clone();
        Asked { result, headers }
    }
}

impl Asked {
    pub(crate) fn status(&self) -> u16 {
        self.result.as_ref().map_or_else(|status| *status, |_| 200)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}
