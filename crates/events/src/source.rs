//! The CloudEvents sources of Duebell's own publishers. Each counts its events by
//! itself: a `sequence` is one of a source, a topic and a user.

/// What task-api publishes.
pub const TASK_API: &str = "/duebell/task-api";

/// What reminder-trigger publishes.
pub const REMINDER_TRIGGER: &str = "/duebell/reminder-trigger";

/// What notifier publishes.
pub const NOTIFIER: &str = "/duebell/notifier";

/// What dead-letters publishes.
pub const DEAD_LETTERS: &str = "/duebell/dead-letters";

/// What audit-sink publishes.
pub const AUDIT_SINK: &str = "/duebell/audit-sink";
