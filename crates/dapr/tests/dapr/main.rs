//! The client and the deliveries, against answers as a real sidecar gives them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod calls;
mod deliveries;
mod publishing;

use std::cell::RefCell;
use std::collections::VecDeque;

use bytes::Bytes;
use duebell_dapr::{Sidecar, Transport, TransportError};
use http::{Request, Response};

/// A sidecar that answers what it was told to, and keeps what it was asked.
#[derive(Default)]
struct Scripted {
    answers: RefCell<VecDeque<Result<Response<Bytes>, TransportError>>>,
    asked: RefCell<Vec<Request<Bytes>>>,
}

impl Scripted {
    fn answering(status: u16, body: &str) -> Self {
        let response = Response::builder()
            .status(status)
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        Self::with(Ok(response))
    }

    fn with(answer: Result<Response<Bytes>, TransportError>) -> Self {
        Self {
            answers: RefCell::new(VecDeque::from([answer])),
            asked: RefCell::default(),
        }
    }

    fn sidecar(&self) -> Sidecar<&Self> {
        Sidecar::new("http://127.0.0.1:3500/", Some("secret".to_owned()), self)
    }

    /// The only request: `POST /path?query body`.
    fn asked(&self) -> String {
        let asked = self.asked.borrow();
        let [request] = asked.as_slice() else {
            panic!("{} requests were sent", asked.len());
        };
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        let path = request.uri().path_and_query().unwrap();
        format!("{} {path} {body}", request.method())
    }

    fn header(&self, name: &str) -> Option<String> {
        let asked = self.asked.borrow();
        let value = asked.first()?.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    }
}

impl Transport for Scripted {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.asked.borrow_mut().push(request);
        self.answers.borrow_mut().pop_front().unwrap()
    }
}
