//! What there is of a user.

use duebell_erasures::{Left, Order};
use duebell_store::{Error, Tx, inbox};

/// Deletes a part of it.
///
/// # Errors
/// The database's.
pub(crate) async fn erase(tx: &Tx<'_>, order: &Order) -> Result<Left, Error> {
    // What is wanted names no user; task-api answers that the task is gone.
    order.delete_rows(tx, inbox::ERASE).await
}
