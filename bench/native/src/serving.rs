//! A component at work. Components are not `Send`: each has a thread of its own, and
//! requests are handed over.

use crate::{components, means::Means, streams};
use anyhow::Context;
use axum::body::Body;
use bytes::Bytes;
use duebell_edge::{protect, streaming::Answer};
use duebell_service::Problem;
use duebell_store::LocalFuture;
use http::{HeaderMap, Request, Response};
use std::rc::Rc;
use tokio::{
    sync::{mpsc, oneshot},
    task::LocalSet,
};

/// How many requests wait for a component before those who bring more have to wait.
const MOST_WAITING: usize = 1024;

/// A component as a function from request to answer.
pub(crate) struct Component {
    most_body: Box<dyn Fn(&HeaderMap) -> usize>,
    handle: Box<dyn Fn(Request<Bytes>) -> LocalFuture<'static, Answer>>,
}

impl Component {
    /// A component of this app, which takes bodies of `most_body` bytes.
    pub(crate) fn new<A: 'static, R: Into<Answer>>(
        app: A,
        most_body: impl Fn(&A, &HeaderMap) -> usize + 'static,
        handle: impl AsyncFn(&A, Request<Bytes>) -> R + Clone + 'static,
    ) -> Self {
        let app = Rc::new(app);
        let same = Rc::clone(&app);
        Self {
            most_body: Box::new(move |headers| most_body(&same, headers)),
            handle: Box::new(move |request| {
                let (app, handle) = (Rc::clone(&app), handle.clone());
                Box::pin(async move { handle(&app, request).await.into() })
            }),
        }
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Body> {
        let most = (self.most_body)(request.headers());
        let answer = if request.body().len() > most {
            Problem::body_too_large(most).into_response().into()
        } else {
            (self.handle)(request).await
        };
        match answer {
            Answer::Whole(response) => whole(response),
            Answer::Streamed(mut head, pour) => {
                protect(head.headers_mut());
                head.map(|()| streams::body(pour))
            }
        }
    }
}

/// An answer that is complete.
pub(crate) fn whole(mut response: Response<Bytes>) -> Response<Body> {
    protect(response.headers_mut());
    response.map(Body::from)
}

/// A request, and where its answer goes.
type Asked = (Request<Bytes>, oneshot::Sender<Response<Body>>);

/// The way to a component.
#[derive(Clone)]
pub(crate) struct Handle(mpsc::Sender<Asked>);

impl Handle {
    /// The component's answer; none if it has ended.
    pub(crate) async fn ask(&self, request: Request<Bytes>) -> Option<Response<Body>> {
        let (answer, answered) = oneshot::channel();
        self.0.send((request, answer)).await.ok()?;
        answered.await.ok()
    }
}

/// Starts the component with this id of spin.toml.
pub(crate) fn start(id: &str, means: &Means) -> anyhow::Result<Handle> {
    let (id, make) = components::find(id)?;
    let means = means.clone();
    let (handle, requests) = mpsc::channel(MOST_WAITING);
    let (ready, made) = std::sync::mpsc::sync_channel(1);
    std::thread::Builder::new()
        .name(id.to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            // Whoever waits for the word hears of the end as well.
            match runtime {
                Ok(runtime) => {
                    let serving = serve(id, make, &means, requests, ready);
                    LocalSet::new().block_on(&runtime, serving);
                }
                Err(error) => drop(ready.send(Err(error.into()))),
            }
        })?;
    made.recv()
        .context("its thread has ended")?
        .with_context(|| format!("{id} cannot start"))?;
    Ok(Handle(handle))
}

async fn serve(
    id: &'static str,
    make: components::Make,
    means: &Means,
    mut requests: mpsc::Receiver<Asked>,
    ready: std::sync::mpsc::SyncSender<anyhow::Result<()>>,
) {
    let component = match make(id, means) {
        Ok(component) => Rc::new(component),
        Err(error) => return drop(ready.send(Err(error))),
    };
    drop(ready.send(Ok(())));
    while let Some((request, answer)) = requests.recv().await {
        let component = Rc::clone(&component);
        tokio::task::spawn_local(async move {
            // A client that is gone needs no answer.
            let _ = answer.send(component.answer(request).await);
        });
    }
}
