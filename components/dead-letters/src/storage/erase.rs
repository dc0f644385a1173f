//! What there is of a user.

use duebell_erasures::{Left, Order};
use duebell_store::{Dialect, Error, Tx, Value, outbox};

/// How many letters one transaction deletes: they may be long.
const MOST: usize = 200;

/// Deletes a part of it. Of events that nobody can read, it is those that have the user's
/// id somewhere, as JSON writes it.
///
/// # Errors
/// The database's.
pub(crate) async fn erase(tx: &Tx<'_>, order: &Order) -> Result<Left, Error> {
    let quoted = serde_json::Value::from(order.user_id.as_str()).to_string();
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let place = match tx.dialect() {
        Dialect::Sqlite => "instr(value, ?2)",
        Dialect::Postgres => "position(?2 IN value)",
    };
    let statement = format!(
        "DELETE FROM letters WHERE id IN
             (SELECT id FROM letters
              WHERE user_id = ?1 OR user_id IS NULL AND {place} > 0
              LIMIT ?3)
         RETURNING 1"
    );
    let parameters: [Value; 3] = [
        (&order.user_id).into(),
        quoted.into_bytes().into(),
        most.into(),
    ];
    let letters = tx.query(&statement, parameters).await?;
    let others = order.delete_rows(tx, outbox::ERASE).await?;
    Ok(if letters.len() >= MOST {
        Left::More
    } else {
        others
    })
}
