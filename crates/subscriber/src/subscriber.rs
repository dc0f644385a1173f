//! The consumer's side of a subscription.

use crate::{
    Delivered, Failure, Handler, History, Malformed,
    handling::{Answers, Progress, effect, handle},
    history::PAGE,
};
use bytes::Bytes;
use duebell_dapr::{Answer, Transport};
use duebell_erasures::erased;
use duebell_events::{Event, HandleError, Outcome, Topic};
use duebell_service::{Clock, TraceContext};
use duebell_store::{
    Error, Store, Tx,
    inbox::{self, Fate, Gap, Place},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// How many missing events are fetched before the one that showed the gap; a
/// wider gap is left to the sweep.
const MOST_INLINE: i64 = PAGE;

/// Takes deliveries. One for each instance.
pub struct Subscriber<H, T> {
    pub(crate) store: Store,
    handler: H,
    pub(crate) history: History<T>,
    clock: Rc<dyn Clock>,
}

impl<H: Handler, T: Transport> Subscriber<H, T> {
    /// A subscriber whose inbox is in `store`, which the handler writes to.
    pub fn new(store: Store, handler: H, history: History<T>, clock: Rc<dyn Clock>) -> Self {
        Self {
            store,
            handler,
            history,
            clock,
        }
    }

    /// Handles what the sidecar delivered from a topic: CloudEvents, in the
    /// order of their partition. The answers are in the same order.
    pub async fn deliver(&self, topic: Topic, values: &[Bytes]) -> Vec<Answer> {
        let answered = self.deliver_each(topic, values).await;
        answered.into_iter().map(|(_, answer)| answer).collect()
    }

    /// The same, with what each event was, if it was one.
    pub(crate) async fn deliver_each(
        &self,
        topic: Topic,
        values: &[Bytes],
    ) -> Vec<(Option<Delivered>, Answer)> {
        let parsed: Vec<Result<Delivered, Malformed>> = values
            .iter()
            .map(|value| Delivered::parse(topic, value))
            .collect();
        let sound: Vec<Delivered> = parsed
            .iter()
            .filter_map(|event| event.as_ref().ok())
            .cloned()
            .collect();
        let answers = self.handle(sound).await;
        let mut all = Vec::with_capacity(parsed.len());
        for event in &parsed {
            all.push(match event {
                Ok(event) => answers
                    .get(&event.key)
                    .cloned()
                    .unwrap_or_else(|| Answer::Retry("it was not handled".to_owned())),
                Err(malformed) => self.refuse(malformed).await,
            });
        }
        self.count_failures(topic, &all).await;
        parsed.into_iter().map(Result::ok).zip(all).collect()
    }

    /// Handles one event that came without an envelope: the WIT handlers'
    /// `handle`.
    ///
    /// # Errors
    /// Why it was not handled.
    pub async fn handle_bare(&self, event: Event) -> Result<Outcome, HandleError> {
        let event = Delivered::bare(event).map_err(HandleError::Drop)?;
        let key = event.key.clone();
        match self.handle(vec![event]).await.remove(&key) {
            Some(Answer::Done) => Ok(Outcome::Done),
            Some(Answer::AlreadyDone) => Ok(Outcome::AlreadyDone),
            Some(Answer::Drop(why)) => Err(HandleError::Drop(why)),
            Some(Answer::Retry(why)) => Err(HandleError::Retry(why)),
            None => Err(HandleError::Retry("it was not handled".to_owned())),
        }
    }

    /// Lets an event that the component publishes itself take effect in the transaction
    /// that puts it into its outbox. Its delivery finds it done, so that nothing of the
    /// component's own can be missing, and nobody has to be asked for it.
    ///
    /// # Errors
    /// It did not take effect, and the transaction must not be kept.
    pub async fn take_own(&self, tx: &Tx<'_>, event: &Delivered) -> Result<(), Failure> {
        let progress = Progress::default();
        // Only what has been attempted can be claimed.
        inbox::attempt(tx, self.now(), &BTreeSet::from([event.key.clone()])).await?;
        effect(tx, &self.handler, self.now(), &[event], &progress).await?;
        Ok(())
    }

    pub(crate) async fn handle(&self, batch: Vec<Delivered>) -> Answers {
        if batch.is_empty() {
            return Answers::new();
        }
        let asked: BTreeSet<String> = batch.iter().map(|event| event.key.clone()).collect();
        let (batch, progress) = match self.fill_gaps(batch).await {
            Ok(filled) => filled,
            Err(error) => {
                let later = |key| (key, Answer::Retry(error.to_string()));
                return asked.into_iter().map(later).collect();
            }
        };
        let mut answers = handle(&self.store, &self.handler, self.now(), &batch, &progress).await;
        answers.retain(|key, _| asked.contains(key));
        answers
    }

    /// Handles one event that was given up before, as if it had never been attempted.
    pub(crate) async fn deliver_again(&self, topic: Topic, value: &Bytes) -> Answer {
        if let Ok(event) = Delivered::parse(topic, value) {
            let reopened = self
                .store
                .write(async |tx| inbox::reopen(tx, self.now(), &event.key).await)
                .await;
            if let Err(error) = reopened {
                return Answer::Retry(error.to_string());
            }
        }
        let answers = self.deliver(topic, std::slice::from_ref(value)).await;
        let unhandled = || Answer::Retry("it was not handled".to_owned());
        answers.into_iter().next().unwrap_or_else(unhandled)
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    /// A malformed event goes to the dead-letter topic once its reason is kept.
    async fn refuse(&self, malformed: &Malformed) -> Answer {
        let kept = self
            .store
            .write(async |tx| {
                inbox::failed(
                    tx,
                    self.now(),
                    &malformed.key,
                    &malformed.reason,
                    Fate::Refused,
                )
                .await
            })
            .await;
        match kept {
            Ok(()) => Answer::Drop(malformed.reason.clone()),
            Err(error) => Answer::Retry(error.to_string()),
        }
    }

    /// Puts what is missing in front of the events that show it.
    async fn fill_gaps(&self, batch: Vec<Delivered>) -> Result<(Vec<Delivered>, Progress), Error> {
        let mut progress = Progress::default();
        let places: BTreeSet<Place> = batch
            .iter()
            .filter_map(|event| event.place().map(|(place, _)| place))
            .filter(|place| self.history.publisher(&place.source).is_some())
            .collect();
        if places.is_empty() {
            return Ok((batch, progress));
        }
        let mut positions: BTreeMap<Place, i64> = self
            .store
            .read(async |db| {
                let users = places.iter().map(|place| place.user_id.as_str()).collect();
                let gone = erased(db, &users).await?;
                let mut positions = inbox::positions(db, &places).await?;
                // Nothing is missing of who was erased.
                positions.retain(|place, _| !gone.contains(place.user_id.as_str()));
                Ok::<_, Error>(positions)
            })
            .await?;
        let mut filled = Vec::with_capacity(batch.len());
        for event in batch {
            if let Some((place, sequence)) = event.place()
                && let Some(position) = positions.get_mut(&place)
            {
                if sequence > *position + 1 {
                    let gap = Gap {
                        place,
                        first: *position + 1,
                        last: sequence - 1,
                    };
                    let trace = self.history.trace(event.traceparent.as_deref());
                    match self.fetch(&gap, trace).await {
                        Some(missing) => filled.extend(missing),
                        None => progress.gaps.push(gap),
                    }
                }
                *position = sequence.max(*position);
            }
            filled.push(event);
        }
        Ok((filled, progress))
    }

    /// The events of a gap, if it is small and the publisher answers.
    async fn fetch(&self, gap: &Gap, trace: TraceContext) -> Option<Vec<Delivered>> {
        if gap.last - gap.first >= MOST_INLINE {
            return None;
        }
        let publisher = self.history.publisher(&gap.place.source)?;
        let topic = gap.place.topic.parse().ok()?;
        let values = self
            .history
            .events(publisher, &gap.place, gap.first, gap.last, trace)
            .await
            .ok()?;
        // What is malformed in a publisher's own history is its publisher's
        // fault, and was told when it was delivered.
        Some(
            values
                .iter()
                .filter_map(|value| Delivered::parse(topic, value).ok())
                .collect(),
        )
    }
}
