//! What there is of a user here.

use super::erasures::forget_operator;
use duebell_erasures::{Left, Order};
use duebell_store::{Error, Tx, outbox};

const ROWS: &[&str] = &[
    "DELETE FROM reminders WHERE id IN
         (SELECT id FROM reminders WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
    "DELETE FROM tasks WHERE id IN
         (SELECT id FROM tasks WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
    "DELETE FROM idempotency WHERE (user_id, path, key) IN
         (SELECT user_id, path, key FROM idempotency WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
];

/// Deletes a part of it.
///
/// # Errors
/// The database's.
pub(crate) async fn erase(tx: &Tx<'_>, order: &Order) -> Result<Left, Error> {
    forget_operator(tx, &order.user_id, &order.erasure_id).await?;
    order.delete_rows(tx, &[ROWS, outbox::ERASE].concat()).await
}
