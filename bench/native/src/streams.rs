//! Answers whose body goes on, from a component's thread to the client.

use axum::body::Body;
use bytes::Bytes;
use duebell_edge::streaming::{Closed, Pour, Sink};
use duebell_store::LocalFuture;
use http_body::Frame;
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// A body that `pour` writes, on the thread of whoever calls.
pub(crate) fn body(pour: Pour) -> Body {
    // A piece that waits here is one that the client has not taken yet.
    let (sender, pieces) = channel(1);
    tokio::task::spawn_local(pour(Box::new(Pieces(sender))));
    Body::new(Stream(pieces))
}

struct Pieces(Sender<Bytes>);

impl Sink for Pieces {
    fn write(&mut self, bytes: Bytes) -> LocalFuture<'_, Result<(), Closed>> {
        Box::pin(async move { self.0.send(bytes).await.map_err(|_| Closed) })
    }
}

struct Stream(Receiver<Bytes>);

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}
