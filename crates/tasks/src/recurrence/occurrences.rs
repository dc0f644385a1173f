//! The times at which a rule comes.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::rule::{Frequency, Rule};

/// How far ahead is looked, in years: what does not come until then never does.
pub(super) const HORIZON: i16 = 100;

/// The last year of which times are told.
const LAST_YEAR: i16 = 9999;

/// The times after `from` at which a rule with this start comes, in order and
/// without end but for the horizon: `UNTIL` and `COUNT` are the caller's.
///
/// `near` is a time not before `from`; what comes well before it may be left out.
/// `latest` is where the horizon is seen from.
///
/// They are counted as clocks in the zone show them: a time that a day does not have
/// is moved on by the length of the gap, of one that it has twice the first is taken
/// (RFC 5545, sections 3.3.5 and 3.3.10).
pub(super) fn after(
    rule: &Rule,
    start: DateTime,
    zone: TimeZone,
    from: Timestamp,
    near: Timestamp,
    latest: Timestamp,
) -> impl Iterator<Item = Timestamp> + use<> {
    let rule = rule.starting(start.date());
    let near = zone.to_datetime(near);
    let horizon = zone.to_datetime(latest).year().saturating_add(HORIZON);
    let horizon = horizon.min(LAST_YEAR);
    let local: Box<dyn Iterator<Item = DateTime>> = if rule.frequency < Frequency::Daily {
        Box::new(by_clock(rule, start, near, horizon))
    } else {
        Box::new(by_calendar(rule, start, near, horizon))
    };
    local
        .filter(move |time| *time > start)
        .filter_map(move |time| zone.to_timestamp(time).ok())
        .filter(move |at| *at > from)
}

/// A period of the calendar after the other, each with its set of times.
fn by_calendar(
    rule: Rule,
    start: DateTime,
    near: DateTime,
    horizon: i16,
) -> impl Iterator<Item = DateTime> {
    let times = rule.times(start.time());
    let first = period(&rule, start.date());
    // One before the last whole one: changes of the offset move occurrences.
    let steps = (period(&rule, near.date()) - first) / rule.interval - 1;
    (steps.max(0)..)
        .map_while(move |step| {
            let index = first.checked_add(step.checked_mul(rule.interval)?)?;
            let days = days(&rule, index)?;
            (days.first()?.year() <= horizon).then(|| chosen(&rule, &days, &times))
        })
        .flatten()
}

/// So many hours, minutes or seconds after the other, at most one an hour.
fn by_clock(
    rule: Rule,
    start: DateTime,
    near: DateTime,
    horizon: i16,
) -> impl Iterator<Item = DateTime> {
    let unit = match rule.frequency {
        Frequency::Secondly => 1,
        Frequency::Minutely => 60,
        _ => 3_600,
    };
    let step = rule.interval.saturating_mul(unit);
    let first = seconds(start);
    // A day back: changes of the offset move occurrences.
    let mut next = ((seconds(near) - first - DAY) / step).max(0);
    std::iter::from_fn(move || {
        loop {
            let at = first.checked_add(next.checked_mul(step)?)?;
            let date = from_epoch(at.div_euclid(DAY)).filter(|date| date.year() <= horizon)?;
            if !rule.allows(date) {
                let later = seconds(allowed_after(&rule, date, horizon)?.into());
                next = (later - first + step - 1) / step;
                continue;
            }
            next += 1;
            let hour = at.rem_euclid(DAY) / 3_600;
            if rule.hours.is_empty() || rule.hours.iter().any(|each| i64::from(*each) == hour) {
                let into_day = Span::new().try_seconds(at.rem_euclid(DAY)).ok()?;
                let whole = date
                    .to_datetime(Time::midnight())
                    .checked_add(into_day)
                    .ok()?;
                let fraction = SignedDuration::from_nanos(start.subsec_nanosecond().into());
                return whole.checked_add(fraction).ok();
            }
        }
    })
}

const DAY: i64 = 24 * 3_600;

/// The first day after this one that the rule allows.
fn allowed_after(rule: &Rule, date: Date, horizon: i16) -> Option<Date> {
    let later = date.series(Span::new().days(1)).skip(1);
    later
        .take_while(|date| date.year() <= horizon)
        .find(|date| rule.allows(*date))
}

/// Whole seconds since 1970 on the clock that shows this.
fn seconds(local: DateTime) -> i64 {
    let time = local.time();
    let of_day =
        i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    days_since_epoch(local.date()) * DAY + of_day
}

/// The number of a day's period, counted from some fixed one.
fn period(rule: &Rule, date: Date) -> i64 {
    let days = days_since_epoch(date);
    match rule.frequency {
        Frequency::Yearly => date.year().into(),
        Frequency::Monthly => i64::from(date.year()) * 12 + i64::from(date.month()) - 1,
        Frequency::Weekly => (days + into_week(rule.week_start)).div_euclid(7),
        _ => days,
    }
}

/// All days of a period, or those of its months that count; `None` beyond the
/// calendar.
fn days(rule: &Rule, index: i64) -> Option<Vec<Date>> {
    match rule.frequency {
        Frequency::Yearly => {
            let first = Date::new(i16::try_from(index).ok()?, 1, 1).ok()?;
            let months = first.series(Span::new().months(1)).take(12);
            let allowed = months.filter(|month| rule.allows_month(month.month()));
            Some(allowed.flat_map(days_of_month).collect())
        }
        Frequency::Monthly => {
            let year = i16::try_from(index.div_euclid(12)).ok()?;
            let month = i8::try_from(index.rem_euclid(12) + 1).ok()?;
            Some(days_of_month(Date::new(year, month, 1).ok()?).collect())
        }
        Frequency::Weekly => {
            let first = index.checked_mul(7)? - into_week(rule.week_start);
            let first = from_epoch(first)?;
            Some(first.series(Span::new().days(1)).take(7).collect())
        }
        _ => Some(vec![from_epoch(index)?]),
    }
}

fn days_of_month(first: Date) -> impl Iterator<Item = Date> {
    let length = usize::from(first.days_in_month().unsigned_abs());
    first.series(Span::new().days(1)).take(length)
}

/// The times of a period's days that the rule allows, by their positions if it
/// names some.
fn chosen(rule: &Rule, days: &[Date], times: &[Time]) -> Vec<DateTime> {
    let all: Vec<DateTime> = days
        .iter()
        .filter(|date| rule.allows(**date))
        .flat_map(|date| times.iter().map(|time| date.to_datetime(*time)))
        .collect();
    if rule.set_positions.is_empty() {
        return all;
    }
    let length = all.len();
    let at = |position: i16| {
        let distance = usize::from(position.unsigned_abs());
        let index = if position > 0 {
            distance.checked_sub(1)
        } else {
            length.checked_sub(distance)
        };
        all.get(index?).copied()
    };
    let mut some: Vec<DateTime> = rule.set_positions.iter().filter_map(|p| at(*p)).collect();
    some.sort_unstable();
    some.dedup();
    some
}

fn days_since_epoch(date: Date) -> i64 {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);
    EPOCH.duration_until(date).as_hours() / 24
}

fn from_epoch(days: i64) -> Option<Date> {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// How many days after the start of its week 1 January 1970 was.
fn into_week(week_start: Weekday) -> i64 {
    week_start.until(Weekday::Thursday).into()
}
