//! Asking task-api for what is wanted.

use crate::storage::wanted::{Wanted, answered, any, claim, put_off};
use bytes::Bytes;
use duebell_dapr::{TOKEN, Transport};
use duebell_edge::{Spawn, Taken, Turn};
use duebell_service::{Clock, Entropy, Logger, TraceContext};
use duebell_store::{Error, Store};
use futures::future::join_all;
use http::{Request, StatusCode};
use std::rc::Rc;

/// How many are claimed, and asked for at once.
const SIDE_BY_SIDE: u32 = 16;

/// Asks task-api. One for each instance.
pub(crate) struct Asker<T> {
    store: Store,
    /// Where task-api is: an origin.
    task_api: String,
    token: String,
    transport: T,
    clock: Rc<dyn Clock>,
    entropy: Rc<dyn Entropy>,
    logger: Logger,
    turn: Rc<Turn>,
}

/// The trace in which a task was completed.
fn trace_of(wanted: &Wanted) -> Option<TraceContext> {
    wanted.traceparent.as_deref().and_then(TraceContext::parse)
}

impl<T: Transport + 'static> Asker<T> {
    pub(crate) fn new(
        store: Store,
        task_api: &str,
        token: String,
        transport: T,
        clock: Rc<dyn Clock>,
        entropy: Rc<dyn Entropy>,
        logger: Logger,
    ) -> Self {
        Self {
            store,
            task_api: task_api.trim_end_matches('/').to_owned(),
            token,
            transport,
            clock,
            entropy,
            logger,
            turn: Rc::default(),
        }
    }

    /// Asks after the answer, unless this instance is at it, which then looks again.
    pub(crate) fn ask_in_background(self: &Rc<Self>, spawn: &Spawn) {
        let Some(taken) = self.turn.call() else {
            return;
        };
        let asker = Rc::clone(self);
        spawn(Box::pin(async move {
            if let Err(error) = asker.run(&taken).await {
                asker.logger.error(
                    "next occurrences could not be asked for",
                    &[("cause", error.to_string().into())],
                );
            }
        }));
    }

    /// Asks for what is left: for the sweep. May run beside itself.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn sweep(&self) -> Result<(), Error> {
        match self.turn.take() {
            Some(taken) => self.run(&taken).await,
            None => Ok(()),
        }
    }

    async fn run(&self, taken: &Taken) -> Result<(), Error> {
        loop {
            taken.look();
            let now = self.now();
            // Most events want nothing, and to look costs less than to write.
            let claimed = if self.store.read(async |db| any(db, now).await).await? {
                self.store
                    .write(async |tx| claim(tx, now, SIDE_BY_SIDE).await)
                    .await?
            } else {
                Vec::new()
            };
            if claimed.is_empty() {
                if taken.is_called() {
                    continue;
                }
                return Ok(());
            }
            self.ask_all(claimed).await?;
        }
    }

    async fn ask_all(&self, claimed: Vec<Wanted>) -> Result<(), Error> {
        let outcomes = join_all(claimed.iter().map(|wanted| self.ask(wanted))).await;
        let (mut settled, mut failed) = (Vec::new(), Vec::new());
        for (wanted, outcome) in claimed.into_iter().zip(outcomes) {
            match outcome {
                Ok(()) => settled.push(wanted),
                Err(why) => {
                    let logger = match trace_of(&wanted) {
                        Some(trace) => self.logger.for_trace(trace),
                        None => self.logger.clone(),
                    };
                    logger.warn(
                        "the next occurrence of a task could not be made yet",
                        &[
                            ("task_id", wanted.task_id.into()),
                            ("why", why.as_str().into()),
                        ],
                    );
                    failed.push(wanted);
                }
            }
        }
        let now = self.now();
        self.store
            .write(async |tx| {
                answered(tx, &settled).await?;
                put_off(tx, now, &failed).await
            })
            .await
    }

    /// Asks for one. A task that task-api does not know is another publisher's, or
    /// long gone: nothing comes of it.
    async fn ask(&self, wanted: &Wanted) -> Result<(), String> {
        let url = format!(
            "{}/internal/task-api/tasks/{}/next-occurrence",
            self.task_api, wanted.task_id
        );
        let mut request = Request::post(url).header(TOKEN, &self.token);
        if let Some(parent) = trace_of(wanted) {
            let ours = parent.child(&*self.entropy);
            // Spin writes its own over the first, where it exports spans.
            request = request
                .header("traceparent", ours.to_string())
                .header("ce-traceparent", ours.to_string());
        }
        let request = request
            .body(Bytes::new())
            .map_err(|error| error.to_string())?;
        let answer = self
            .transport
            .send(request)
            .await
            .map_err(|error| format!("task-api gave {error}"))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            StatusCode::NOT_FOUND => Ok(()),
            status => Err(format!("task-api answered {status}")),
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}
