//! Erasing a user from the audit: the chain stays, and verifies; whose it is and what it
//! told do not.

use duebell_erasures::{Left, Order, erasure_of, pseudonym};
use duebell_store::{Error, Tx, inbox};

/// How many entries one transaction erases.
const MOST: usize = 500;

/// Erases a part of it: events with their salts, and the user's id, for which the
/// erasure's stands from then on.
///
/// # Errors
/// The database's; the user was not noted as erased.
pub(crate) async fn erase(tx: &Tx<'_>, order: &Order) -> Result<Left, Error> {
    let erasure_id = erasure_of(tx, &order.user_id).await?;
    let erasure_id =
        erasure_id.ok_or_else(|| Error::Unexpected("an erasure was not noted".to_owned()))?;
    let name = pseudonym(&erasure_id);
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let entries = tx
        .query(
            "UPDATE entries SET user_id = ?2, salt = NULL, event = NULL
             WHERE (user_id, number) IN
                 (SELECT user_id, number FROM entries WHERE user_id = ?1 LIMIT ?3)
             RETURNING 1",
            [(&order.user_id).into(), (&name).into(), most.into()],
        )
        .await?;
    if entries.len() >= MOST {
        return Ok(Left::More);
    }
    tx.execute(
        "UPDATE chains SET user_id = ?2 WHERE user_id = ?1",
        [(&order.user_id).into(), name.into()],
    )
    .await?;
    order.delete_rows(tx, inbox::ERASE).await
}
