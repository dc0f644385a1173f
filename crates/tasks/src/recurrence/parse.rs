//! Reading rules as RFC 5545 writes them (section 3.3.10), and saying what is wrong
//! with them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::rule::{ByDay, Frequency, Rule, Until};

/// The longest rule, in bytes.
const MAX_RULE: usize = 1_000;

/// The most that a rule may count to.
const MAX_COUNT: i64 = 10_000;

/// The longest interval, whatever it is counted in.
const MAX_INTERVAL: i64 = 1_000_000;

const HOUR: i64 = 3_600;

type Read<T> = Result<T, String>;

/// Reads a rule, with or without `RRULE:` before it.
pub(super) fn rule(text: &str) -> Read<Rule> {
    if text.len() > MAX_RULE {
        return Err(format!("Use a rule of at most {MAX_RULE} characters."));
    }
    let parts = parts(text)?;
    let frequency = match parts.get("FREQ") {
        Some(name) => frequency(name)?,
        None => return Err("A rule says FREQ first, such as FREQ=WEEKLY;BYDAY=MO.".to_owned()),
    };
    let mut rule = Rule::every(frequency);
    for (name, value) in &parts.0 {
        part(&mut rule, name, value)?;
    }
    consistent(&rule)?;
    Ok(rule)
}

/// The parts of a rule by their names, in upper case.
struct Parts(Vec<(String, String)>);

