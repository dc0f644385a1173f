//! What there is of a user.

use duebell_erasures::{Left, Order};
use duebell_store::{Error, Tx, inbox, outbox};

/// What the scheduler has, or is being told, it has to forget first.
const ROWS: &[&str] = &[
    "UPDATE reminders SET state = 'cancelled', job = 'unwanted',
         claimed_until = CASE WHEN job IN ('set', 'checked') THEN 0 ELSE claimed_until END
     WHERE (user_id, reminder_id) IN
         (SELECT user_id, reminder_id FROM reminders
          WHERE user_id = ?1 AND job IN ('wanted', 'set', 'checked') LIMIT ?2)
     RETURNING 1",
    "DELETE FROM reminders WHERE (user_id, reminder_id) IN
         (SELECT user_id, reminder_id FROM reminders WHERE user_id = ?1 AND job = 'none' LIMIT ?2)
     RETURNING 1",
];

/// Deletes a part of it, but for reminders whose jobs the scheduler still has: those it
/// has the errands remove.
///
/// # Errors
/// The database's.
pub(crate) async fn erase(tx: &Tx<'_>, order: &Order) -> Result<Left, Error> {
    let statements = [ROWS, inbox::ERASE, outbox::ERASE].concat();
    if order.delete_rows(tx, &statements).await? == Left::More {
        return Ok(Left::More);
    }
    let row = tx
        .first(
            "SELECT 1 FROM reminders WHERE user_id = ?1 LIMIT 1",
            [(&order.user_id).into()],
        )
        .await?;
    Ok(match row {
        Some(_) => Left::Waits("the scheduler has still jobs to remove"),
        None => Left::Nothing,
    })
}
