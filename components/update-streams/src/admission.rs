//! How many connections there may be. Streams pin instances of the component, and all
//! components of an app share what a host can hold: too many streams would take down
//! whatever else there is.

use crate::app::App;
use duebell_edge::Failure;
use duebell_erasures::must_not_be_erased;
use duebell_service::Problem;
use duebell_updates::connections::{self, Admission, Connection, Most};

/// How many instances may hold streams. Spin has a thousand for the whole app; an
/// instance that holds one stream is kept as long as that lasts.
pub(crate) const MOST_INSTANCES: i64 = 250;

/// After how many seconds a refused client may try again: when streams that were lost
/// are no longer counted.
const RETRY_AFTER: u32 = 15;

/// Counts a connection that is to be opened. With the first WebSocket, broadcasts
/// begin.
///
/// # Errors
/// 429 if the user has too many, 503 if there are too many in all, 403 if the user was
/// erased.
pub(crate) async fn admit(app: &App, connection: &Connection) -> Result<(), Failure> {
    let now = app.now();
    let admission = app
        .store
        .read(async |db| connections::has_room(db, now, connection, app.most).await)
        .await?;
    must_be_admitted(admission, app.most)?;
    let admission = app
        .store
        .write(async |tx| {
            must_not_be_erased(tx, &connection.user_id).await?;
            let first =
                connection.instance.is_none() && !connections::has_websockets(tx, now).await?;
            if first {
                duebell_updates::broadcasts::begin_now(tx).await?;
            }
            Ok::<_, Failure>(connections::admit(tx, now, connection, app.most).await?)
        })
        .await?;
    Ok(must_be_admitted(admission, app.most)?)
}

fn must_be_admitted(admission: Admission, most: Most) -> Result<(), Problem> {
    match admission {
        Admission::Admitted => Ok(()),
        Admission::UserHasTooMany => Err(Problem::too_many(
            format!(
                "You have {} open streams and WebSockets, which is the most: close one. One that was lost counts for some seconds more.",
                most.of_a_user
            ),
            RETRY_AFTER,
        )),
        Admission::TooMany => Err(Problem::busy(RETRY_AFTER)),
    }
}
