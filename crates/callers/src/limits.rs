//! How often a user may ask.
//!
//! A user has as many requests as there are in a minute, and they come back one by one:
//! the generic cell rate algorithm (ITU-T I.371), which needs one time for each user and
//! knows no edge of a window at which twice as many pass. The time is that at which all
//! requests will have come back.
//!
//! What was counted is written down after the answer, in one transaction for all: a
//! request costs no write of its own. So other instances hear of it some milliseconds
//! later, and as many more may pass there; nobody is refused who is within the limit.
//! What cannot be written down counts in its instance alone.

use crate::Limit;
use duebell_edge::{Headed, Spawn, Turn};
use duebell_service::{Clock, Logger, Problem};
use duebell_store::{Error, Store};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// A minute, in microseconds.
const WINDOW: i64 = 60 * 1_000_000;

const SECOND: i64 = 1_000_000;

/// draft-ietf-httpapi-ratelimit-headers-10, section 4 and 5.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

type UserHash = [u8; 32];

/// Counts the requests of users.
pub(crate) struct Limits {
    component: &'static str,
    a_minute: u32,
    counts: Rc<Counts>,
    spawn: Spawn,
}

struct Counts {
    store: Store,
    clock: Rc<dyn Clock>,
    logger: Logger,
    /// The time in which a request comes back, in microseconds.
    each: i64,
    /// What was counted and is not written down yet.
    pending: RefCell<HashMap<UserHash, u32>>,
    /// When all of a user's requests will have come back, as far as this instance knows:
    /// it counted them, whether they are written down or not.
    known: RefCell<HashMap<UserHash, i64>>,
    turn: Rc<Turn>,
}

/// Whether there was room for a request.
pub(crate) enum Room {
    Some(Budget),
    None(Budget),
}

impl Room {
    pub(crate) fn budget(&self) -> Budget {
        match self {
            Self::Some(budget) | Self::None(budget) => *budget,
        }
    }
}

/// What is left of a user's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    component: &'static str,
    /// How many there are in a minute.
    a_minute: u32,
    /// How many are left now.
    left: u32,
    /// When all of them will be there again, in seconds.
    full_in: u32,
    /// When the next one will be there, in seconds.
    next_in: u32,
}

impl Budget {
    /// The answer, which tells the user what is left where there is a limit.
    pub fn tell<A: Headed>(budget: Option<Self>, mut answer: A) -> A {
        if let Some(budget) = budget {
            budget.write(answer.headers_mut());
        }
        answer
    }

    fn write(&self, headers: &mut HeaderMap) {
        let Self {
            component,
            a_minute,
            left,
            full_in,
            ..
        } = self;
        for (name, value) in [
            (POLICY, format!("\"{component}\";q={a_minute};w=60")),
            (STATE, format!("\"{component}\";r={left};t={full_in}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }

    /// 429.
    pub(crate) fn exceeded(&self) -> Problem {
        Problem::too_many(
            format!(
                "You may send {} requests a minute here: wait for the seconds that Retry-After says.",
                self.a_minute
            ),
            self.next_in,
        )
    }
}

impl Limits {
    pub(crate) fn new(limit: Limit, store: Store, clock: Rc<dyn Clock>, logger: Logger) -> Self {
        let a_minute = limit.a_minute.get();
        Self {
            component: limit.component,
            a_minute,
            counts: Rc::new(Counts {
                store,
                clock,
                logger,
                each: (WINDOW / i64::from(a_minute)).max(1),
                pending: RefCell::default(),
                known: RefCell::default(),
                turn: Rc::default(),
            }),
            spawn: limit.spawn,
        }
    }

    /// Counts a request, if there is room for it.
    pub(crate) async fn count(&self, user_id: &str) -> Result<Room, Error> {
        let counts = &self.counts;
        let user: UserHash = Sha256::digest(user_id.as_bytes()).into();
        let full_at = counts.full_at(&user).await?;
        // Nothing is awaited between looking and counting.
        let now = counts.now();
        let known = counts.known.borrow().get(&user).copied().unwrap_or(0);
        let busy = ahead(full_at, now).max(ahead(known, now));
        let after = busy + counts.each;
        if after > WINDOW {
            return Ok(Room::None(self.budget(busy)));
        }
        counts.known.borrow_mut().insert(user, now + after);
        *counts.pending.borrow_mut().entry(user).or_default() += 1;
        if let Some(turn) = counts.turn.call() {
            let counts = Rc::clone(counts);
            (self.spawn)(Box::pin(async move {
                loop {
                    turn.look();
                    counts.write_down().await;
                    if !turn.is_called() {
                        return;
                    }
                }
            }));
        }
        Ok(Room::Some(self.budget(after)))
    }

    /// What is left when it takes `busy` microseconds until all have come back.
    fn budget(&self, busy: i64) -> Budget {
        let each = self.counts.each;
        let seconds = |time: i64| u32::try_from((time + SECOND - 1) / SECOND).unwrap_or(0);
        Budget {
            component: self.component,
            a_minute: self.a_minute,
            left: u32::try_from((WINDOW - busy).max(0) / each)
                .unwrap_or(0)
                .min(self.a_minute),
            full_in: seconds(busy.max(0)),
            next_in: seconds((busy + each - WINDOW).max(1)),
        }
    }
}

/// How far this time is ahead, in microseconds. What is further ahead than it can have
/// been counted is of before the clock was set back, and counts for nothing; instances'
/// clocks differ a little.
fn ahead(full_at: i64, now: i64) -> i64 {
    match full_at.saturating_sub(now) {
        ahead if ahead > WINDOW + SECOND => 0,
        ahead => ahead.clamp(0, WINDOW),
    }
}

impl Counts {
    /// When all of a user's requests will have come back, as far as it is written down.
    async fn full_at(&self, user: &UserHash) -> Result<i64, Error> {
        let row = self
            .store
            .read(async |db| {
                db.first(
                    "SELECT full_at FROM request_limits WHERE \"user\" = ?1",
                    [user.to_vec().into()],
                )
                .await
            })
            .await?;
        row.map_or(Ok(0), |row| row.integer(0))
    }

    async fn write_down(&self) {
        let counted = std::mem::take(&mut *self.pending.borrow_mut());
        let now = self.now();
        self.known
            .borrow_mut()
            .retain(|_, full_at| ahead(*full_at, now) > 0);
        let written = self
            .store
            .write(async |tx| {
                tx.execute(
                    "DELETE FROM request_limits WHERE full_at <= ?1 OR full_at > ?2",
                    [now.into(), (now + WINDOW + SECOND).into()],
                )
                .await?;
                for (user, requests) in &counted {
                    let busy = i64::from(*requests) * self.each;
                    tx.execute(
                        "INSERT INTO request_limits (\"user\", full_at) VALUES (?1, min(?2 + ?3, ?2 + ?4))
                         ON CONFLICT (\"user\") DO UPDATE SET
                             full_at = min(max(request_limits.full_at, ?2) + ?3, ?2 + ?4)",
                        [user.to_vec().into(), now.into(), busy.into(), WINDOW.into()],
                    )
                    .await?;
                }
                Ok::<_, Error>(())
            })
            .await;
        if let Err(error) = written {
            self.logger.warn(
                "requests were counted in one instance alone",
                &[("cause", error.to_string().into())],
            );
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_micros()
    }
}
