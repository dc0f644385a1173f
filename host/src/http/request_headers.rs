//! What the host adds to a request before a component sees it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderName, HeaderValue, Request, Uri, header};

use super::router::Found;

/// The client address of a call by service chaining.
pub(crate) const CHAINED_CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

const FULL_URL: HeaderName = HeaderName::from_static("spin-full-url");
const PATH_INFO: HeaderName = HeaderName::from_static("spin-path-info");
const MATCHED_ROUTE: HeaderName = HeaderName::from_static("spin-matched-route");
const COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-component-route");
const RAW_COMPONENT_ROUTE: HeaderName = HeaderName::from_static("spin-raw-component-route");
const BASE_PATH: HeaderName = HeaderName::from_static("spin-base-path");
const CLIENT_ADDR: HeaderName = HeaderName::from_static("spin-client-addr");

/// How a request found its component.
pub(crate) struct Matched {
    /// The route as it is in spin.toml.
    route: String,
    /// The same without `/...`.
    prefix: String,
    rest: String,
    parameters: Vec<(String, String)>,
}

impl Matched {
    /// By a route.
    pub(crate) fn by_route(found: &Found<'_>) -> Self {
        Self {
            route: found.entry.route.text().to_owned(),
            prefix: found.entry.route.prefix().to_owned(),
            rest: found.rest.clone(),
            parameters: found
                .parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    /// By its name, in a call from another component.
    pub(crate) fn chained(path: &str) -> Self {
        Self {
            route: "/...".to_owned(),
            prefix: String::new(),
            rest: path.to_owned(),
            parameters: Vec::new(),
        }
    }

    /// Sets the `spin-*` headers, and takes `Connection` out.
    pub(crate) fn apply<B>(&self, request: &mut Request<B>, client: SocketAddr) {
        let full_url = request.uri().to_string();
        let headers = request.headers_mut();
        headers.remove(header::CONNECTION);
        let mut set = |name: HeaderName, value: &str| {
            // What comes from a parsed request is fit for a header; what is not
            // is left out.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(FULL_URL, &full_url);
        set(PATH_INFO, &self.rest);
        set(MATCHED_ROUTE, &self.route);
        set(COMPONENT_ROUTE, &self.prefix);
        set(RAW_COMPONENT_ROUTE, &self.route);
        set(BASE_PATH, "/");
        set(CLIENT_ADDR, &client.to_string());
        for (name, value) in &self.parameters {
            let name = format!(
                "spin-path-match-{}",
                name.to_ascii_lowercase().replace('_', "-")
            );
            if let Ok(name) = HeaderName::try_from(name) {
                set(name, value);
            }
        }
    }
}

/// The absolute address of a request that came in for `path_and_query`: a
/// component needs one.
///
/// # Errors
///
/// When the request has no host, or two.
pub(crate) fn absolute(request: &Request<impl Sized>) -> Result<Uri, &'static str> {
    let named = match request.headers().get(header::HOST) {
        Some(host) => {
            Some(Authority::try_from(host.as_bytes()).map_err(|_| "the header Host is no host")?)
        }
        None => None,
    };
    let uri = request.uri();
    let authority = match (named, uri.authority()) {
        (Some(named), Some(other)) if named != *other => {
            return Err("the header Host and the address name two hosts");
        }
        (Some(named), _) => named,
        (None, Some(other)) => other.clone(),
        (None, None) => return Err("the request has no header Host"),
    };
    let path = uri
        .path_and_query()
        .cloned()
        .unwrap_or_else(|| PathAndQuery::from_static("/"));
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|_| "the request's address is none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chained_call_looks_like_one_to_everything() {
        let mut request = Request::get("http://one.spin.internal/a/b?c")
            .header("connection", "close")
            .body(())
            .unwrap();
        Matched::chained("/a/b").apply(&mut request, CHAINED_CLIENT);
        let header = |name: &str| request.headers()[name].to_str().unwrap();
        assert_eq!(header("spin-client-addr"), "0.0.0.0:0");
        assert_eq!(header("spin-path-info"), "/a/b");
        assert_eq!(header("spin-matched-route"), "/...");
        assert_eq!(header("spin-component-route"), "");
        assert_eq!(header("spin-full-url"), "http://one.spin.internal/a/b?c");
        assert!(!request.headers().contains_key("connection"));
    }

    #[test]
    fn the_address_becomes_absolute() {
        let request = |uri: &str, host: Option<&str>| {
            let mut builder = Request::get(uri);
            if let Some(host) = host {
                builder = builder.header("host", host);
            }
            absolute(&builder.body(()).unwrap()).map(|uri| uri.to_string())
        };
        assert_eq!(
            request("/a?b", Some("x:1")),
            Ok("http://x:1/a?b".to_owned())
        );
        assert_eq!(
            request("http://x:1/", Some("x:1")),
            Ok("http://x:1/".to_owned())
        );
        assert!(request("http://x:1/", Some("y:1")).is_err());
        assert!(request("/", None).is_err());
    }
}
