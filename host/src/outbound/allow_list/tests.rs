use super::*;

/// Whether a list of this one entry allows the address.
fn allows(entry: &str, uri: &str) -> bool {
    AllowList(vec![Allowed::parse(entry).unwrap()]).allows(&uri.parse().unwrap())
}

#[test]
fn each_permission_has_its_limits() {
    for (entry, allowed, denied) in [
        (
            "http://localhost:3500",
            "http://localhost:3500/v1.0",
            "http://127.0.0.1:3500/v1.0",
        ),
        (
            "http://localhost:3500",
            "http://LOCALHOST:3500/",
            "http://localhost:3501/",
        ),
        (
            "https://example.org",
            "https://example.org/a?b",
            "http://example.org/a?b",
        ),
        (
            "https://example.org",
            "https://example.org:443/",
            "https://example.org:8443/",
        ),
        (
            "https://example.org",
            "https://example.org/",
            "https://api.example.org/",
        ),
        (
            "https://*.example.org",
            "https://api.example.org/",
            "https://example.org/",
        ),
        (
            "https://*.example.org",
            "https://a.b.example.org/",
            "https://notexample.org/",
        ),
        (
            "*://example.org:80",
            "http://example.org/",
            "https://example.org/",
        ),
        (
            "http://*",
            "http://anyone.example/",
            "http://anyone.example:8080/",
        ),
        (
            "http://*:*",
            "http://anyone.example:8080/",
            "https://anyone.example:8080/",
        ),
        (
            "http://10.0.0.0/8:80",
            "http://10.200.3.4/",
            "http://11.0.0.1/",
        ),
        (
            "http://10.0.0.0/8:*",
            "http://10.1.1.1:99/",
            "http://ten.example:99/",
        ),
        (
            "http://[::1]:8080",
            "http://[::1]:8080/",
            "http://[::2]:8080/",
        ),
        ("http://a:8000..8010", "http://a:8009/", "http://a:8010/"),
        (
            "http://x.spin.internal",
            "http://x.spin.internal/y",
            "http://z.spin.internal/y",
        ),
        (
            "http://*.spin.internal",
            "http://z.spin.internal/y",
            "http://spin.internal/y",
        ),
    ] {
        assert!(allows(entry, allowed), "{entry} allows {allowed}");
        assert!(!allows(entry, denied), "{entry} denies {denied}");
    }
}

#[test]
fn an_empty_list_allows_nobody() {
    assert!(!AllowList::default().allows(&"http://localhost/".parse().unwrap()));
}

#[test]
fn a_wrong_entry_says_what_to_write() {
    for (entry, advice) in [
        ("example.org", "`https://example.org`"),
        ("https://example.org/path", "no path"),
        ("https://a:b", "`b` is no port"),
        ("foo://example.org", "needs a port"),
        ("http://self", "spin.internal"),
        ("http://10.0.0.0/33:80", "at most 32"),
        ("h t://x:1", "letters"),
        ("https://*example.org", "`*.example.org`"),
    ] {
        let error = Allowed::parse(entry).unwrap_err();
        assert!(error.contains(advice), "{entry}: {error}");
    }
}
