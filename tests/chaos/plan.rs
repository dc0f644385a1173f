//! What will happen: made of the seed alone.

use crate::{random::Random, settings::Settings};
use std::time::Duration;

/// Clients of each user, that work side by side.
pub(crate) const CLIENTS: usize = 4;

/// Operations of one user, about: the log of updates keeps ten thousand.
const OF_A_USER: usize = 1_200;

/// So many times as many operations are planned as are asked for: clients go on for as
/// long as there are faults to come.
const AT_MOST: usize = 6;

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Create(New),
    Change(Field),
    Complete,
    Reopen,
    Delete,
    Remind,
    Forget,
    Read,
    /// Reads what is another user's.
    Peek,
    /// Completes the open task of a series.
    Recur,
}

/// What kind of task is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum New {
    Plain,
    /// Due soon, with reminders at times around now.
    Reminding,
    /// Due later, with a reminder that follows the due date.
    Due,
    /// One that comes again.
    Recurring,
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Title,
    Description,
    Priority,
    DueDate,
}

/// One operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// Its number, from 0.
    pub(crate) number: usize,
    pub(crate) user: usize,
    pub(crate) client: usize,
    /// When it begins, if the client is free.
    pub(crate) at: Duration,
    pub(crate) does: Does,
    /// With the version that was last seen.
    pub(crate) if_match: bool,
    /// With a key to repeat it by, if it is not answered.
    pub(crate) keyed: bool,
    /// Decides what else is to be decided.
    pub(crate) random: u64,
}

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    HostKilled,
    SidecarKilled,
    SchedulerKilled,
    BrokerKilled,
    Trap,
    DiskFull,
    DiskSlow,
    BrokerAway,
    PublishUnanswered,
    DatabaseBusy,
    DatabaseKilled,
    ClockForward,
    ClockBack,
    DeliveriesRepeated,
    DeliveriesDelayed,
    DeliveriesReordered,
    DeliveriesLost,
    JobsLost,
    JobsTwice,
}

impl Class {
    /// What befalls the parts of the system, one at a time.
    const EMBEDDED: &[Self] = &[
        Self::HostKilled,
        Self::SidecarKilled,
        Self::Trap,
        Self::DiskFull,
        Self::DiskSlow,
        Self::BrokerAway,
        Self::PublishUnanswered,
        Self::DatabaseBusy,
        Self::ClockForward,
        Self::ClockBack,
    ];

    /// The same of real ones: their clock cannot be set, but more can be killed.
    const REAL: &[Self] = &[
        Self::HostKilled,
        Self::SidecarKilled,
        Self::SchedulerKilled,
        Self::BrokerKilled,
        Self::Trap,
        Self::DiskFull,
        Self::DiskSlow,
        Self::BrokerAway,
        Self::PublishUnanswered,
        Self::DatabaseBusy,
    ];

    /// What befalls what the sidecar says to the app, beside those.
    pub(crate) const BETWEEN: &[Self] = &[
        Self::DeliveriesRepeated,
        Self::DeliveriesDelayed,
        Self::DeliveriesReordered,
        Self::DeliveriesLost,
        Self::JobsLost,
        Self::JobsTwice,
    ];

    /// Those that befall parts of a system like this. A disk that is full or slow is that of
    /// SQLite's files; a server can be killed.
    pub(crate) fn of_parts(real: bool, postgres: bool) -> Vec<Self> {
        let classes = if real { Self::REAL } else { Self::EMBEDDED };
        let mut classes = classes.to_vec();
        if postgres {
            classes.retain(|class| !matches!(class, Self::DiskFull | Self::DiskSlow));
            classes.push(Self::DatabaseKilled);
        }
        classes
    }

    /// Its name in a history.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HostKilled => "host-killed",
            Self::SidecarKilled => "sidecar-killed",
            Self::SchedulerKilled => "scheduler-killed",
            Self::BrokerKilled => "broker-killed",
            Self::Trap => "trap",
            Self::DiskFull => "disk-full",
            Self::DiskSlow => "disk-slow",
            Self::BrokerAway => "broker-away",
            Self::PublishUnanswered => "publish-unanswered",
            Self::DatabaseBusy => "database-busy",
            Self::DatabaseKilled => "database-killed",
            Self::ClockForward => "clock-forward",
            Self::ClockBack => "clock-back",
            Self::DeliveriesRepeated => "deliveries-repeated",
            Self::DeliveriesDelayed => "deliveries-delayed",
            Self::DeliveriesReordered => "deliveries-reordered",
            Self::DeliveriesLost => "deliveries-lost",
            Self::JobsLost => "jobs-lost",
            Self::JobsTwice => "jobs-twice",
        }
    }
}

/// A fault that is to come.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) class: Class,
    /// The pause before it.
    pub(crate) after: Duration,
    /// For how long it lasts.
    pub(crate) lasting: Duration,
    /// Decides what else is to be decided.
    pub(crate) random: u64,
}

/// Faults without end: each class once, in some order, then each again in another.
pub(crate) struct Faults {
    random: Random,
    classes: Vec<Class>,
    round: Vec<Class>,
}

impl Faults {
    fn new(seed: u64, classes: &[Class]) -> Self {
        Self {
            random: Random::new(seed),
            classes: classes.to_vec(),
            round: Vec::new(),
        }
    }
}

impl Iterator for Faults {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        if self.round.is_empty() {
            self.round.clone_from(&self.classes);
            self.random.shuffle(&mut self.round);
        }
        let class = self.round.pop()?;
        let span = |milliseconds: i64| Duration::from_millis(milliseconds.unsigned_abs());
        Some(Planned {
            class,
            after: span(self.random.between(200, 2_500)),
            lasting: span(self.random.between(1_500, 7_000)),
            random: self.random.next(),
        })
    }
}

/// All that will happen.
pub(crate) struct Plan {
    pub(crate) users: usize,
    pub(crate) operations: Vec<Operation>,
    /// What befalls the parts, one after the other.
    pub(crate) parts: Faults,
    /// What befalls deliveries and jobs meanwhile.
    pub(crate) between: Faults,
}

impl Plan {
    pub(crate) fn make(settings: &Settings) -> Self {
        let mut random = Random::new(settings.seed);
        let users = (settings.operations / OF_A_USER).clamp(3, 64);
        let step = settings.lasting / u32::try_from(settings.operations.max(1)).unwrap();
        let operations = (0..settings.operations * AT_MOST)
            .map(|number| Operation {
                number,
                user: random.below(users),
                client: random.below(CLIENTS),
                at: step * u32::try_from(number).unwrap(),
                does: does(&mut random),
                if_match: random.percent(30),
                keyed: random.percent(60),
                random: random.next(),
            })
            .collect();
        Self {
            users,
            operations,
            parts: Faults::new(
                random.next(),
                &Class::of_parts(settings.real, settings.postgres),
            ),
            between: Faults::new(random.next(), Class::BETWEEN),
        }
    }
}

fn does(random: &mut Random) -> Does {
    match random.below(100) {
        0..30 => Does::Create(match random.below(10) {
            0..3 => New::Plain,
            3..7 => New::Reminding,
            7..9 => New::Due,
            _ => New::Recurring,
        }),
        30..53 => Does::Change(random.pick(&[
            Field::Title,
            Field::Description,
            Field::Priority,
            Field::DueDate,
        ])),
        53..64 => Does::Complete,
        64..69 => Does::Reopen,
        69..74 => Does::Delete,
        74..81 => Does::Remind,
        81..85 => Does::Forget,
        85..93 => Does::Read,
        93..96 => Does::Peek,
        _ => Does::Recur,
    }
}
