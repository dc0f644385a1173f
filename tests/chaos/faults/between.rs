//! What becomes of deliveries and jobs between sidecar and app.

use super::{Progress, last};
use crate::{
    harness::{Body, Forward, Meddler, whole},
    history::{History, now},
    plan::{Class, Faults},
    random::Random,
};
use bytes::Bytes;
use hyper::{Request, Response};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::sleep;

/// What stands between sidecar and app.
#[derive(Clone)]
pub(crate) struct Between(Arc<Mutex<State>>);

struct State {
    class: Option<Class>,
    random: Random,
    /// How often it struck since it was set.
    struck: usize,
}

impl Between {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            class: None,
            random: Random::new(0),
            struck: 0,
        })))
    }

    /// For the harness, which has it stand there.
    pub(crate) fn meddler(&self) -> Meddler {
        let between = self.clone();
        Arc::new(move |forward, port, request| {
            let between = between.clone();
            Box::pin(async move { between.meddle(&forward, port, request).await })
        })
    }

    /// Strikes until the clients are done and each class has struck.
    pub(crate) async fn befall(self, history: History, plan: Faults, progress: &Progress) {
        let mut struck = BTreeSet::new();
        for planned in plan {
            if progress.are_clients_done()
                && Class::BETWEEN.iter().all(|class| struck.contains(class))
            {
                break;
            }
            sleep(planned.after).await;
            let from = now();
            self.set(Some(planned.class), planned.random);
            let times = last(&planned, || self.0.lock().unwrap().struck).await;
            self.set(None, 0);
            history.fault(planned.class.name(), from, times, "");
            if times > 0 {
                struck.insert(planned.class);
            }
        }
        progress.lane_done();
    }

    fn set(&self, class: Option<Class>, seed: u64) {
        *self.0.lock().unwrap() = State {
            class,
            random: Random::new(seed),
            struck: 0,
        };
    }

    /// What befalls a request of this path, and randomness for it.
    fn befalls(&self, path: &str) -> (Option<Class>, Random) {
        let mut state = self.0.lock().unwrap();
        let random = Random::new(state.random.next());
        let is_delivery = path.starts_with("/events/");
        let is_job = path.starts_with("/job/");
        let class = state.class.filter(|class| match class {
            Class::DeliveriesRepeated | Class::DeliveriesDelayed | Class::DeliveriesReordered => {
                is_delivery
            }
            // Whoever loses a dead letter loses it: nobody else has published it.
            Class::DeliveriesLost => is_delivery && !path.ends_with("-dlq"),
            Class::JobsLost | Class::JobsTwice => is_job,
            _ => false,
        });
        (class, random)
    }

    fn struck(&self) {
        self.0.lock().unwrap().struck += 1;
    }

    async fn meddle(&self, forward: &Forward, to: u16, request: Request<Bytes>) -> Response<Body> {
        let (class, mut random) = self.befalls(request.uri().path());
        let span = |milliseconds: i64| Duration::from_millis(milliseconds.unsigned_abs());
        match class {
            Some(Class::DeliveriesRepeated) => {
                self.struck();
                let (again, onward) = (request.clone(), forward.clone());
                let later = span(random.between(0, 1_500));
                tokio::spawn(async move {
                    sleep(later).await;
                    onward.to(to, again).await;
                });
                forward.to(to, request).await
            }
            Some(Class::DeliveriesDelayed) => {
                self.struck();
                sleep(span(random.between(200, 3_000))).await;
                forward.to(to, request).await
            }
            Some(Class::DeliveriesReordered) => {
                // Meanwhile others overtake it, and more gather for the next bulk.
                sleep(span(random.between(0, 700))).await;
                let (request, turned) = turn_around(request);
                if turned {
                    self.struck();
                }
                forward.to(to, request).await
            }
            Some(Class::DeliveriesLost) if random.percent(40) => {
                self.struck();
                all_done(request.body())
            }
            Some(Class::JobsLost) if random.percent(70) => {
                self.struck();
                all_done(request.body())
            }
            Some(Class::JobsTwice) => {
                self.struck();
                let again = forward.to(to, request.clone());
                tokio::join!(forward.to(to, request), again).0
            }
            _ => forward.to(to, request).await,
        }
    }
}

/// The last entry of a bulk first; whether there was more than one.
fn turn_around(request: Request<Bytes>) -> (Request<Bytes>, bool) {
    let (parts, body) = request.into_parts();
    let mut delivery: Value = serde_json::from_slice(&body).unwrap_or_default();
    let entries = delivery["entries"].as_array_mut();
    let Some(entries) = entries.filter(|entries| entries.len() > 1) else {
        return (Request::from_parts(parts, body), false);
    };
    entries.reverse();
    let body = Bytes::from(delivery.to_string());
    (Request::from_parts(parts, body), true)
}

/// The answer that acknowledges all of it.
fn all_done(body: &[u8]) -> Response<Body> {
    let delivery: Value = serde_json::from_slice(body).unwrap_or_default();
    let entries = delivery["entries"].as_array().into_iter().flatten();
    let statuses: Vec<Value> = entries
        .map(|entry| json!({ "entryId": entry["entryId"], "status": "SUCCESS" }))
        .collect();
    let text = if statuses.is_empty() {
        String::new()
    } else {
        json!({ "statuses": statuses }).to_string()
    };
    let answer = Response::builder().header("content-type", "application/json");
    answer.body(whole(text)).unwrap()
}
