//! Letting events take effect: once, in order, and not for ever.

use crate::{Delivered, counting};
use duebell_dapr::Answer;
use duebell_erasures::erased;
use duebell_store::{
    Error, Store, Tx, counters,
    inbox::{self, Attempt, Fate, Gap, Place, State},
};
use std::collections::{BTreeMap, BTreeSet};

/// How many attempts an event gets.
const MOST_ATTEMPTS: i64 = 3;

/// Why events did not take effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The database's fault, not the event's.
    Store(Error),
    /// It may succeed later. Says why.
    Retry(String),
    /// It never will. Says why.
    Drop(String),
}

impl From<Error> for Failure {
    /// A row that is refused, or not what it should be, is between this event and the
    /// data: were it not counted, it would hold up all events after it for ever.
    fn from(error: Error) -> Self {
        match error {
            Error::Constraint(_) | Error::Unexpected(_) => Self::Retry(error.to_string()),
            _ => Self::Store(error),
        }
    }
}

/// What a consumer does with events.
pub trait Handler {
    /// Whether it would do anything with this event. One that does not concern it
    /// leaves nothing behind but how far the publisher's sequence has been seen: no
    /// attempt and no entry in the inbox, which cost most of what a consumer writes.
    fn concerns(&self, _event: &Delivered) -> bool {
        true
    }

    /// Lets these events, each for the first time, take effect in this
    /// transaction, in this order. On failure nothing is kept, and each is tried
    /// again by itself.
    ///
    /// # Errors
    /// Why they, or one of them, did not.
    fn apply(
        &self,
        tx: &Tx<'_>,
        events: &[&Delivered],
    ) -> impl Future<Output = Result<(), Failure>>;
}

/// What a batch does beside its events' effects.
#[derive(Default)]
pub(crate) struct Progress {
    /// Gaps that could not be filled yet.
    pub(crate) gaps: Vec<Gap>,
}

/// The answers to a batch, by the events' keys.
pub(crate) type Answers = BTreeMap<String, Answer>;

/// Handles a batch: in one transaction if all goes well, one by one if not.
pub(crate) async fn handle<H: Handler>(
    store: &Store,
    handler: &H,
    now: i64,
    batch: &[Delivered],
    progress: &Progress,
) -> Answers {
    let batch = without_repeats(batch);
    let keys = keys(handler, &batch);
    let attempts = if keys.is_empty() {
        Some(BTreeMap::new())
    } else {
        // A loss of power ends no event's handling by itself: it need not be counted.
        match store
            .note(async |tx| attempt_together(tx, now, &keys).await)
            .await
        {
            Ok(attempts) => attempts,
            Err(error) => return all_later(&batch, &error),
        }
    };
    if attempts.is_some()
        && let Ok(answers) = together(store, handler, now, &batch, progress).await
    {
        return answers;
    }
    one_by_one(store, handler, now, &batch, attempts.as_ref(), progress).await
}

/// Counts an attempt at all of these, if it is the first for each. Otherwise it
/// counts none: whoever was attempted before and is not done may be what broke
/// its batch, and must not break it for the others again.
async fn attempt_together(
    tx: &Tx<'_>,
    now: i64,
    keys: &BTreeSet<String>,
) -> Result<Option<BTreeMap<String, Attempt>>, Error> {
    let attempts = inbox::attempt(tx, now, keys).await?;
    let unsuspected = attempts.iter().all(|attempt| match attempt.state {
        State::Done => true,
        State::Open => attempt.number == 1,
        State::Dropped => false,
    });
    if !unsuspected {
        inbox::not_attempted(tx, keys).await?;
        return Ok(None);
    }
    let by_key = |attempt: Attempt| (attempt.key.clone(), attempt);
    Ok(Some(attempts.into_iter().map(by_key).collect()))
}

/// The keys of the events that concern the handler.
fn keys<H: Handler>(handler: &H, batch: &[&Delivered]) -> BTreeSet<String> {
    let concerning = batch.iter().filter(|event| handler.concerns(event));
    concerning.map(|event| event.key.clone()).collect()
}

fn without_repeats(batch: &[Delivered]) -> Vec<&Delivered> {
    let mut seen = BTreeSet::new();
    batch
        .iter()
        .filter(|event| seen.insert(event.key.as_str()))
        .collect()
}

fn all_later(batch: &[&Delivered], error: &Error) -> Answers {
    batch
        .iter()
        .map(|event| (event.key.clone(), Answer::Retry(error.to_string())))
        .collect()
}

/// One transaction for claims, effects and positions. Events of a user who was erased
/// have no effect and leave no position behind, and that is all there is to do.
async fn together<H: Handler>(
    store: &Store,
    handler: &H,
    now: i64,
    batch: &[&Delivered],
    progress: &Progress,
) -> Result<Answers, Failure> {
    let work = async |tx: &Tx<'_>| {
        let claimed = effect(tx, handler, now, batch, progress).await?;
        let answers: Vec<Answer> = batch
            .iter()
            .map(|event| {
                if claimed.contains(&event.key) || !handler.concerns(event) {
                    Answer::Done
                } else {
                    Answer::AlreadyDone
                }
            })
            .collect();
        let topics = batch.iter().map(|event| event.topic);
        counters::add(tx, &counting::counts(topics.zip(&answers))).await?;
        Ok::<_, Failure>(answers)
    };
    // How far the sequences have been seen is found out again from the publisher.
    let answered = if batch.iter().any(|event| handler.concerns(event)) {
        store.write(work).await?
    } else {
        store.note(work).await?
    };
    let keys = batch.iter().map(|event| event.key.clone());
    Ok(keys.zip(answered).collect())
}

