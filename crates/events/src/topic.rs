//! The topics.

use std::fmt;
use std::str::FromStr;

use crate::json::UnknownName;

/// A topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// `task-events`: what happened to tasks.
    TaskEvents,
    /// `reminder-events`: what happened to reminders.
    ReminderEvents,
    /// `task-updates`: what open clients must show.
    TaskUpdates,
    /// `audit-events`: what operators did, and checkpoints. Not the contract's: Duebell's
    /// own.
    AuditEvents,
}

impl Topic {
    /// Every topic, the contract's first, in its order.
    pub const ALL: &'static [Self] = &[
        Self::TaskEvents,
        Self::ReminderEvents,
        Self::TaskUpdates,
        Self::AuditEvents,
    ];

    /// The topic's name, as the broker knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TaskEvents => "task-events",
            Self::ReminderEvents => "reminder-events",
            Self::TaskUpdates => "task-updates",
            Self::AuditEvents => "audit-events",
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Topic {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .iter()
            .copied()
            .find(|topic| topic.as_str() == name)
            .ok_or_else(|| {
                UnknownName::new("topic", name, Self::ALL.iter().map(|topic| topic.as_str()))
            })
    }
}
