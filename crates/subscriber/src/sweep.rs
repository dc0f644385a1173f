//! Finding what is missing where nothing came after it.

use crate::{Delivered, Handler, Publisher, Subscriber, Unavailable, history::PAGE};
use duebell_dapr::{Answer, Transport};
use duebell_erasures::erasure_of;
use duebell_events::Topic;
use duebell_service::{Logger, TraceContext};
use duebell_store::{
    Error,
    inbox::{self, Gap, Place},
};
use std::collections::BTreeSet;

/// How many recorded gaps one sweep looks at.
const MOST_GAPS: u32 = 20;

/// How many parts of a publisher's outbox one sweep looks through.
const MOST_PARTS: usize = 20;

/// How many events one sweep heals; the next goes on from there.
const MOST_HEALED: usize = 500;

/// How long the inbox remembers an event, in milliseconds: 30 days, longer than
/// the broker keeps messages.
const REMEMBER: i64 = 30 * 24 * 3600 * 1000;

/// How many entries of the inbox one sweep forgets at most.
const MOST_FORGOTTEN: u32 = 500;

/// What a sweep came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many events were missing and have taken effect now.
    pub healed: usize,
    /// Publishers that could not be asked, and why.
    pub unavailable: Vec<String>,
    /// Whether events are known to be missing still.
    pub is_behind: bool,
}

impl Swept {
    /// Logs what is worth a word.
    pub fn tell(&self, logger: &Logger) {
        if self.healed > 0 {
            logger.warn(
                "events were missing and have been fetched",
                &[("events", self.healed.into())],
            );
        }
        for why in &self.unavailable {
            logger.warn(
                "a publisher could not be asked",
                &[("why", why.as_str().into())],
            );
        }
    }
}

enum Trouble {
    Unavailable(Unavailable),
    Store(Error),
}

impl From<Unavailable> for Trouble {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl<H: Handler, T: Transport> Subscriber<H, T> {
    /// Looks for what was lost, and lets it take effect: for a cron binding.
    /// Takes no input, may run beside deliveries and beside itself, and is
    /// bounded; what it does not reach is the next one's.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        let trace = self.history.trace(None);
        for publisher in self.history.publishers() {
            match self.sweep_publisher(publisher, trace, &mut swept).await {
                Ok(()) => {}
                Err(Trouble::Unavailable(why)) => {
                    swept
                        .unavailable
                        .push(format!("{}: {why}", publisher.source));
                }
                Err(Trouble::Store(error)) => return Err(error),
            }
        }
        self.count_healed(swept.healed).await;
        let before = self.now() - REMEMBER;
        if self
            .store
            .read(async |db| inbox::has_older(db, before).await)
            .await?
        {
            self.store
                .write(async |tx| inbox::prune(tx, before, MOST_FORGOTTEN).await)
                .await?;
        }
        Ok(swept)
    }

    async fn sweep_publisher(
        &self,
        publisher: &Publisher,
        trace: TraceContext,
        swept: &mut Swept,
    ) -> Result<(), Trouble> {
        let gaps = self
            .store
            .read(async |db| inbox::gaps(db, &publisher.source, MOST_GAPS).await)
            .await?;
        for gap in gaps {
            let through = self.heal(publisher, &gap, trace, swept).await?;
            swept.is_behind |= through < gap.last;
            if through >= gap.first {
                self.store
                    .write(async |tx| {
                        // Whoever was erased meanwhile is not written down anew.
                        let is_erased = erasure_of(tx, &gap.place.user_id).await?.is_some();
                        let through = if is_erased { gap.last } else { through };
                        inbox::close_gap(tx, &gap, through).await
                    })
                    .await?;
            }
        }
        for topic in &publisher.topics {
            self.sweep_topic(publisher, *topic, trace, swept).await?;
        }
        Ok(())
    }

    /// Compares the publisher's heads with the positions reached, from where
    /// the last sweep found nothing missing.
    async fn sweep_topic(
        &self,
        publisher: &Publisher,
        topic: Topic,
        trace: TraceContext,
        swept: &mut Swept,
    ) -> Result<(), Trouble> {
        let source = publisher.source.as_str();
        let mut after = self
            .store
            .read(async |db| inbox::reached(db, source, topic.as_str()).await)
            .await?;
        for _ in 0..MOST_PARTS {
            let part = self.history.heads(publisher, topic, after, trace).await?;
            let heads: Vec<(Place, i64)> = part
                .heads
                .into_iter()
                .map(|head| {
                    let place = Place {
                        source: source.to_owned(),
                        topic: topic.as_str().to_owned(),
                        user_id: head.user_id,
                    };
                    (place, head.sequence)
                })
                .collect();
            let places: BTreeSet<Place> = heads.iter().map(|(place, _)| place.clone()).collect();
            let positions = self
                .store
                .read(async |db| inbox::positions(db, &places).await)
                .await?;
            for (place, head) in heads {
                let position = positions.get(&place).copied().unwrap_or(0);
                if head > position {
                    let gap = Gap {
                        place,
                        first: position + 1,
                        last: head,
                    };
                    if self.heal(publisher, &gap, trace, swept).await? < head {
                        swept.is_behind = true;
                        return Ok(());
                    }
                }
            }
            if part.next > after {
                after = part.next;
                self.store
                    .write(async |tx| inbox::set_reached(tx, source, topic.as_str(), after).await)
                    .await?;
            }
            if !part.more {
                break;
            }
        }
        Ok(())
    }

    /// Lets what is missing take effect, in order, and says up to which number
    /// nothing is missing any more.
    async fn heal(
        &self,
        publisher: &Publisher,
        gap: &Gap,
        trace: TraceContext,
        swept: &mut Swept,
    ) -> Result<i64, Trouble> {
        let Ok(topic) = gap.place.topic.parse::<Topic>() else {
            return Ok(gap.last);
        };
        let mut first = gap.first;
        while first <= gap.last && swept.healed < MOST_HEALED {
            let values = self
                .history
                .events(publisher, &gap.place, first, gap.last, trace)
                .await?;
            let events: Vec<Delivered> = values
                .iter()
                .filter_map(|value| Delivered::parse(topic, value).ok())
                .collect();
            let last = events
                .iter()
                .filter_map(|event| event.place())
                .map(|(_, sequence)| sequence)
                .max();
            // Fewer than asked for: the rest has been forgotten by its publisher.
            let complete = i64::try_from(values.len()).is_ok_and(|length| length < PAGE);
            let Some(last) = last else {
                return Ok(gap.last);
            };
            let answers = self.handle(events).await;
            if answers
                .values()
                .any(|answer| matches!(answer, Answer::Retry(_)))
            {
                return Ok(first - 1);
            }
            swept.healed += answers
                .values()
                .filter(|answer| **answer == Answer::Done)
                .count();
            first = if complete { gap.last + 1 } else { last + 1 };
        }
        Ok(first - 1)
    }
}
