//! Faults between the app and its sidecar: what a publisher may meet.

use super::{
    eventually,
    forward::{self, Body, Forward},
};
use bytes::Bytes;
use hyper::{Request, Response};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// What becomes of the app's requests to its sidecar.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Fault {
    /// They are passed on.
    #[default]
    None,
    /// They are answered by this status and body.
    Answer(u16, &'static str),
    /// Those whose path begins like this are.
    AnswerOn(&'static str, u16),
    /// Those whose path begins like this are passed on, and answered by this status
    /// whatever came of it.
    UnansweredOn(&'static str, u16),
    /// They are passed on after this time.
    Late(Duration),
}

/// What stands between the app and its sidecar.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    fault: Fault,
    met: usize,
}

impl Faults {
    /// Passes on what is for the sidecar at port `to`, or does what is set. Says where
    /// it listens.
    pub(super) async fn in_front_of(&self, to: u16) -> u16 {
        let (faults, forward) = (self.clone(), Forward::default());
        forward::listen(move |request: Request<Bytes>| {
            let (faults, forward) = (faults.clone(), forward.clone());
            async move {
                match faults.meet(request.uri().path()) {
                    Fault::None => forward.to(to, request).await,
                    Fault::AnswerOn(_, status) => answer(status, ""),
                    Fault::UnansweredOn(_, status) => {
                        forward.to(to, request).await;
                        answer(status, "")
                    }
                    Fault::Late(by) => {
                        tokio::time::sleep(by).await;
                        forward.to(to, request).await
                    }
                    Fault::Answer(status, body) => answer(status, body),
                }
            }
        })
        .await
    }

    /// From now on.
    pub(crate) fn set(&self, fault: Fault) {
        *self.0.lock().unwrap() = State { fault, met: 0 };
    }

    /// Waits until a request has met what is set.
    pub(crate) async fn met(&self) {
        eventually("a request meets the fault", async || {
            (self.0.lock().unwrap().met > 0).then_some(())
        })
        .await;
    }

    /// How many have met what is set.
    pub(crate) fn meetings(&self) -> usize {
        self.0.lock().unwrap().met
    }

    /// What a request of this path meets.
    fn meet(&self, path: &str) -> Fault {
        let mut state = self.0.lock().unwrap();
        match state.fault {
            Fault::None => return Fault::None,
            Fault::AnswerOn(start, _) | Fault::UnansweredOn(start, _)
                if !path.starts_with(start) =>
            {
                return Fault::None;
            }
            _ => {}
        }
        state.met += 1;
        state.fault
    }
}

fn answer(status: u16, body: &'static str) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(forward::whole(body))
        .unwrap()
}
