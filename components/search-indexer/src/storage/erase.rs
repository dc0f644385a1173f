//! What there is of a user.

use super::{documents, index, rebuild, users};
use duebell_erasures::{Left, Order, delete};
use duebell_store::{Error, Store, Tx, inbox};

/// How many documents one transaction deletes.
const MOST: u32 = 500;

/// Deletes it, and has the index forget its words.
///
/// # Errors
/// The database's.
pub(crate) async fn erase(store: &Store, order: &Order) -> Result<Left, Error> {
    match delete(store, order, &part).await? {
        Left::Nothing => {}
        left => return Ok(left),
    }
    match store.read(async |db| index::forget(db).await).await {
        Ok(()) => Ok(Left::Nothing),
        Err(Error::Busy) => Ok(Left::Waits("the index is in use")),
        Err(error) => Err(error),
    }
}

/// Deletes a part of it: first the documents, then the user, then the words that the
/// index has still to forget.
async fn part(tx: &Tx<'_>, order: &Order) -> Result<Left, Error> {
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
