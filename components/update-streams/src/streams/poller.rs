//! Looks at the log for all streams of an instance: a component has no other way to
//! hear of what another one wrote.

use super::Streams;
use crate::storage::drains::{Signs, signs};
use duebell_edge::Spawn;
use duebell_erasures::erased;
use duebell_store::Error;
use duebell_updates::{connections, log};
use std::{rc::Rc, time::Duration};

/// How long there is between two looks while there is something to see.
const BRISK: Duration = Duration::from_millis(4);

/// And while there is not.
const CALM: Duration = Duration::from_millis(25);

/// After how many looks in vain the poller is calm.
const IN_VAIN: u32 = 500;

/// How long it waits after a look that failed.
const TROUBLE: Duration = Duration::from_secs(1);

/// How many updates are read at once.
const BATCH: usize = 500;

/// How often the instance says that its streams are still there, in milliseconds.
const SAY_SO: i64 = 5_000;

impl Streams {
    /// Polls after the answer, as long as there are streams, unless this instance is
    /// at it.
    pub(crate) fn poll_in_background(self: &Rc<Self>, spawn: &Spawn) {
        let Some(taken) = self.turn.take() else {
            return;
        };
        let streams = Rc::clone(self);
        spawn(Box::pin(async move {
            streams.poll().await;
            drop(taken);
        }));
    }

    /// Ends when there is no stream: nothing happens between that and the end of the
    /// turn, so that whoever comes then finds it free.
    async fn poll(&self) {
        let mut seen = None;
        let mut in_vain = 0;
        let mut said_so = self.now();
        while !self.registry.borrow().is_empty() {
            let looked = self.look(&mut seen).await;
            let pause = match looked {
                Ok(true) => {
                    in_vain = 0;
                    BRISK
                }
                Ok(false) => {
                    in_vain += 1;
                    if in_vain < IN_VAIN { BRISK } else { CALM }
                }
                Err(error) => {
                    self.trouble("the log of updates cannot be read", &error);
                    TROUBLE
                }
            };
            let now = self.now();
            if (now - said_so).abs() >= SAY_SO {
                said_so = now;
                self.say_so(now).await;
            }
            (self.sleep)(pause).await;
        }
    }

    /// Tells the streams what is new since the last look. True: there was something.
    async fn look(&self, seen: &mut Option<Signs>) -> Result<bool, Error> {
        let now = self.store.read(async |db| signs(db).await).await?;
        let before = seen.replace(now);
        if before.is_some_and(|before| before.drains != now.drains) {
            self.registry.borrow_mut().drain();
        }
        if before.is_none_or(|before| before.erasures != now.erasures) {
            let users = self.registry.borrow().users();
            let users = users.iter().map(String::as_str).collect();
            let gone = self.store.read(async |db| erased(db, &users).await).await;
            // What is not known yet is looked at again.
            let gone = gone.inspect_err(|_| *seen = before)?;
            self.registry.borrow_mut().end(&gone);
        }
        let Some(before) = before else {
            // Streams that were there already may have looked before this.
            self.registry.borrow_mut().look_again();
            return Ok(true);
        };
        if let Err(error) = self.tell(before.end, now.end).await {
            // Whoever was not told finds it in the log.
            self.registry.borrow_mut().look_again();
            return Err(error);
        }
        Ok(now != before)
    }

    async fn tell(&self, after: i64, through: i64) -> Result<(), Error> {
        let mut after = after;
        while after < through {
            let users = self.registry.borrow().users();
            if users.is_empty() {
                return Ok(());
            }
            let users = users.iter().map(String::as_str);
            let entries = self
                .store
                .read(async |db| log::between(db, after, through, users, BATCH).await)
                .await?;
            let mut registry = self.registry.borrow_mut();
            for entry in &entries {
                registry.tell(entry);
            }
            after = match entries.last() {
                Some(last) if entries.len() >= BATCH => last.position,
                _ => through,
            };
        }
        Ok(())
    }

    async fn say_so(&self, now: i64) {
        let said = self
            .store
            .write(async |tx| {
                let users = self.registry.borrow().users();
                let users = users.iter().map(String::as_str).collect();
                let gone = erased(tx, &users).await?;
                // Looked at in the transaction: one that is opened or closed meanwhile
                // waits for it.
                let (mut open, others) = self.registry.borrow().connections();
                open.retain(|stream| !gone.contains(stream.user_id.as_str()));
                connections::held(tx, now, &self.instance, &open, &others).await
            })
            .await;
        if let Err(error) = said {
            self.trouble("the streams of an instance could not be counted", &error);
        }
    }

    pub(super) fn trouble(&self, what: &str, error: &Error) {
        self.logger
            .error(what, &[("cause", error.to_string().into())]);
    }
}
