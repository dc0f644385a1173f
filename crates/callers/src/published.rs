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
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

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
    /// When this instance went for them last.
    asked_at: Cell<i64>,
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
            asked_at: Cell::new(i64::MIN),
        }
    }

    /// The user whose token these headers have, and until when it is valid.
    pub(crate) async fn check(
        &self,
        headers: &HeaderMap,
    ) -> Result<(User, DateTime<Utc>), Failure> {
        TokenVerifier::may_be_published(headers)?;
        let held = self.usable().await?;
        match held.verifier.check(headers, self.clock.now()) {
            Err(Refused::UnknownKey) => {}
            Err(Refused::Problem(problem)) => return Err(problem.into()),
            Ok(checked) => return Ok(checked),
        }
        // It may be signed with a key that was published since.
        let newer = match self.youngest().await {
            Some(known) if known.fetched_at > held.fetched_at => Some(known),
            _ if self.may_ask().await => self.fetch().await,
            _ => None,
        };
        let checked = match newer {
            Some(newer) => newer.verifier.check(headers, self.clock.now()),
            None => Err(Refused::UnknownKey),
        };
        checked.map_err(|refused| Problem::from(refused).into())
    }

    /// Keys that are young enough, or as young as can be had.
    async fn usable(&self) -> Result<Held, Failure> {
        let now = self.now();
        let fresh = |held: &Held| held.is_younger_than(FRESH, now);
        if let Some(held) = self.held.borrow().clone().filter(fresh) {
            return Ok(held);
        }
        let known = self.youngest().await;
        if let Some(known) = known.clone().filter(fresh) {
            return Ok(self.hold(known));
        }
        let old = known.filter(|known| known.is_younger_than(USABLE, now));
        if self.may_ask().await {
            return match self.fetch().await {
                Some(fetched) => Ok(fetched),
                None => old.ok_or_else(|| Problem::busy(RETRY_AFTER).into()),
            };
        }
        match old {
            Some(old) => Ok(old),
            None => self.anothers().await,
        }
    }

    /// The youngest keys that there are: another instance may have fetched some.
    async fn youngest(&self) -> Option<Held> {
        let held = self.held.borrow().clone();
        let kept = match self.kept().await {
            Ok(kept) => kept,
            Err(error) => {
                // With those in memory users are let in all the same.
                self.logger.warn(
                    "the keys of tokens cannot be read from the database",
                    &[("cause", error.to_string().into())],
                );
                None
            }
        };
        kept.into_iter()
            .chain(held)
            .max_by_key(|known| known.fetched_at)
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

    /// Whether it is this one's turn to go for keys. Where the database cannot say, it
    /// is this instance's: nobody is kept away for that.
    async fn may_ask(&self) -> bool {
        let now = self.now();
        if (0..PAUSE).contains(&now.saturating_sub(self.asked_at.get())) {
            return false;
        }
        let claimed = self.claim(now).await.unwrap_or_else(|error| {
            self.logger.warn(
                "whether another instance has gone for the keys of tokens is not known",
                &[("cause", error.to_string().into())],
            );
            true
        });
        if claimed {
            self.asked_at.set(now);
        }
        claimed
    }

    async fn claim(&self, now: i64) -> Result<bool, Error> {
        let parameters = || [(&self.from.url).into(), now.into(), (now - PAUSE).into()];
        // Whoever is not to go costs no write.
        let taken = self
            .store
            .read(async |db| {
                db.first(
                    "SELECT 1 FROM published_keys
                     WHERE url = ?1 AND asked_at > ?3 AND asked_at <= ?2",
                    parameters(),
                )
                .await
            })
            .await?;
        if taken.is_some() {
            return Ok(false);
        }
        let claimed = self
            .store
            .write(async |tx| {
                // Another URL's keys are nobody's here.
                tx.query(
                    "INSERT INTO published_keys (one, url, asked_at) VALUES (1, ?1, ?2)
                     ON CONFLICT (one) DO UPDATE SET
                         url = excluded.url,
                         asked_at = excluded.asked_at,
                         keys = CASE WHEN published_keys.url = excluded.url
                             THEN published_keys.keys END,
                         fetched_at = CASE WHEN published_keys.url = excluded.url
                             THEN published_keys.fetched_at END
                     WHERE published_keys.url <> excluded.url
                         OR published_keys.asked_at <= ?3 OR published_keys.asked_at > ?2
                     RETURNING 1",
                    parameters(),
                )
                .await
            })
            .await?;
        Ok(!claimed.is_empty())
    }

    /// Fetches and keeps the keys. None: they cannot be had, which the log hears of.
    async fn fetch(&self) -> Option<Held> {
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
                return None;
            }
        };
        let held = self.hold(held);
        let kept = self
            .store
            .write(async |tx| {
                tx.execute(
                    "UPDATE published_keys SET keys = ?2, fetched_at = ?3 WHERE url = ?1",
                    [(&self.from.url).into(), (&keys).into(), now.into()],
                )
                .await
            })
            .await;
        if let Err(error) = kept {
            self.logger.warn(
                "the keys of tokens were fetched for one instance alone",
                &[("cause", error.to_string().into())],
            );
        }
        Some(held)
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
