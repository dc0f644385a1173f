//! Paths and queries of a request, decoded.

use std::collections::BTreeMap;

/// The `metadata.*` parameters of a query, without the prefix; the first of a name counts.
pub(crate) fn metadata(query: &str) -> BTreeMap<String, String> {
    let mut metadata = BTreeMap::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name, true);
        if let Some(name) = name.strip_prefix("metadata.")
            && !metadata.contains_key(name)
        {
            metadata.insert(name.to_owned(), decode(value, true));
        }
    }
    metadata
}

/// Undoes percent-encoding; what is not encoded rightly stays as it is.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, tail @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    decoded.push(high * 16 + low);
                    rest = tail;
                }
                _ => decoded.push(byte),
            },
            (b'+', _) if plus_is_space => decoded.push(b' '),
            _ => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_are_the_parameters_with_the_prefix() {
        let metadata = metadata(
            "metadata.partitionKey=user%20%C3%A9+1&x=y&metadata.partitionKey=2&metadata.rawPayload",
        );
        assert_eq!(metadata["partitionKey"], "user é 1");
        assert_eq!(metadata["rawPayload"], "");
        assert_eq!(metadata.len(), 2);
    }

    #[test]
    fn what_is_not_encoded_rightly_stays() {
        assert_eq!(decode("100%", false), "100%");
        assert_eq!(decode("%zz%4", false), "%zz%4");
        assert_eq!(decode("a+b", false), "a+b");
    }
}
