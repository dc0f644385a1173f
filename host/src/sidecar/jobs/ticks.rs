//! When a job runs. Times are in milliseconds since 1970.

use chrono::{DateTime, Utc};

use super::job::FailurePolicy;
use super::times::millis;
use crate::sidecar::bindings::schedule::Schedule;

/// The most ticks that are caught up. Dapr's scheduler catches up all, one after the
/// other: after a day, or with a `dueTime` long ago, that is 86,400 calls for
/// `@every 1s`. Here the latest so many run; the ones before are left out, and do not
/// count as repeats.
const CAUGHT_UP: i64 = 100;

/// What decides when a job runs.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// None: once.
    pub(crate) schedule: Option<Schedule>,
    /// How often, at most.
    pub(crate) repeats: Option<u32>,
    /// The last moment for a tick.
    pub(crate) expires: Option<i64>,
}

/// What a job counts its ticks from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// The first tick is at this time.
    At(i64),
    /// The first tick is the schedule's first after this time.
    After(i64),
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The time of the current tick.
    pub(crate) tick: i64,
    /// When it is tried, or tried again.
    pub(crate) next: i64,
    /// The ticks before it.
    pub(crate) count: u32,
    /// Its failed attempts.
    pub(crate) attempts: u32,
}

/// What follows from a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterFailure {
    /// The tick is tried again.
    Again(State),
    /// The tick is dropped. The next one, if there is one.
    Dropped(Option<State>),
}

impl Rule {
    /// The first tick, if there is one.
    pub(crate) fn first(&self, begin: Begin) -> Option<State> {
        let tick = match begin {
            Begin::At(time) => time,
            Begin::After(time) => following(self.schedule.as_ref()?, time)?,
        };
        self.state(tick, 0)
    }

    /// The tick after this one, if there is one.
    pub(crate) fn after(&self, state: State, now: i64) -> Option<State> {
        let count = state.count.saturating_add(1);
        if self.repeats.is_some_and(|repeats| count >= repeats) {
            return None;
        }
        let schedule = self.schedule.as_ref()?;
        let next = following(schedule, state.tick)?;
        let until = self.expires.map_or(now, |expires| expires.min(now));
        self.state(caught_up(schedule, state.tick, next, until), count)
    }

    /// What becomes of a tick whose attempt has failed `now`.
    ///
    /// Dapr counts the interval from the tick; then a tick that is late, after a
    /// restart say, has all its attempts at once. So it is counted from the failure.
    pub(crate) fn after_failure(
        &self,
        policy: FailurePolicy,
        state: State,
        now: i64,
    ) -> AfterFailure {
        let attempts = state.attempts.saturating_add(1);
        match policy {
            FailurePolicy::Constant {
                interval,
                max_retries,
            } if max_retries.is_none_or(|most| attempts <= most) => {
                let wait = interval.map_or(0, |interval| interval.millis());
                AfterFailure::Again(State {
                    next: now.saturating_add(wait),
                    attempts,
                    ..state
                })
            }
            _ => AfterFailure::Dropped(self.after(state, now)),
        }
    }

    fn state(&self, tick: i64, count: u32) -> Option<State> {
        let is_over = self.expires.is_some_and(|expires| tick > expires);
        (!is_over).then_some(State {
            tick,
            next: tick,
            count,
            attempts: 0,
        })
    }
}

fn time(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
}

fn following(schedule: &Schedule, tick: i64) -> Option<i64> {
    schedule.next(time(tick)?).map(millis)
}

