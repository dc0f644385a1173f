//! Orders: `POST /internal/<component>/erasures`, from task-api.
//!
//! The route is internal: whoever serves it checks the app's token first.

use crate::{note, scrub};
use bytes::Bytes;
use duebell_edge::Failure;
use duebell_service::{Problem, auth::is_user, body};
use duebell_store::{Error, Store, Tx};
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How many transactions one order makes; whoever gave it repeats it.
const MOST_ROUNDS: usize = 200;

/// How many rows of a kind one transaction deletes: so long every other writer waits.
const MOST_ROWS: usize = 1_000;

/// Who is to be erased.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Which erasure this is.
    pub erasure_id: String,
    /// The user.
    pub user_id: String,
}

/// Without the user: no log may have it.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("erasure_id", &self.erasure_id)
            .finish_non_exhaustive()
    }
}

/// What is left of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// There may be more.
    More,
    /// Something that cannot go yet. Says what.
    Waits(&'static str),
}

/// What is answered to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Whether nothing of the user is left. If not, the order is to be repeated.
    pub done: bool,
    /// What is waited for; null if nothing is.
    pub waiting_for: Option<String>,
}

impl Order {
    /// Deletes rows by these statements, each of which deletes at most `?2` rows of the
    /// user `?1` and returns one row for each.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_rows(&self, tx: &Tx<'_>, statements: &[&str]) -> Result<Left, Error> {
        let most = i64::try_from(MOST_ROWS).unwrap_or(i64::MAX);
        let mut left = Left::Nothing;
        for statement in statements {
            let parameters = [(&self.user_id).into(), most.into()];
            if tx.query(statement, parameters).await?.len() >= MOST_ROWS {
                left = Left::More;
            }
        }
        Ok(left)
    }
}

/// Does what an order asks for. `work` deletes a part of what the component has of the
/// user and says whether there is more.
///
/// # Errors
/// The order cannot be read, or the database's.
pub async fn erase(
    store: &Store,
    now: i64,
    order: &Bytes,
    work: impl AsyncFn(&Tx<'_>, &Order) -> Result<Left, Error>,
) -> Result<Response<Bytes>, Failure> {
    let rows = async |order: &Order| Ok(delete(store, order, &work).await?);
    erase_by(store, now, order, rows).await
}

/// The same where there is more to it than deleting rows: `delete` says what is left.
///
/// # Errors
/// The order cannot be read, the database's, or what `delete` returns.
pub async fn erase_by(
    store: &Store,
    now: i64,
    order: &Bytes,
    delete: impl AsyncFnOnce(&Order) -> Result<Left, Failure>,
) -> Result<Response<Bytes>, Failure> {
    let Some(order) = receive(store, now, order).await? else {
        return answer(Left::Nothing);
    };
    let left = match delete(&order).await? {
        Left::Nothing => scrub(store).await?,
        left => left,
    };
    if left == Left::Nothing {
        store
            .write(async |tx| {
                tx.execute(
                    "UPDATE erased_users SET done_at = ?2 WHERE erasure_id = ?1",
                    [(&order.erasure_id).into(), now.into()],
                )
                .await
            })
            .await?;
    }
    answer(left)
}

/// Reads an order and notes whom it is about; none if it has been done.
async fn receive(store: &Store, now: i64, order: &Bytes) -> Result<Option<Order>, Failure> {
    let order: Order = body::read_object(order)?;
    if !is_user(&order.user_id) {
        let detail = "user_id: this cannot be a user's.";
        return Err(Problem::malformed_json(detail).into());
    }
    let is_done = store
        .write(async |tx| {
            note(tx, now, &order).await?;
            let done = tx
                .first(
                    "SELECT 1 FROM erased_users WHERE erasure_id = ?1 AND done_at IS NOT NULL",
                    [(&order.erasure_id).into()],
                )
                .await?;
            Ok::<_, Error>(done.is_some())
        })
        .await?;
    Ok((!is_done).then_some(order))
}

/// Deletes in transactions that hold nobody up.
///
/// # Errors
/// The database's. What was deleted until then stays so.
pub async fn delete(
    store: &Store,
    order: &Order,
    work: &impl AsyncFn(&Tx<'_>, &Order) -> Result<Left, Error>,
) -> Result<Left, Error> {
    for _ in 0..MOST_ROUNDS {
        match store.write(async |tx| work(tx, order).await).await? {
            Left::More => {}
            left => return Ok(left),
        }
    }
    Ok(Left::More)
}

fn answer(left: Left) -> Result<Response<Bytes>, Failure> {
    let waiting_for = match left {
        Left::Nothing => None,
        Left::More => Some("there is more to delete".to_owned()),
        Left::Waits(what) => Some(what.to_owned()),
    };
    let body = Done {
        done: waiting_for.is_none(),
        waiting_for,
    };
    Ok(body::json_response(StatusCode::OK, &body)?)
}
