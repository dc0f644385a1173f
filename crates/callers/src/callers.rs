//! Letting users in.

use crate::{
    Access, Budget,
    access::Keys,
    limits::{Limits, Room},
    published::Published,
};
use chrono::{DateTime, Utc};
use duebell_edge::Failure;
use duebell_service::{Clock, Logger, Problem, TokenVerifier, User, auth::Refused};
use duebell_store::Store;
use http::HeaderMap;
use std::rc::Rc;

/// Whose request it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// Until when the token is valid: for what goes on after the answer has begun.
    pub until: DateTime<Utc>,
}

/// Lets users in. One for each instance.
pub struct Callers {
    checks: Checks,
    limits: Option<Limits>,
    clock: Rc<dyn Clock>,
}

enum Checks {
    Held(TokenVerifier),
    Published(Box<Published>),
}

impl Callers {
    /// Lets in whom the operator says. `store` has [`TABLES`](crate::TABLES).
    #[must_use]
    pub fn new(access: Access, store: &Store, clock: &Rc<dyn Clock>, logger: &Logger) -> Self {
        let checks = match access.keys {
            Keys::Held(verifier) => Checks::Held(verifier),
            Keys::Published(publication) => Checks::Published(Box::new(Published::new(
                publication,
                store.clone(),
                Rc::clone(clock),
                logger.clone(),
            ))),
        };
        let limits = access
            .limit
            .map(|limit| Limits::new(limit, store.clone(), Rc::clone(clock), logger.clone()));
        Self {
            checks,
            limits,
            clock: Rc::clone(clock),
        }
    }

    /// Whose request it is. What is left of the user's requests goes into `budget`,
    /// where there is a limit: the answer says it, whatever else it is.
    ///
    /// # Errors
    /// 401 if there is no valid token, 429 if the user asks too often, 503 while the
    /// keys cannot be had.
    pub async fn admit(
        &self,
        headers: &HeaderMap,
        budget: &mut Option<Budget>,
    ) -> Result<Caller, Failure> {
        let (user, until) = match &self.checks {
            Checks::Held(verifier) => {
                let checked = verifier.check(headers, self.clock.now());
                checked.map_err(|refused: Refused| Problem::from(refused))?
            }
            Checks::Published(keys) => keys.check(headers).await?,
        };
        if let Some(limits) = &self.limits {
            let room = limits.count(&user.id).await?;
            *budget = Some(room.budget());
            if let Room::None(budget) = room {
                return Err(budget.exceeded().into());
            }
        }
        Ok(Caller { user, until })
    }
}
