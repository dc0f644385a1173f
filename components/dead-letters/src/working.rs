//! Working on letters: asking why they were given up, and replaying them.

use crate::{
    storage::claims::{Claimed, Progress, claim_due, finish},
    subscribers::{Known, NoAnswer, Outcome, Replayed, State, Subscribers},
    telling::{Context, Done, tell},
};
use duebell_dapr::Transport;
use duebell_edge::{Failure, Spawn, Taken, Turn};
use duebell_service::{Clock, Entropy, Logger, TraceContext};
use duebell_store::Store;
use duebell_telemetry::{Report, Trouble};
use futures::future::join_all;
use std::rc::Rc;

/// How many letters are claimed, and worked on at once.
const SIDE_BY_SIDE: u32 = 8;

/// How many letters one run works on at most; the sweep goes on from there.
const MOST: usize = 200;

/// How long a letter waits for its first replay, in milliseconds; then twice as long
/// each time.
const FIRST_PAUSE: i64 = 5_000;

/// The longest pause, in milliseconds.
const LONGEST_PAUSE: i64 = 6 * 3600 * 1000;

/// How long after no answer a subscriber is asked again why, at most, in milliseconds.
const LONGEST_ASKING: i64 = 60_000;

/// Works on letters. One for each instance.
pub(crate) struct Worker<T> {
    pub(crate) store: Store,
    subscribers: Subscribers<T>,
    clock: Rc<dyn Clock>,
    entropy: Rc<dyn Entropy>,
    logger: Logger,
    turn: Rc<Turn>,
}

/// What a replay led to.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    pub(crate) outcome: Outcome,
    pub(crate) reason: Option<String>,
}

