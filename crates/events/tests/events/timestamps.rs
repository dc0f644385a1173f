//! Time stamps.

use duebell_events::Timestamp;

fn read(text: &str) -> Option<String> {
    text.parse::<Timestamp>()
        .ok()
        .map(|timestamp| timestamp.to_string())
}

#[test]
fn a_time_stamp_is_written_in_utc_with_the_digits_it_needs() {
    let cases = [
        ("2026-01-15T14:00:00Z", "2026-01-15T14:00:00Z"),
        ("2026-01-15T14:00:00.000Z", "2026-01-15T14:00:00Z"),
        ("2026-01-15T14:00:00.5Z", "2026-01-15T14:00:00.500Z"),
        ("2026-01-15T14:00:00.1234Z", "2026-01-15T14:00:00.123400Z"),
        (
            "2026-01-15T14:00:00.1234567899999Z",
            "2026-01-15T14:00:00.123456Z",
        ),
        ("2026-01-15T14:00:00+05:30", "2026-01-15T08:30:00Z"),
        ("2026-01-15t14:00:00z", "2026-01-15T14:00:00Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ];
    for (text, written) in cases {
        assert_eq!(read(text).as_deref(), Some(written), "{text}");
    }
}

#[test]
fn a_time_stamp_without_a_zone_is_utc() {
    assert_eq!(
        read("2026-01-15T14:00:00").as_deref(),
        Some("2026-01-15T14:00:00Z")
    );
    assert_eq!(
        read("2026-01-15 14:00:00.25").as_deref(),
        Some("2026-01-15T14:00:00.250Z")
    );
}

#[test]
fn what_is_no_time_stamp_is_refused() {
    let cases = [
        "",
        "2026-01-15",
        "2026-01-15T",
        "2026-01-15T14:00",
        "2026-02-30T14:00:00Z",
        "2026-01-15T24:00:00Z",
        "2026-01-15T14:00:00 Europe/Berlin",
        "tomorrow at noon",
        "20260115T140000Z",
        "1768485600",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "é026-01-15T14:00:00Z",
    ];
    for text in cases {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn a_leap_second_is_the_second_after_it() {
    assert_eq!(
        read("2016-12-31T23:59:60Z").as_deref(),
        Some("2017-01-01T00:00:00Z")
    );
}

#[test]
fn a_time_that_nobody_can_write_is_shown_all_the_same() {
    let timestamp = Timestamp {
        microseconds: i64::MIN,
    };
    assert_eq!(timestamp.to_datetime(), None);
    assert_eq!(timestamp.to_string(), "-9223372036854775808 µs after 1970");
}