/// `next`, the tick after `last`, or the oldest that is still caught up at `now`.
fn caught_up(schedule: &Schedule, last: i64, next: i64, now: i64) -> i64 {
    match schedule {
        Schedule::Every(every) => {
            let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
            let missed = now.saturating_sub(last) / every;
            let left_out = missed.saturating_sub(CAUGHT_UP).max(0);
            next.saturating_add(left_out.saturating_mul(every))
        }
        Schedule::Fields(fields) => {
            let mut oldest = next;
            let mut from = time(now).map(|now| (now, true));
            for _ in 0..CAUGHT_UP {
                let before = from.and_then(|(time, inclusive)| {
                    fields.find_previous_occurrence(&time, inclusive).ok()
                });
                match before {
                    Some(tick) if millis(tick) > next => {
                        oldest = millis(tick);
                        from = Some((tick, false));
                    }
                    _ => return next, // It is not that far behind.
                }
            }
            oldest
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sidecar::jobs::duration::Duration;
    use crate::sidecar::jobs::schedule;

    fn rule(schedule: Option<&str>) -> Rule {
        Rule {
            schedule: schedule.map(|schedule| schedule::parse(schedule).unwrap()),
            repeats: None,
            expires: None,
        }
    }

    /// The ticks of a job that runs each in time.
    fn ticks(rule: &Rule, begin: Begin) -> Vec<i64> {
        let states =
            std::iter::successors(rule.first(begin), |state| rule.after(*state, state.tick));
        states.map(|state| state.tick).take(5).collect()
    }

    #[test]
    fn a_job_without_a_schedule_runs_once() {
        assert_eq!(ticks(&rule(None), Begin::At(1_234)), [1_234]);
    }

    #[test]
    fn a_schedule_starts_after_now_or_at_the_due_time() {
        let every = rule(Some("@every 2s"));
        assert_eq!(ticks(&every, Begin::After(500))[..3], [2_500, 4_500, 6_500]);
        assert_eq!(ticks(&every, Begin::At(700))[..3], [700, 2_700, 4_700]);
        let fields = rule(Some("*/10 * * * * *"));
        assert_eq!(ticks(&fields, Begin::After(500))[..2], [10_000, 20_000]);
        assert_eq!(
            ticks(&fields, Begin::At(9_700))[..3],
            [9_700, 10_000, 20_000]
        );
    }

    #[test]
    fn a_job_ends_with_its_repeats_or_its_ttl() {
        let every = rule(Some("@every 1s"));
        let thrice = Rule {
            repeats: Some(3),
            ..every.clone()
        };
        assert_eq!(ticks(&thrice, Begin::At(0)), [0, 1_000, 2_000]);
        let short = Rule {
            expires: Some(2_000),
            ..every
        };
        assert_eq!(ticks(&short, Begin::At(0)), [0, 1_000, 2_000]);
        assert_eq!(ticks(&short, Begin::After(1_500)), [0; 0]);
    }

    #[test]
    fn missed_ticks_run_one_by_one_the_latest_hundred_of_them() {
        for schedule in ["@every 1s", "* * * * * *"] {
            let rule = rule(Some(schedule));
            let mut state = rule.first(Begin::At(0)).unwrap();
            state = rule.after(state, 3_500).unwrap();
            assert_eq!((state.tick, state.count), (1_000, 1), "{schedule}");
            state = rule.after(state, 101_999).unwrap();
            assert_eq!(state.tick, 2_000, "{schedule}: 100 to go");
            state = rule.after(state, 1_000_000).unwrap();
            assert_eq!((state.tick, state.count), (901_000, 3), "{schedule}");
            let expired = Rule {
                expires: Some(950_000),
                ..rule
            };
            let last = expired.after(rule_state(0), 10_000_000).unwrap();
            assert_eq!(last.tick, 851_000, "{schedule}: those before the end");
        }
        let yearly = rule(Some("@yearly"));
        let late = yearly.after(rule_state(0), 2_000_000_000_000).unwrap();
        assert_eq!(late.tick, 365 * 86_400_000, "1971");
    }

    fn rule_state(tick: i64) -> State {
        State {
            tick,
            next: tick,
            count: 0,
            attempts: 0,
        }
    }

    #[test]
    fn a_failed_tick_is_tried_again_and_then_dropped() {
        let policy = FailurePolicy::Constant {
            interval: Some(Duration::from_secs(2)),
            max_retries: Some(1),
        };
        let every = rule(Some("@every 5s"));
        let first = every.first(Begin::At(0)).unwrap();
        let AfterFailure::Again(again) = every.after_failure(policy, first, 100) else {
            panic!("it is tried again");
        };
        assert_eq!((again.tick, again.next, again.attempts), (0, 2_100, 1));
        let next = State {
            tick: 5_000,
            next: 5_000,
            count: 1,
            attempts: 0,
        };
        let dropped = AfterFailure::Dropped(Some(next));
        assert_eq!(every.after_failure(policy, again, 2_200), dropped);
        assert_eq!(
            every.after_failure(FailurePolicy::Drop, first, 100),
            dropped
        );
        let once = rule(None);
        assert_eq!(
            once.after_failure(FailurePolicy::Drop, first, 100),
            AfterFailure::Dropped(None)
        );
        let endless = FailurePolicy::Constant {
            interval: None,
            max_retries: None,
        };
        let tired = State {
            attempts: u32::MAX,
            ..first
        };
        let again = State { next: 100, ..tired };
        assert_eq!(
            once.after_failure(endless, tired, 100),
            AfterFailure::Again(again)
        );
    }

    #[test]
    fn no_time_makes_it_panic() {
        let times = [i64::MIN, -1, 0, 1, 8_210_266_876_799_999, i64::MAX];
        for schedule in ["@every 1ms", "@every 1000000h", "* * * * * *", "@yearly"] {
            let rule = rule(Some(schedule));
            for tick in times {
                rule.first(Begin::After(tick));
                for now in times {
                    rule.after(rule_state(tick), now);
                }
            }
        }
    }
}
