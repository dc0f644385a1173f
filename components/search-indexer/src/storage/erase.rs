//! What there is of a user.

use super::{documents, index, rebuild, users};
use duebell_erasures::{Left, Order};
use duebell_store::{Error, Tx, inbox};

/// How many documents one transaction deletes.
const MOST: u32 = 500;

/// Deletes a part of it: first the documents, then the user, then the words that the
/// index has still to forget.
///
/// # Errors
/// The database's.
pub(crate) async fn erase(tx: &Tx<'_>, order: &Order) -> Result<Left, Error> {
    rebuild::forget_user(tx, &order.user_id).await?;
    if let Some(number) = users::number(tx, &order.user_id).await? {
        let ids = documents::of_user(tx, number, MOST).await?;
        if ids.is_empty() {
            users::remove(tx, number).await?;
        }
        index::remove(tx, &ids).await?;
        documents::remove(tx, &ids).await?;
        return Ok(Left::More);
    }
    if order.delete_rows(tx, inbox::ERASE).await? == Left::More {
        return Ok(Left::More);
    }
    Ok(if index::merge(tx).await? {
        Left::More
    } else {
        Left::Nothing
    })
}
