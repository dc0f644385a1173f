//! Whatever is delivered, in whatever order, late, twice or not at all: each event takes
//! effect once.

use crate::consumer::{Consumer, event};
use duebell_dapr::Answer;
use futures::executor::block_on;
use proptest::prelude::*;
use std::collections::BTreeMap;

const USERS: [&str; 3] = ["ann", "bob", "cat"];

/// What may happen.
#[derive(Clone, Debug)]
enum Step {
    /// A user's events go on by so many.
    Publish(usize, u64),
    /// A batch is delivered: of users, each with one of their events, whatever it is.
    Deliver(Vec<(usize, prop::sample::Index)>),
    /// The cron binding ticks.
    Sweep,
    /// The publisher is away, or back.
    Away(bool),
    /// One event fails from now on.
    Fail(usize, prop::sample::Index),
    /// One event traps from now on, and all that is under way with it.
    Trap(usize, prop::sample::Index),
    /// Nothing fails any more.
    Mend,
}

/// What may happen while all goes well but for the transport: it loses, repeats and
/// reorders.
fn transport() -> impl Strategy<Value = Step> {
    let some = (0..USERS.len(), any::<prop::sample::Index>());
    prop_oneof![
        3 => (0..USERS.len(), 1_u64..5).prop_map(|(user, more)| Step::Publish(user, more)),
        6 => prop::collection::vec(some, 1..6).prop_map(Step::Deliver),
        1 => Just(Step::Sweep),
    ]
}

/// That, and what else may go wrong.
fn trouble() -> impl Strategy<Value = Step> {
    let some = || (0..USERS.len(), any::<prop::sample::Index>());
    prop_oneof![
        8 => transport(),
        1 => any::<bool>().prop_map(Step::Away),
        1 => some().prop_map(|(user, which)| Step::Fail(user, which)),
        1 => some().prop_map(|(user, which)| Step::Trap(user, which)),
        2 => Just(Step::Mend),
    ]
}

/// A consumer, and what it is to have seen.
struct World {
    consumer: Consumer,
    published: BTreeMap<usize, u64>,
}

impl World {
    fn after(steps: Vec<Step>) -> Self {
        let mut world = Self {
            consumer: Consumer::new(),
            published: BTreeMap::new(),
        };
        for step in steps {
            world.take(step);
        }
        world
    }

    /// One of a user's events, if there is any.
    fn one(&self, user: usize, which: prop::sample::Index) -> Option<(&'static str, u64)> {
        let published = *self.published.get(&user)?;
        let number = which.index(usize::try_from(published).unwrap()) as u64 + 1;
        Some((USERS[user], number))
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Publish(user, more) => {
                let head = self.published.entry(user).or_default();
                *head += more;
                self.consumer.publisher.publish(USERS[user], *head);
            }
            Step::Deliver(places) => {
                let events: Vec<String> = places
                    .into_iter()
                    .filter_map(|(user, which)| self.one(user, which))
                    .map(|(user, number)| event(user, number))
                    .collect();
                if let Some(answers) = self.consumer.deliver_until_trap(&events) {
                    assert_eq!(answers.len(), events.len());
                }
            }
            Step::Sweep => drop(self.consumer.sweep_until_trap()),
            Step::Away(away) => self.consumer.publisher.away(away),
            Step::Fail(user, which) => {
                if let Some((user, number)) = self.one(user, which) {
                    self.consumer.handler.fail(&format!("{user} {number}"));
                }
            }
            Step::Trap(user, which) => {
                if let Some((user, number)) = self.one(user, which) {
                    self.consumer.handler.trap(&format!("{user} {number}"));
                }
            }
            Step::Mend => self.consumer.handler.mend(),
        }
    }

    /// All is well again: sweeps come until nothing is missing, and what was given up
    /// is replayed.
    fn recover(&self) {
        self.consumer.handler.mend();
        self.consumer.publisher.away(false);
        // The first may only learn of what the next heals.
        let mut quiet = 0;
        while quiet < 2 {
            let healed = block_on(self.consumer.sweep()).healed;
            quiet = if healed == 0 { quiet + 1 } else { 0 };
        }
        for (user, number) in self.all() {
            let key = format!("task-events/task.created/{user}-{number}");
            let known = self.consumer.inbox(&key).unwrap();
            if known["state"] == "dropped" {
                let replayed = self.consumer.replay(&event(user, number)).unwrap();
                assert_eq!(replayed["outcome"], "done");
            }
        }
    }

    /// All events that were published.
    fn all(&self) -> Vec<(&'static str, u64)> {
        let each = self.published.iter();
        each.flat_map(|(user, head)| (1..=*head).map(|number| (USERS[*user], number)))
            .collect()
    }

    /// The effects of each user's events, in their order.
    fn effects(&self) -> BTreeMap<String, Vec<u64>> {
        let mut effects: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for effect in block_on(self.consumer.effects()) {
            let (user, number) = effect.split_once(' ').unwrap();
            let of_user = effects.entry(user.to_owned()).or_default();
            of_user.push(number.parse().unwrap());
        }
        effects
    }

    /// The effects that there have to be, each once.
    fn expected(&self) -> BTreeMap<String, Vec<u64>> {
        let mut expected: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (user, number) in self.all() {
            expected.entry(user.to_owned()).or_default().push(number);
        }
        expected
    }
}

proptest! {
    // Each case waits for a disk.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_a_transport_does_to_events_changes_neither_their_number_nor_their_order(
        steps in prop::collection::vec(transport(), 1..20),
    ) {
        let world = World::after(steps);
        world.recover();
        prop_assert_eq!(world.effects(), world.expected());
    }

    #[test]
    fn whatever_goes_wrong_each_event_takes_effect_once(
        steps in prop::collection::vec(trouble(), 1..25),
    ) {
        let world = World::after(steps);
        world.recover();
        let mut effects = world.effects();
        effects.values_mut().for_each(|numbers| numbers.sort_unstable());
        prop_assert_eq!(effects, world.expected());
        // And all of it is known to be done, whatever comes again.
        for (user, number) in world.all() {
            let answers = block_on(world.consumer.deliver(&[event(user, number)]));
            prop_assert_eq!(answers, [Answer::AlreadyDone]);
        }
    }
}
