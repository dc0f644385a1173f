//! The jobs that wake us, as the scheduler keeps them.

use crate::storage::reminders::Key;
use duebell_dapr::{FailurePolicy, Job};
use duebell_events::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// How many digits of the user's hash a job's name holds.
const DIGITS: usize = 16;

/// What a job brings back: which reminder it is for. When that rings, our own
/// table says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Call {
    /// Whose reminder it is.
    pub(crate) user_id: String,
    /// The reminder.
    pub(crate) reminder_id: i64,
}

impl Call {
    /// What is for the reminder with this key.
    pub(crate) fn of(key: &Key) -> Self {
        Self {
            user_id: key.user_id.clone(),
            reminder_id: key.reminder_id,
        }
    }
}

/// The name of a reminder's job: always the same, so that scheduling it twice
/// leaves one. Users' own names are not for others to read, and may hold what a
/// job's name cannot; a hash of them keeps two users' reminders apart.
pub(crate) fn name(key: &Key) -> String {
    let mut name = format!("reminder-{}-", key.reminder_id);
    for byte in Sha256::digest(key.user_id.as_bytes())
        .iter()
        .take(DIGITS / 2)
    {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// The job that wakes us when a reminder's time has come.
///
/// # Errors
/// The key cannot be written as JSON.
pub(crate) fn job(key: &Key, remind_at: Timestamp) -> Result<Job, serde_json::Error> {
    Ok(Job {
        due_time: Some(remind_at.to_string()),
        data: serde_json::to_value(Call::of(key))?,
        // What was scheduled before under this name was for another time.
        overwrite: true,
        failure_policy: Some(FailurePolicy::Constant {
            interval: "1s".to_owned(),
            max_retries: 5,
        }),
        ..Job::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(user: &str) -> Key {
        Key {
            user_id: user.to_owned(),
            reminder_id: 789,
        }
    }

    #[test]
    fn a_name_is_the_same_each_time_and_another_for_each_user() {
        assert_eq!(name(&key("alice")), "reminder-789-2bd806c97f0e00af");
        assert_ne!(name(&key("alice")), name(&key("bob")));
        let odd = name(&key("Ärger/|@\u{1F514}"));
        assert!(
            odd.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        );
    }

    #[test]
    fn a_job_brings_back_which_reminder_it_is_for() {
        let remind_at = Timestamp {
            microseconds: 1_768_482_000_123_456,
        };
        let job = job(&key("alice"), remind_at).unwrap();
        assert_eq!(
            serde_json::to_value(&job).unwrap(),
            serde_json::json!({
                "dueTime": "2026-01-15T13:00:00.123456Z",
                "data": { "user_id": "alice", "reminder_id": 789 },
                "overwrite": true,
                "failurePolicy": { "constant": { "interval": "1s", "maxRetries": 5 } },
            })
        );
        assert_eq!(
            serde_json::from_value::<Call>(job.data).unwrap(),
            Call::of(&key("alice"))
        );
    }
}
