//! The one place where the host asks what time it is.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// The time by the system's clock.
pub fn system_time() -> SystemTime {
    #[expect(
        clippy::disallowed_methods,
        reason = "the host's one source of the time"
    )]
    SystemTime::now()
}

/// The time in UTC by the system's clock.
pub fn now() -> DateTime<Utc> {
    system_time().into()
}
