//! What there is of a user.

use duebell_erasures::{Left, Order};
use duebell_store::{Error, Tx, inbox};

const ROWS: &[&str] = &[
    "DELETE FROM updates WHERE position IN
         (SELECT position FROM updates WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
    "DELETE FROM heads WHERE user_id IN
         (SELECT user_id FROM heads WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
    "DELETE FROM connections WHERE id IN
         (SELECT id FROM connections WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
    "DELETE FROM tickets WHERE hash IN
         (SELECT hash FROM tickets WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
];

/// Deletes a part of it. Whoever holds a stream sees the note, and ends it.
///
/// # Errors
/// The database's.
pub async fn erase(tx: &Tx<'_>, order: &Order) -> Result<Left, Error> {
    let statements = [ROWS, inbox::ERASE].concat();
    order.delete_rows(tx, &statements).await
}
