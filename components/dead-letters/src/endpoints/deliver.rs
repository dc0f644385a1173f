//! `POST /events/dead-letters/<subscriber>-dlq`: records of a dead-letter topic.

use crate::{
    app::App,
    record::{Record, subscriber},
    storage::letters::keep,
};
use bytes::Bytes;
use duebell_dapr::{Answer, Transport, single_response};
use duebell_ids::DeadLetterId;
use duebell_service::random_u16;
use http::{Request, Response};

/// The topic of a record that the sidecar dropped, by the record's own headers.
const TOPIC: &str = "__topic";

/// The longest name of a subscriber, in bytes.
const MOST_NAME: usize = 256;

pub(crate) async fn deliver<T: Transport + 'static>(
    app: &App<T>,
    request: &Request<Bytes>,
    topic: &str,
) -> Response<Bytes> {
    let Some(subscriber) = subscriber(topic).filter(|name| name.len() <= MOST_NAME) else {
        // A subscription of another's making; what it brings is lost by no hand of ours.
        return retry(app, &format!("{topic:.100} is no dead-letter topic"));
    };
    let named = request.headers().get(TOPIC);
    let record = Record::read(request.body(), named.and_then(|name| name.to_str().ok()));
    let now = app.clock.now();
    let draw = || DeadLetterId::generate(now, random_u16(&*app.entropy));
    let kept = app
        .store
        .write(async |tx| keep(tx, now.timestamp_millis(), subscriber, &record, draw).await)
        .await;
    match kept {
        Ok(()) => {
            app.work();
            single_response(&Answer::Done)
        }
        Err(error) => retry(app, &error.to_string()),
    }
}

fn retry<T>(app: &App<T>, why: &str) -> Response<Bytes> {
    app.logger
        .warn("a dead letter was not kept yet", &[("why", why.into())]);
    single_response(&Answer::Retry(why.to_owned()))
}