/// Claims these events, lets those that are claimed take effect, and notes how far they
/// bring us.
pub(crate) async fn effect<H: Handler>(
    tx: &Tx<'_>,
    handler: &H,
    now: i64,
    batch: &[&Delivered],
    progress: &Progress,
) -> Result<BTreeSet<String>, Failure> {
    let claimed = inbox::claim(tx, now, &keys(handler, batch)).await?;
    let batch = of_users(tx, batch).await?;
    let fresh: Vec<&Delivered> = batch
        .iter()
        .copied()
        .filter(|event| claimed.contains(&event.key))
        .collect();
    if !fresh.is_empty() {
        handler.apply(tx, &fresh).await?;
    }
    move_on(tx, &batch, progress).await?;
    Ok(claimed)
}

/// The events of users who were not erased.
async fn of_users<'a>(tx: &Tx<'_>, batch: &[&'a Delivered]) -> Result<Vec<&'a Delivered>, Error> {
    let users = batch.iter().map(|event| event.event.user_id()).collect();
    let gone = erased(tx, &users).await?;
    let stays = |event: &&Delivered| !gone.contains(event.event.user_id());
    Ok(batch.iter().copied().filter(stays).collect())
}

/// Notes how far these events bring us.
async fn move_on(tx: &Tx<'_>, batch: &[&Delivered], progress: &Progress) -> Result<(), Error> {
    let mut to: BTreeMap<Place, i64> = BTreeMap::new();
    for (place, sequence) in batch.iter().filter_map(|event| event.place()) {
        let head = to.entry(place).or_default();
        *head = sequence.max(*head);
    }
    for gap in &progress.gaps {
        // Only of what is moved past here.
        if to.get(&gap.place).is_some_and(|head| *head > gap.last) {
            inbox::record_gap(tx, gap).await?;
        }
    }
    inbox::advance(tx, &to).await
}

/// Each in transactions of its own. `counted` has the attempts that are counted
/// already; without it each is counted when its turn comes.
async fn one_by_one<H: Handler>(
    store: &Store,
    handler: &H,
    now: i64,
    batch: &[&Delivered],
    counted: Option<&BTreeMap<String, Attempt>>,
    progress: &Progress,
) -> Answers {
    let mut answers = Answers::new();
    let mut waiting: BTreeMap<&str, String> = BTreeMap::new();
    for event in batch {
        let user = event.event.user_id();
        let key = BTreeSet::from([event.key.clone()]);
        let answer = if let Some(before) = waiting.get(user) {
            if counted.is_some() {
                // Best effort: one attempt too many is not worth an error.
                let _ = store
                    .write(async |tx| inbox::not_attempted(tx, &key).await)
                    .await;
            }
            Answer::Retry(format!(
                "an earlier event of this user has to be first: {before}"
            ))
        } else if !handler.concerns(event) {
            match together(store, handler, now, &[event], progress).await {
                Ok(_) => Answer::Done,
                Err(Failure::Store(error)) => Answer::Retry(error.to_string()),
                Err(Failure::Retry(why) | Failure::Drop(why)) => Answer::Retry(why),
            }
        } else {
            let attempt = match counted {
                Some(attempts) => Ok(attempts.get(&event.key).cloned()),
                None => store
                    .write(async |tx| inbox::attempt(tx, now, &key).await)
                    .await
                    .map(|attempts| attempts.into_iter().next()),
            };
            match attempt {
                Ok(Some(attempt)) => alone(store, handler, now, event, &attempt, progress).await,
                Ok(None) => Answer::Retry("its attempt was not counted".to_owned()),
                Err(error) => Answer::Retry(error.to_string()),
            }
        };
        if let Answer::Retry(why) = &answer {
            waiting.entry(user).or_insert_with(|| why.clone());
        }
        answers.insert(event.key.clone(), answer);
    }
    answers
}

async fn alone<H: Handler>(
    store: &Store,
    handler: &H,
    now: i64,
    event: &Delivered,
    attempt: &Attempt,
    progress: &Progress,
) -> Answer {
    let number = attempt.number;
    if attempt.state == State::Dropped {
        return Answer::Drop("it was given up before".to_owned());
    }
    let failure = if number > MOST_ATTEMPTS {
        Failure::Drop(format!(
            "no answer: {MOST_ATTEMPTS} attempts ended in a trap or a time-out"
        ))
    } else {
        match together(store, handler, now, &[event], progress).await {
            Ok(answers) => return answers.into_values().next().unwrap_or(Answer::Done),
            Err(failure) => failure,
        }
    };
    let (reason, fate) = match failure {
        Failure::Store(error) => {
            let key = BTreeSet::from([event.key.clone()]);
            let _ = store
                .write(async |tx| inbox::not_attempted(tx, &key).await)
                .await;
            return Answer::Retry(error.to_string());
        }
        Failure::Retry(reason) if number >= MOST_ATTEMPTS => (reason, Fate::GivenUp),
        Failure::Retry(reason) => (reason, Fate::Again),
        Failure::Drop(reason) => (reason, Fate::Refused),
    };
    let dropped = fate != Fate::Again;
    let kept = store
        .write(async |tx| {
            inbox::failed(tx, now, &event.key, &reason, fate).await?;
            if dropped {
                move_on(tx, &of_users(tx, &[event]).await?, progress).await?;
            }
            Ok::<_, Error>(())
        })
        .await;
    match kept {
        // Dropped without its reason kept would leave nobody to ask why.
        Err(error) => Answer::Retry(error.to_string()),
        Ok(()) if dropped => Answer::Drop(reason),
        Ok(()) => Answer::Retry(reason),
    }
}