impl Parts {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn parts(text: &str) -> Read<Parts> {
    let upper = text.to_ascii_uppercase();
    let rule = upper.strip_prefix("RRULE:").unwrap_or(&upper);
    let mut parts = Parts(Vec::new());
    for part in rule.split(';') {
        let Some((name, value)) = part.split_once('=') else {
            return Err(format!(
                "Use daily, weekly, monthly, yearly, or an RFC 5545 rule such as \
                 FREQ=WEEKLY;BYDAY=MO,FR: {} is not of the form NAME=VALUE.",
                quoted(part)
            ));
        };
        if parts.get(name).is_some() {
            return Err(format!("Say {} once only.", quoted(name)));
        }
        parts.0.push((name.to_owned(), value.to_owned()));
    }
    Ok(parts)
}

fn frequency(name: &str) -> Read<Frequency> {
    Ok(match name {
        "SECONDLY" => Frequency::Secondly,
        "MINUTELY" => Frequency::Minutely,
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        other => {
            return Err(format!(
                "FREQ is HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY, not {}.",
                quoted(other)
            ));
        }
    })
}

fn part(rule: &mut Rule, name: &str, value: &str) -> Read<()> {
    match name {
        "FREQ" => {}
        "INTERVAL" => rule.interval = number(name, value, 1, MAX_INTERVAL)?,
        "COUNT" => rule.count = Some(number(name, value, 1, MAX_COUNT)?),
        "UNTIL" => rule.until = Some(until(value)?),
        "WKST" => rule.week_start = weekday(name, value)?,
        "BYMONTH" => rule.months = numbers(name, value, 1, 12)?,
        "BYWEEKNO" => rule.week_numbers = both_ways(name, value, 53)?,
        "BYYEARDAY" => rule.year_days = both_ways(name, value, 366)?,
        "BYMONTHDAY" => rule.month_days = both_ways(name, value, 31)?,
        "BYDAY" => rule.days = days(value)?,
        "BYHOUR" => rule.hours = numbers(name, value, 0, 23)?,
        "BYMINUTE" => rule.minute = Some(one(name, value)?),
        "BYSECOND" => rule.second = Some(one(name, value)?),
        "BYSETPOS" => rule.set_positions = both_ways(name, value, 366)?,
        other => return Err(format!("{} is not a part of a rule.", quoted(other))),
    }
    Ok(())
}

fn number(name: &str, value: &str, least: i64, most: i64) -> Read<i64> {
    let read = value.parse().ok().filter(|_| digits(value));
    read.filter(|number| (least..=most).contains(number))
        .ok_or_else(|| {
            format!(
                "{name} is a number from {least} to {most}, not {}.",
                quoted(value)
            )
        })
}

fn digits(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn numbers(name: &str, value: &str, least: i64, most: i64) -> Read<Vec<i16>> {
    let each = |text| {
        let number = number(name, text, least, most)?;
        i16::try_from(number).map_err(|error| error.to_string())
    };
    value.split(',').map(each).collect()
}

/// Numbers that are counted from the end if they are negative.
fn both_ways(name: &str, value: &str, most: i16) -> Read<Vec<i16>> {
    value
        .split(',')
        .map(|text| {
            signed(text, most).ok_or_else(|| {
                format!(
                    "{name} has numbers from 1 to {most}, or from -{most} to -1, not {}.",
                    quoted(text)
                )
            })
        })
        .collect()
}

fn signed(text: &str, most: i16) -> Option<i16> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let number: i16 = rest.parse().ok().filter(|_| digits(rest))?;
    (1..=most).contains(&number).then_some(sign * number)
}

/// Of minutes and seconds more than one would be more than once an hour.
fn one(name: &str, value: &str) -> Read<i16> {
    if value.contains(',') {
        return Err(format!(
            "A task comes again once an hour at most: give one {name}."
        ));
    }
    let number = number(name, value, 0, 59)?;
    i16::try_from(number).map_err(|error| error.to_string())
}

fn days(value: &str) -> Read<Vec<ByDay>> {
    let each = |text: &str| {
        let wrong = || {
            format!(
                "BYDAY has days such as MO, or 1MO and -1FR for the first and the last, not {}.",
                quoted(text)
            )
        };
        let at = text
            .len()
            .checked_sub(2)
            .filter(|at| text.is_char_boundary(*at));
        let (ordinal, day) = text.split_at(at.ok_or_else(wrong)?);
        let weekday = weekday("BYDAY", day).map_err(|_| wrong())?;
        let ordinal = match ordinal {
            "" => None,
            text => Some(signed(text, 53).ok_or_else(wrong)?),
        };
        Ok(ByDay { ordinal, weekday })
    };
    value.split(',').map(each).collect()
}

fn weekday(name: &str, value: &str) -> Read<Weekday> {
    Ok(match value {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        other => {
            return Err(format!(
                "{name} is MO, TU, WE, TH, FR, SA or SU, not {}.",
                quoted(other)
            ));
        }
    })
}

/// `20261231`, `20261231T235959` or `20261231T235959Z` (RFC 5545, sections 3.3.4 and
/// 3.3.5).
fn until(value: &str) -> Read<Until> {
    let read = || {
        let (date, rest) = value.split_at_checked(8)?;
        let date = Date::new(field(date, 0, 4)?, narrow(date, 4)?, narrow(date, 6)?).ok()?;
        if rest.is_empty() {
            return Some(Until::Date(date));
        }
        let time = rest.strip_prefix('T')?;
        let (clock, zone) = time.split_at_checked(6)?;
        // A leap second is the last of its minute.
        let second = narrow(clock, 4)?.min(59);
        let clock = Time::new(narrow(clock, 0)?, narrow(clock, 2)?, second, 0).ok()?;
        let local: DateTime = date.to_datetime(clock);
        match zone {
            "" => Some(Until::Local(local)),
            "Z" => utc(local).map(Until::Utc),
            _ => None,
        }
    };
    read().ok_or_else(|| {
        format!(
            "UNTIL is a day or a time such as 20261231 or 20261231T235959Z, not {}.",
            quoted(value)
        )
    })
}

fn field(text: &str, at: usize, length: usize) -> Option<i16> {
    let part = text.get(at..at + length).filter(|part| digits(part))?;
    part.parse().ok()
}

fn narrow(text: &str, at: usize) -> Option<i8> {
    i8::try_from(field(text, at, 2)?).ok()
}

fn utc(time: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(time).ok()
}

/// What RFC 5545 forbids, or would come more than once an hour.
fn consistent(rule: &Rule) -> Read<()> {
    let unit = match rule.frequency {
        Frequency::Secondly => 1,
        Frequency::Minutely => 60,
        _ => HOUR,
    };
    let below_a_day = rule.frequency < Frequency::Daily;
    let wrong = |is: bool, why: &str| if is { Err(why.to_owned()) } else { Ok(()) };
    wrong(
        rule.interval * unit < HOUR,
        "A task comes again once an hour at most: use FREQ=HOURLY or slower.",
    )?;
    wrong(
        below_a_day && (rule.minute.is_some() || rule.second.is_some()),
        "BYMINUTE and BYSECOND go with FREQ=DAILY or slower.",
    )?;
    wrong(
        below_a_day && !rule.set_positions.is_empty(),
        "BYSETPOS goes with FREQ=DAILY or slower.",
    )?;
    wrong(
        rule.count.is_some() && rule.until.is_some(),
        "A rule has COUNT or UNTIL, not both.",
    )?;
    wrong(
        rule.frequency == Frequency::Weekly && !rule.month_days.is_empty(),
        "BYMONTHDAY does not go with FREQ=WEEKLY.",
    )?;
    wrong(
        !rule.week_numbers.is_empty() && rule.frequency != Frequency::Yearly,
        "BYWEEKNO goes with FREQ=YEARLY only.",
    )?;
    wrong(
        !rule.year_days.is_empty()
            && matches!(
                rule.frequency,
                Frequency::Daily | Frequency::Weekly | Frequency::Monthly
            ),
        "BYYEARDAY does not go with FREQ=DAILY, WEEKLY or MONTHLY.",
    )?;
    let has_ordinals = rule.days.iter().any(|day| day.ordinal.is_some());
    wrong(
        has_ordinals && (rule.frequency < Frequency::Monthly || !rule.week_numbers.is_empty()),
        "A number before a day, as in BYDAY=1MO, goes with FREQ=MONTHLY or YEARLY only, \
         and not with BYWEEKNO.",
    )?;
    let chooses = !(rule.months.is_empty()
        && rule.week_numbers.is_empty()
        && rule.year_days.is_empty()
        && rule.month_days.is_empty()
        && rule.days.is_empty()
        && rule.hours.is_empty()
        && rule.minute.is_none()
        && rule.second.is_none());
    wrong(
        !rule.set_positions.is_empty() && !chooses,
        "BYSETPOS goes with another BY… part, such as BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1.",
    )
}

/// Somebody's text, short enough to be shown.
fn quoted(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}
