//! What the operator says about users.

use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::{Sleep, Spawn};
use duebell_service::TokenVerifier;
use duebell_store::LocalFuture;
use http::Request;
use std::{num::NonZeroU32, rc::Rc};

/// The longest set of keys that is read, in bytes.
const MOST_KEYS: usize = 64 * 1024;

/// Gets what is at a URL; an error says why not.
pub type Fetch = Box<dyn Fn(String) -> LocalFuture<'static, Result<String, String>>>;

/// What the operator says about users.
pub struct Access {
    pub(crate) keys: Keys,
    pub(crate) limit: Option<Limit>,
}

/// Where the keys are that tokens are checked with.
pub(crate) enum Keys {
    /// Here.
    Held(TokenVerifier),
    /// Where whoever makes tokens publishes them.
    Published(Publication),
}

/// Where keys are published, and what else a token must have.
pub(crate) struct Publication {
    pub(crate) url: String,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) fetch: Fetch,
    pub(crate) sleep: Sleep,
}

/// How often a user may ask.
pub struct Limit {
    /// The component's name: what the policy is called.
    pub component: &'static str,
    /// Requests a minute.
    pub a_minute: NonZeroU32,
    /// Writes down what was counted, after the answer.
    pub spawn: Spawn,
}

impl Access {
    /// Users show tokens whose keys are published at `url`, as a JSON Web Key Set
    /// (RFC 7517), and that have this issuer and this audience where they are set (`""`
    /// is not).
    #[must_use]
    pub fn published(
        url: String,
        issuer: String,
        audience: String,
        fetch: Fetch,
        sleep: Sleep,
    ) -> Self {
        Self {
            keys: Keys::Published(Publication {
                url,
                issuer,
                audience,
                fetch,
                sleep,
            }),
            limit: None,
        }
    }

    /// The same, where a user may not ask more often than this.
    #[must_use]
    pub fn limited(self, limit: Option<Limit>) -> Self {
        Self { limit, ..self }
    }
}

/// Users show tokens that this takes, as often as they like.
impl From<TokenVerifier> for Access {
    fn from(verifier: TokenVerifier) -> Self {
        Self {
            keys: Keys::Held(verifier),
            limit: None,
        }
    }
}

/// Fetches keys by this transport.
pub fn fetch<T: Transport + 'static>(transport: T) -> Fetch {
    let transport = Rc::new(transport);
    Box::new(move |url| {
        let transport = Rc::clone(&transport);
        Box::pin(async move {
            let request = Request::get(&url)
                .header("accept", "application/jwk-set+json, application/json")
                .body(Bytes::new())
                .map_err(|error| format!("it is no URL: {error}"))?;
            let answer = transport.send(request).await;
            let answer = answer.map_err(|error| error.to_string())?;
            if answer.status() != http::StatusCode::OK {
                return Err(format!("the answer is {}", answer.status()));
            }
            if answer.body().len() > MOST_KEYS {
                return Err(format!("the answer is longer than {MOST_KEYS} bytes"));
            }
            String::from_utf8(answer.into_body().to_vec())
                .map_err(|_| "the answer is not UTF-8".to_owned())
        })
    })
}