impl<T: Transport + 'static> Worker<T> {
    pub(crate) fn new(
        store: Store,
        subscribers: Subscribers<T>,
        clock: Rc<dyn Clock>,
        entropy: Rc<dyn Entropy>,
        logger: Logger,
    ) -> Self {
        Self {
            store,
            subscribers,
            clock,
            entropy,
            logger,
            turn: Rc::default(),
        }
    }

    /// Works after the answer, unless this instance is at it, which then looks again.
    pub(crate) fn work_in_background(self: &Rc<Self>, spawn: &Spawn) {
        let Some(taken) = self.turn.call() else {
            return;
        };
        let worker = Rc::clone(self);
        spawn(Box::pin(async move {
            if let Err(failure) = worker.run(&taken).await {
                worker.logger.error(
                    "dead letters could not be worked on",
                    &[("cause", format!("{failure:?}").into())],
                );
            }
        }));
    }

    /// Works on what is due, unless this instance is at it: for the sweep.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn sweep(&self) -> Result<(), Failure> {
        match self.turn.take() {
            Some(taken) => self.run(&taken).await,
            None => Ok(()),
        }
    }

    /// Works on what is due. Bounded.
    async fn run(&self, taken: &Taken) -> Result<(), Failure> {
        let mut worked = 0;
        while worked < MOST {
            taken.look();
            let now = self.now();
            let claimed = self
                .store
                .write(async |tx| claim_due(tx, now, SIDE_BY_SIDE).await)
                .await?;
            if claimed.is_empty() && !taken.is_called() {
                return Ok(());
            }
            worked += claimed.len();
            for outcome in join_all(claimed.iter().map(|one| self.work(one))).await {
                outcome?;
            }
        }
        Ok(())
    }

    /// Tells task-api how the component is.
    pub(crate) async fn tell_health(&self, troubles: &[Trouble]) {
        let report = Report::of(troubles);
        self.subscribers.report(&report, &self.logger).await;
    }

    async fn work(&self, claimed: &Claimed) -> Result<(), Failure> {
        if claimed.letter.reason.is_none() {
            return self.ask(claimed).await;
        }
        match self.replay(claimed, None).await? {
            Ok(tried) => self.say(claimed, &tried),
            Err(why) => self.say_no_answer(claimed, &why),
        }
        Ok(())
    }

    /// Asks the subscriber why it gave the event up.
    async fn ask(&self, claimed: &Claimed) -> Result<(), Failure> {
        let letter = &claimed.letter;
        let now = self.now();
        let trace = self.trace(claimed);
        let answer = self
            .subscribers
            .ask(&letter.subscriber, &claimed.key, trace)
            .await;
        let progress = match answer {
            Ok(Some(known)) if known.state == State::Done => Progress::Settled,
            Ok(known) => asked(known, claimed.flaw.as_deref(), now),
            Err(why) => {
                self.say_no_answer(claimed, &why);
                Progress::NoAnswer {
                    next_at: Some(now + pause(claimed.tries).min(LONGEST_ASKING)),
                }
            }
        };
        self.store
            .write(async |tx| finish(tx, now, claimed, &progress).await)
            .await?;
        Ok(())
    }

    /// Has the subscriber take the event once more, for `actor` or by itself.
    ///
    /// # Errors
    /// The inner error: there was no answer.
    pub(crate) async fn replay(
        &self,
        claimed: &Claimed,
        actor: Option<&str>,
    ) -> Result<Result<Tried, NoAnswer>, Failure> {
        let letter = &claimed.letter;
        let topic = letter.topic.as_deref().and_then(|topic| topic.parse().ok());
        let answer = match topic {
            Some(topic) => {
                let value = claimed.value.clone();
                self.subscribers
                    .replay(&letter.subscriber, topic, value, self.trace(claimed))
                    .await
            }
            None => Ok(Replayed {
                outcome: Outcome::Drop,
                reason: claimed.flaw.clone(),
            }),
        };
        let now = self.now();
        let next = now + pause(claimed.tries + 1);
        let (progress, tried) = match answer {
            Ok(replayed) => {
                let reason = replayed.reason.clone().unwrap_or_default();
                let progress = match replayed.outcome {
                    Outcome::Done | Outcome::AlreadyDone => Progress::Settled,
                    Outcome::Retry => Progress::Refused {
                        reason,
                        passing: true,
                        next_at: Some(next),
                    },
                    Outcome::Drop => Progress::Refused {
                        reason,
                        passing: false,
                        next_at: None,
                    },
                };
                let tried = Tried {
                    outcome: replayed.outcome,
                    reason: replayed.reason,
                };
                (progress, Ok(tried))
            }
            Err(why) => {
                // By itself only what would have been replayed by itself.
                let next_at = (letter.passing || letter.reason.is_none()).then_some(next);
                (Progress::NoAnswer { next_at }, Err(why))
            }
        };
        self.store
            .write(async |tx| {
                if !finish(tx, now, claimed, &progress).await? {
                    return Ok(());
                }
                let Ok(tried) = &tried else { return Ok(()) };
                // What failed again by itself is not worth an entry each time.
                if actor.is_none() && progress != Progress::Settled {
                    return Ok(());
                }
                let context = Context {
                    actor,
                    now: self.clock.now(),
                    entropy: &*self.entropy,
                    traceparent: claimed.traceparent.clone(),
                };
                let done = Done::Replayed(tried.outcome, tried.reason.as_deref());
                tell(tx, &context, letter, done).await
            })
            .await?;
        Ok(tried)
    }

    fn say(&self, claimed: &Claimed, tried: &Tried) {
        let letter = &claimed.letter;
        self.logger.for_trace(self.trace(claimed)).info(
            "a dead letter was replayed",
            &[
                ("id", letter.id.get().into()),
                ("subscriber", letter.subscriber.as_str().into()),
                ("outcome", tried.outcome.as_str().into()),
            ],
        );
    }

    fn say_no_answer(&self, claimed: &Claimed, why: &NoAnswer) {
        let letter = &claimed.letter;
        self.logger.for_trace(self.trace(claimed)).warn(
            "a subscriber could not be asked about a dead letter",
            &[
                ("id", letter.id.get().into()),
                ("subscriber", letter.subscriber.as_str().into()),
                ("why", why.to_string().into()),
            ],
        );
    }

    /// A place of our own in the trace of a letter's event.
    fn trace(&self, claimed: &Claimed) -> TraceContext {
        let parent = claimed.traceparent.as_deref().and_then(TraceContext::parse);
        parent.map_or_else(
            || TraceContext::random(&*self.entropy),
            |parent| parent.child(&*self.entropy),
        )
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

/// What the subscriber's answer means for a letter.
fn asked(known: Option<Known>, flaw: Option<&str>, now: i64) -> Progress {
    let Some(known) = known else {
        let reason = match flaw {
            Some(flaw) => format!("it was not delivered: {flaw}"),
            None => "no answer: no attempt was counted".to_owned(),
        };
        return Progress::Asked {
            reason,
            attempts: None,
            passing: false,
            next_at: None,
        };
    };
    let passing = known.passing && known.reason.is_some();
    Progress::Asked {
        reason: known.reason.unwrap_or_else(|| "no answer".to_owned()),
        attempts: Some(known.attempts),
        passing,
        next_at: passing.then_some(now + FIRST_PAUSE),
    }
}

/// How long to wait after so many tries, in milliseconds.
fn pause(tries: i64) -> i64 {
    let doublings = tries.saturating_sub(1).clamp(0, 20);
    (FIRST_PAUSE << doublings).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_seconds_to_hours() {
        let pauses: Vec<i64> = (1..=14).map(|tries| pause(tries) / 1000).collect();
        assert_eq!(
            pauses,
            [
                5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 21600
            ]
        );
        assert_eq!(pause(i64::MAX), LONGEST_PAUSE);
        assert_eq!(pause(i64::MIN + 1), FIRST_PAUSE);
    }
}
