//! Keys that are published: fetched, kept, and fetched anew when they are old or a token
//! names one that is not among them.

use crate::access::Publication;
use chrono::{DateTime, Utc};
use duebell_edge::Failure;
use duebell_service::{
    Clock, Logger, Problem, TokenVerifier, User,
    auth::{KeySet, Refused},
};
use duebell_store::{Error, Store};
use http::HeaderMap;
use std::{cell::RefCell, rc::Rc, time::Duration};

/// How old keys may be before they are fetched anew, in milliseconds: a key that was
/// taken back is taken for this long.
const FRESH: i64 = 5 * 60 * 1000;

/// How old they may be while they cannot be had: nobody is let in with older ones.
const USABLE: i64 = 60 * 60 * 1000;

/// How long nobody goes for them again: whoever makes up key ids makes no storm.
const PAUSE: i64 = 10 * 1000;

/// How often, and after what, it is looked whether another one has brought the first.
const LOOKS: u32 = 40;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// After how many seconds a user may try again while there are no keys.
const RETRY_AFTER: u32 = 2;

/// The keys that whoever makes tokens publishes.
pub(crate) struct Published {
    from: Publication,
    store: Store,
    clock: Rc<dyn Clock>,
    logger: Logger,
    held: RefCell<Option<Held>>,
}

/// Keys, and when they were fetched.
#[derive(Clone)]
struct Held {
    verifier: TokenVerifier,
    fetched_at: i64,
}

impl Held {
    fn is_younger_than(&self, age: i64, now: i64) -> bool {
        // Keys of the future are of before the clock was set back.
        (0..age).contains(&now.saturating_sub(self.fetched_at))
    }
}

impl Published {
    pub(crate) fn new(
        from: Publication,
        store: Store,
        clock: Rc<dyn Clock>,
        logger: Logger,
    ) -> Self {
        Self {
            from,
            store,
            clock,
            logger,
            held: RefCell::new(None),
        }
    }

    /// The user whose token these headers have, and until when it is valid.
    pub(crate) async fn check(
        &self,
        headers: &HeaderMap,
    ) -> Result<(User, DateTime<Utc>), Failure> {
        let held = self.usable().await?;
        match held.verifier.check(headers, self.clock.now()) {
            Err(Refused::UnknownKey) => {}
            Err(Refused::Problem(problem)) => return Err(problem.into()),
            Ok(checked) => return Ok(checked),
        }
        // It may be signed with a key that was published since.
        let newer = match self.kept().await? {
            Some(kept) if kept.fetched_at > held.fetched_at => Some(kept),
            _ if self.may_ask().await? => self.fetch().await?,
            _ => None,
        };
        let verifier = newer.map_or(held.verifier, |newer| newer.verifier);
        verifier
            .check(headers, self.clock.now())
            .map_err(|refused| Problem::from(refused).into())
    }

    /// Keys that are young enough, or as young as can be had.
    async fn usable(&self) -> Result<Held, Failure> {
        let now = self.now();
        let fresh = |held: &Held| held.is_younger_than(FRESH, now);
        if let Some(held) = self.held.borrow().clone().filter(fresh) {
            return Ok(held);
        }
        let kept = self.kept().await?;
        if let Some(kept) = kept.clone().filter(fresh) {
            return Ok(self.hold(kept));
        }
        let old = kept.filter(|kept| kept.is_younger_than(USABLE, now));
        if self.may_ask().await? {
            return match self.fetch().await? {
                Some(fetched) => Ok(fetched),
                None => old.ok_or_else(|| Problem::busy(RETRY_AFTER).into()),
            };
        }
        match old {
            Some(old) => Ok(old),
            None => self.anothers().await,
        }
    }

    /// The first keys, which another one has gone for.
    async fn anothers(&self) -> Result<Held, Failure> {
        for _ in 0..LOOKS {
            (self.from.sleep)(BETWEEN_LOOKS).await;
            let now = self.now();
            let kept = self.kept().await?;
            if let Some(kept) = kept.filter(|kept| kept.is_younger_than(USABLE, now)) {
                return Ok(self.hold(kept));
            }
        }
        Err(Problem::busy(RETRY_AFTER).into())
    }

    fn hold(&self, held: Held) -> Held {
        *self.held.borrow_mut() = Some(held.clone());
        held
    }

    /// The keys in the database.
    async fn kept(&self) -> Result<Option<Held>, Error> {
        let row = self
            .store
            .read(async |db| {
                db.first(
                    "SELECT keys, fetched_at FROM published_keys
                     WHERE url = ?1 AND keys IS NOT NULL AND fetched_at IS NOT NULL",
                    [(&self.from.url).into()],
                )
                .await
            })
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (keys, fetched_at) = (row.text(0)?, row.integer(1)?);
        // Only what could be read was kept; by a newer version perhaps.
        Ok(self.held_of(keys, fetched_at).ok())
    }

    /// Whether it is this one's turn to go for keys.
    async fn may_ask(&self) -> Result<bool, Error> {
        let now = self.now();
        let claimed = self
            .store
            .write(async |tx| {
                // Another URL's keys are nobody's here.
                tx.query(
                    "INSERT INTO published_keys (one, url, asked_at) VALUES (1, ?1, ?2)
                     ON CONFLICT (one) DO UPDATE SET
                         url = excluded.url,
                         asked_at = excluded.asked_at,
                         keys = iif(url = excluded.url, keys, NULL),
                         fetched_at = iif(url = excluded.url, fetched_at, NULL)
                     WHERE url <> excluded.url OR asked_at <= ?3 OR asked_at > ?2
                     RETURNING 1",
                    [(&self.from.url).into(), now.into(), (now - PAUSE).into()],
                )
                .await
            })
            .await?;
        Ok(!claimed.is_empty())
    }

    /// Fetches and keeps the keys. None: they cannot be had, which the log hears of.
    async fn fetch(&self) -> Result<Option<Held>, Error> {
        let now = self.now();
        let fetched = (self.from.fetch)(self.from.url.clone()).await;
        let fetched = fetched.and_then(|keys| {
            let held = self.held_of(&keys, now)?;
            Ok((keys, held))
        });
        let (keys, held) = match fetched {
            Ok(fetched) => fetched,
            Err(why) => {
                self.logger.warn(
                    "the keys of tokens cannot be had: see jwks_url and jwks_origin",
                    &[("url", self.from.url.as_str().into()), ("why", why.into())],
                );
                return Ok(None);
            }
        };
        self.store
            .write(async |tx| {
                tx.execute(
                    "UPDATE published_keys SET keys = ?2, fetched_at = ?3 WHERE url = ?1",
                    [(&self.from.url).into(), keys.into(), now.into()],
                )
                .await
            })
            .await?;
        Ok(Some(self.hold(held)))
    }

    fn held_of(&self, keys: &str, fetched_at: i64) -> Result<Held, String> {
        let keys = KeySet::parse(keys.as_bytes()).map_err(|error| error.to_string())?;
        let set = |text: &'_ str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (issuer, audience) = (set(&self.from.issuer), set(&self.from.audience));
        Ok(Held {
            verifier: TokenVerifier::published(keys, issuer.as_deref(), audience.as_deref()),
            fetched_at,
        })
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}
