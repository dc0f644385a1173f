//! The fields of a cron schedule, as Dapr's scheduler reads them.

/// A field: its name, its bounds, and what its values are also called.
pub(super) struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The six fields, in order.
pub(super) const FIELDS: [Field; 6] = [
    Field::new("second", 0, 59, &[]),
    Field::new("minute", 0, 59, &[]),
    Field::new("hour", 0, 23, &[]),
    Field::new("day of month", 1, 31, &[]),
    Field::new("month", 1, 12, MONTHS),
    Field::new("day of week", 0, 6, DAYS),
];

impl Field {
    const fn new(
        name: &'static str,
        first: u32,
        last: u32,
        names: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            first,
            last,
            names,
        }
    }

    /// The field as `*` or a list of numbers, which every reader of cron reads alike.
    ///
    /// # Errors
    /// It is not as Dapr's scheduler wants it.
    pub(super) fn plain(&self, text: &str) -> Result<String, String> {
        let mut values = [false; 64];
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let range = self.range(part)?;
            if range.is_all {
                return Ok("*".to_owned());
            }
            for value in (range.from..=range.to).step_by(range.step) {
                if let Some(value) = usize::try_from(value).ok().and_then(|v| values.get_mut(v)) {
                    *value = true;
                }
            }
        }
        let numbers: Vec<String> = values
            .iter()
            .enumerate()
            .filter(|(_, is_in)| **is_in)
            .map(|(value, _)| value.to_string())
            .collect();
        if numbers.is_empty() {
            return Err(format!("the field `{text}` ({}) holds nothing", self.name));
        }
        Ok(numbers.join(","))
    }

    /// A part of a list: `*`, `5`, `1-5`, each perhaps with a step (`/2`).
    fn range(&self, part: &str) -> Result<Range, String> {
        let wrong = |why: &str| format!("{why}: {part}");
        let (range, step) = match part.split_once('/') {
            Some((_, step)) if step.contains('/') => return Err(wrong("too many slashes")),
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            Some((_, to)) if to.contains('-') => return Err(wrong("too many hyphens")),
            Some((from, to)) => (from, Some(to)),
            None => (range, None),
        };
        let is_star = matches!(from, "*" | "?");
        let from = if is_star {
            self.first
        } else {
            self.value(from)?
        };
        let to = match to {
            _ if is_star => self.last,
            Some(to) => self.value(to)?,
            // `5/15` means `5-59/15`.
            None if step.is_some() => self.last,
            None => from,
        };
        let step_by = step.map_or(Ok(1), number)?;
        let Self { first, last, .. } = self;
        if from < *first {
            let why = format!("beginning of range ({from}) below minimum ({first})");
            return Err(wrong(&why));
        }
        if to > *last {
            return Err(wrong(&format!(
                "end of range ({to}) above maximum ({last})"
            )));
        }
        if from > to {
            let why = format!("beginning of range ({from}) beyond end of range ({to})");
            return Err(wrong(&why));
        }
        if step_by == 0 {
            return Err(wrong("step of range should be a positive number"));
        }
        Ok(Range {
            from,
            to,
            step: usize::try_from(step_by).unwrap_or(usize::MAX),
            is_all: is_star && step_by == 1,
        })
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let mut names = (self.first..).zip(self.names);
        let named = names.find(|(_, name)| name.eq_ignore_ascii_case(text));
        named.map_or_else(|| number(text), |(value, _)| Ok(value))
    }
}

/// A number; what is wrong with it, in the words of Go.
fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| {
        format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax")
    })
}

struct Range {
    from: u32,
    to: u32,
    step: usize,
    is_all: bool,
}
