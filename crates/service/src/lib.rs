//! What the HTTP edge of every component needs: who the user is, errors that say
//! what to change, paging, preconditions, repeats, logs and traces.
//!
//! It speaks [`http`] types only. It must never know tasks, events, a database or
//! a host: a component brings those together. Time and randomness come in as
//! [`Clock`] and [`Entropy`]; their real ones are here and nowhere else.
//!
//! ```
//! use duebell_service::{Limit, Query, Route, Router, TokenVerifier, auth, body};
//! use http::{HeaderMap, Method};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = chrono::DateTime::UNIX_EPOCH;
//! let secret = "a secret of at least thirty-two bytes";
//! let verifier = TokenVerifier::hs256(secret, None, None)?;
//! let token = auth::issue(secret, "alice", "", now, chrono::TimeDelta::hours(1))?;
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("authorization", format!("Bearer {token}").parse()?);
//! let user = verifier.verify(&headers, now)?;
//! assert_eq!(user.id, "alice");
//!
//! let router = Router::new([(Method::GET, "/api/tasks", "list")])?;
//! assert!(matches!(router.find(&Method::GET, "/api/tasks"), Route::Found { value: &"list", .. }));
//!
//! let query = Query::parse(Some("limit=20"), &["limit", "cursor"])?;
//! assert_eq!(Limit::parse(query.get("limit"))?.get(), 20);
//!
//! let problem = body::read_json::<u32>(&"[]".into()).unwrap_err();
//! assert_eq!(problem.into_response().status(), 422);
//! # Ok(())
//! # }
//! ```

pub mod auth;
pub mod body;
mod clock;
mod entropy;
pub mod etag;
pub mod idempotency;
pub mod log;
pub mod page;
pub mod problem;
pub mod query;
pub mod router;
pub mod trace;

pub use crate::auth::{TokenVerifier, User};
pub use crate::clock::{Clock, FixedClock, SystemClock};
pub use crate::entropy::{Entropy, SeededEntropy, SystemEntropy, random_u16, uuid_v4};
pub use crate::etag::{ETag, IfMatch};
pub use crate::idempotency::IdempotencyKey;
pub use crate::log::Logger;
pub use crate::page::{CursorCodec, Limit};
pub use crate::problem::{FieldError, Problem};
pub use crate::query::Query;
pub use crate::router::{Route, Router};
pub use crate::trace::TraceContext;
