//! Durations as Dapr's messages have them (google.protobuf.Duration).

use super::protojson::string;

/// A duration (google.protobuf.Duration).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Duration {
    seconds: i64,
    nanos: i64,
}

impl Duration {
    /// The most seconds, about 10,000 years.
    const MOST: i64 = 315_576_000_000;

    /// So many seconds.
    pub(crate) const fn from_secs(seconds: i64) -> Self {
        Self { seconds, nanos: 0 }
    }

    /// Reads one: `"1.5s"`, always in seconds.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn read(name: &str, value: &str) -> Result<Self, String> {
        let wrong = || format!("invalid google.protobuf.Duration value of field {name}: {value}");
        Self::parse(&string(name, value)?).ok_or_else(wrong)
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('s')?;
        let (sign, text) = match text.strip_prefix('-') {
            Some(text) => (-1, text),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let has_zeros = whole.len() > 1 && whole.starts_with('0');
        if text.is_empty() || has_zeros || fraction.len() > 9 {
            return None;
        }
        if !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let seconds: i64 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
        (seconds <= Self::MOST).then_some(Self {
            seconds: sign * seconds,
            nanos: sign * nanos,
        })
    }

    /// In milliseconds, rounded up; less than nothing is nothing.
    pub(crate) fn millis(self) -> i64 {
        let part = self.nanos.max(0).saturating_add(999_999) / 1_000_000;
        self.seconds
            .max(0)
            .saturating_mul(1_000)
            .saturating_add(part)
    }
}

impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.seconds < 0 || self.nanos < 0 {
            "-"
        } else {
            ""
        };
        write!(f, "{sign}{}", self.seconds.abs())?;
        let mut fraction = format!("{:09}", self.nanos.abs());
        while let Some(shorter) = fraction.strip_suffix("000") {
            fraction = shorter.to_owned();
        }
        if !fraction.is_empty() {
            write!(f, ".{fraction}")?;
        }
        f.write_str("s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_and_written_in_seconds() {
        for (text, written, millis) in [
            ("1s", "1s", 1_000),
            ("0s", "0s", 0),
            ("1.5s", "1.500s", 1_500),
            (".5s", "0.500s", 500),
            ("+1.s", "1s", 1_000),
            ("0.000000001s", "0.000000001s", 1),
            ("-2.25s", "-2.250s", 0),
            ("-0.5s", "-0.500s", 0),
            ("315576000000s", "315576000000s", 315_576_000_000_000),
        ] {
            let duration = Duration::parse(text).unwrap();
            assert_eq!(duration.to_string(), written, "{text}");
            assert_eq!(duration.millis(), millis, "{text}");
        }
        for text in [
            "",
            "s",
            "1",
            "1m",
            "1h",
            "01s",
            "-s",
            "1.0000000001s",
            "1,5s",
            "--1s",
            "315576000001s",
            "ües",
        ] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
