//! A recurrence rule (RFC 5545, section 3.3.10), read and consistent.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

/// How often a rule comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A day of the week, or the n-th such day of the month or year; counted from its
/// end if negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ByDay {
    pub(super) ordinal: Option<i16>,
    pub(super) weekday: Weekday,
}

/// The last moment at which a rule may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// The end of a day in the task's zone.
    Date(Date),
    /// A time in the task's zone.
    Local(DateTime),
    /// An instant.
    Utc(Timestamp),
}

/// A rule. Empty lists say nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) frequency: Frequency,
    /// At least 1.
    pub(super) interval: i64,
    pub(super) count: Option<i64>,
    pub(super) until: Option<Until>,
    pub(super) week_start: Weekday,
    pub(super) months: Vec<i16>,
    pub(super) week_numbers: Vec<i16>,
    pub(super) year_days: Vec<i16>,
    pub(super) month_days: Vec<i16>,
    pub(super) days: Vec<ByDay>,
    pub(super) hours: Vec<i16>,
    pub(super) minute: Option<i16>,
    pub(super) second: Option<i16>,
    pub(super) set_positions: Vec<i16>,
}

impl Rule {
    /// One that says no more than how often.
    pub(super) fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Monday,
            months: Vec::new(),
            week_numbers: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minute: None,
            second: None,
            set_positions: Vec::new(),
        }
    }

    /// The rule with what it leaves open taken from its start.
    pub(super) fn starting(&self, start: Date) -> Self {
        let mut rule = self.clone();
        let says_days =
            !(rule.year_days.is_empty() && rule.month_days.is_empty() && rule.days.is_empty());
        if says_days {
            return rule;
        }
        let weekday = ByDay {
            ordinal: None,
            weekday: start.weekday(),
        };
        match rule.frequency {
            Frequency::Weekly => rule.days.push(weekday),
            Frequency::Yearly if !rule.week_numbers.is_empty() => rule.days.push(weekday),
            Frequency::Yearly | Frequency::Monthly => {
                if rule.frequency == Frequency::Yearly && rule.months.is_empty() {
                    rule.months.push(start.month().into());
                }
                rule.month_days.push(start.day().into());
            }
            _ => {}
        }
        rule
    }

    /// Whether it comes on this day, as far as the day decides.
    pub(super) fn allows(&self, date: Date) -> bool {
        let says = |list: &[i16], from_start: i16, length: i16| {
            list.is_empty()
                || list.contains(&from_start)
                || list.contains(&(from_start - length - 1))
        };
        self.allows_month(date.month())
            && says(
                &self.month_days,
                date.day().into(),
                date.days_in_month().into(),
            )
            && says(&self.year_days, date.day_of_year(), date.days_in_year())
            && self.allows_week(date)
            && (self.days.is_empty() || self.days.iter().any(|day| self.is_nth(*day, date)))
    }

    pub(super) fn allows_month(&self, month: i8) -> bool {
        self.months.is_empty() || self.months.contains(&month.into())
    }

    fn allows_week(&self, date: Date) -> bool {
        if self.week_numbers.is_empty() {
            return true;
        }
        let Some((number, weeks)) = week_of_year(date, self.week_start) else {
            return false;
        };
        self.week_numbers.contains(&number) || self.week_numbers.contains(&(number - weeks - 1))
    }

    fn is_nth(&self, day: ByDay, date: Date) -> bool {
        if date.weekday() != day.weekday {
            return false;
        }
        let Some(ordinal) = day.ordinal else {
            return true;
        };
        let of_year = self.frequency == Frequency::Yearly && self.months.is_empty();
        let (position, length) = if of_year {
            (date.day_of_year(), date.days_in_year())
        } else {
            (date.day().into(), date.days_in_month().into())
        };
        ordinal == (position - 1) / 7 + 1 || ordinal == -((length - position) / 7 + 1)
    }

    /// The times of a day at which it comes, in order.
    pub(super) fn times(&self, start: civil::Time) -> Vec<civil::Time> {
        let own_hour = [i16::from(start.hour())];
        let hours = if self.hours.is_empty() {
            &own_hour[..]
        } else {
            &self.hours
        };
        let minute = self.minute.unwrap_or(start.minute().into());
        let second = self.second.unwrap_or(start.second().into());
        let mut times: Vec<civil::Time> = hours
            .iter()
            .filter_map(|hour| {
                civil::Time::new(
                    i8::try_from(*hour).ok()?,
                    i8::try_from(minute).ok()?,
                    i8::try_from(second).ok()?,
                    start.subsec_nanosecond(),
                )
                .ok()
            })
            .collect();
        times.sort_unstable();
        times.dedup();
        times
    }

    /// Its last moment in this zone, if it has one.
    pub(super) fn end(&self, zone: &TimeZone) -> Option<Timestamp> {
        let local = |time| zone.to_timestamp(time).unwrap_or(Timestamp::MAX);
        Some(match self.until? {
            Until::Utc(at) => at,
            Until::Local(time) => local(time),
            Until::Date(date) => local(date.to_datetime(civil::Time::MAX)),
        })
    }
}

/// The number of a day's week in its year, and how many weeks that year has. The
/// first week is the first with four days in the year (RFC 5545, BYWEEKNO).
fn week_of_year(date: Date, week_start: Weekday) -> Option<(i16, i16)> {
    let into_week = i64::from(week_start.until(date.weekday()));
    // The week is that of the year in which its fourth day is.
    let fourth = date
        .checked_add(jiff::Span::new().days(3 - into_week))
        .ok()?;
    let number = (fourth.day_of_year() - 1) / 7 + 1;
    let rest = (fourth.days_in_year() - fourth.day_of_year()) / 7;
    Some((number, number + rest))
}
