//! What options take, beside text.

use std::time::Duration;

/// A variable and its value: `variable=value`.
pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as variable=value".to_owned()),
    }
}

/// An origin: scheme, host and port, with no path.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let uri: http::Uri = text.parse().map_err(|_| "this is no address".to_owned())?;
    let bare = uri.path() == "/" && uri.query().is_none() && uri.authority().is_some();
    if bare && matches!(uri.scheme_str(), Some("http" | "https")) {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("write it as http://127.0.0.1:3500, with no path".to_owned())
    }
}

/// A span of time: `90s`, `15m`, `24h`, `30d`.
pub(super) fn lifetime(text: &str) -> Result<Duration, String> {
    let advice = || "write it as 90s, 15m, 24h or 30d".to_owned();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds: u64 = match text.strip_prefix(digits) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 60 * 60,
        Some("d") => 24 * 60 * 60,
        _ => return Err(advice()),
    };
    let number: u64 = digits.parse().map_err(|_| advice())?;
    // A hundred years are for ever.
    match number.checked_mul(seconds) {
        Some(total) if total > 0 && total <= 100 * 366 * 24 * 60 * 60 => {
            Ok(Duration::from_secs(total))
        }
        _ => Err("between a second and a hundred years".to_owned()),
    }
}

/// A component's id: kebab-case, as in spin.toml.
pub(super) fn component(text: &str) -> Result<String, String> {
    let is_kebab = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if !text.is_empty() && text.chars().all(is_kebab) {
        Ok(text.to_owned())
    } else {
        Err("write a component's id, such as notifier".to_owned())
    }
}
