//! A Dapr client for Spin components, over the sidecar's HTTP interface.
//!
//! Out: a [`Sidecar`] publishes, schedules jobs and calls bindings, over any
//! [`Transport`]; in a component that is `SpinTransport`. In: [`Deliveries`] reads
//! what the sidecar posts to a subscription's route, [`Answer`] is what it is told,
//! and [`token_matches`] says whether it was the sidecar at all.
//!
//! It follows Dapr 1.18 as it is, where its documents say otherwise. It must never
//! know what events are about: bodies are bytes.
//!
//! ```
//! use bytes::Bytes;
//! use duebell_dapr::{Message, Sidecar, SidecarError, Transport, TransportError};
//!
//! struct Recorded;
//!
//! impl Transport for Recorded {
//!     async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
//!         assert_eq!(
//!             request.uri(),
//!             "http://127.0.0.1:3500/v1.0/publish/pubsub/news?metadata.partitionKey=alice"
//!         );
//!         Ok(http::Response::new(Bytes::new()))
//!     }
//! }
//!
//! # fn main() -> Result<(), SidecarError> {
//! # futures::executor::block_on(async {
//! let sidecar = Sidecar::new("http://127.0.0.1:3500", None, Recorded);
//! let message = Message {
//!     body: Bytes::from_static(br#"{"said":"hello"}"#),
//!     content_type: "application/json".to_owned(),
//!     metadata: vec![("partitionKey".to_owned(), "alice".to_owned())],
//! };
//! sidecar.publish("pubsub", "news", &message).await
//! # })
//! # }
//! ```

mod answer;
mod binding;
mod deliveries;
mod error;
mod jobs;
mod publish;
mod sidecar;
#[cfg(target_family = "wasm")]
mod spin;
mod token;
mod transport;

pub use answer::{Answer, OUTCOME, bulk_response, single_response};
pub use deliveries::{Deliveries, NotADelivery};
pub use error::SidecarError;
pub use jobs::{FailurePolicy, Job, Scheduled};
pub use publish::{BulkEntry, BulkOutcome, FailedEntry, Message};
pub use sidecar::Sidecar;
#[cfg(target_family = "wasm")]
pub use spin::SpinTransport;
pub use token::{TOKEN, token_matches};
pub use transport::{Transport, TransportError};
