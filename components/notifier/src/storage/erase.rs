//! What there is of a user.

use duebell_erasures::{Left, Order};
use duebell_store::{Error, Tx, inbox, outbox};

const ROWS: &[&str] = &[
    "DELETE FROM notifications WHERE (user_id, id) IN
         (SELECT user_id, id FROM notifications WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
    "DELETE FROM cancelled_reminders WHERE (user_id, reminder_id) IN
         (SELECT user_id, reminder_id FROM cancelled_reminders WHERE user_id = ?1 LIMIT ?2)
     RETURNING 1",
    "DELETE FROM closed_tasks WHERE (user_id, task_id) IN
         (SELECT user_id, task_id FROM closed_tasks WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
];

/// Deletes a part of it.
///
/// # Errors
/// The database's.
pub(crate) async fn erase(tx: &Tx<'_>, order: &Order) -> Result<Left, Error> {
    let statements = [ROWS, inbox::ERASE, outbox::ERASE].concat();
    order.delete_rows(tx, &statements).await
}
