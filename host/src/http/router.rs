//! Which trigger a path belongs to.

use std::cmp::Ordering;

use crate::manifest::{Manifest, Route, Segment, StaticResponse, Target};

/// All public routes of the app, the most specific first.
pub struct Router {
    entries: Vec<Entry>,
}

/// A route and what answers there.
pub struct Entry {
    /// The route.
    pub route: Route,
    /// What answers.
    pub target: Destination,
}

/// What answers.
pub enum Destination {
    /// The component with this id.
    Component(String),
    /// This answer.
    Static(StaticResponse),
}

/// A path that has a route.
pub struct Found<'a> {
    /// The route.
    pub entry: &'a Entry,
    /// The route's parameters, as they are in the path.
    pub parameters: Vec<(&'a str, &'a str)>,
    /// What an open route left over: empty, or beginning with a slash.
    pub rest: String,
}

impl Router {
    /// The routes of a manifest.
    pub fn new(manifest: &Manifest) -> Self {
        let mut entries: Vec<Entry> = manifest
            .triggers
            .iter()
            .filter_map(|trigger| {
                Some(Entry {
                    route: trigger.route.clone()?,
                    target: match &trigger.target {
                        Target::Component(id) => Destination::Component(id.clone()),
                        Target::Static(answer) => Destination::Static(answer.clone()),
                    },
                })
            })
            .collect();
        // The comparison is no total order over all routes, but it is one over
        // those that can take the same path.
        entries.sort_by(|a, b| total_order(&a.route, &b.route));
        Self { entries }
    }

    /// The most specific route that takes this path.
    pub fn find<'a>(&'a self, path: &'a str) -> Option<Found<'a>> {
        self.entries.iter().find_map(|entry| entry.matches(path))
    }

    /// The routes, the most specific first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// By kind of each part (literal, parameter, wildcard, end), from the left.
fn total_order(a: &Route, b: &Route) -> Ordering {
    let rank = |route: &Route, index: usize| match route.segments().get(index) {
        Some(Segment::Literal(_)) => 0,
        Some(Segment::Parameter(_)) => 1,
        None if route.is_open() => 3,
        None => 2,
    };
    let longest = a.segments().len().max(b.segments().len());
    (0..=longest)
        .map(|index| rank(a, index).cmp(&rank(b, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

impl Entry {
    fn matches<'a>(&'a self, path: &'a str) -> Option<Found<'a>> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let mut parameters = Vec::new();
        for segment in self.route.segments() {
            match (segment, parts.next()?) {
                (Segment::Literal(text), part) if text == part => {}
                (Segment::Literal(_), _) => return None,
                (Segment::Parameter(name), part) => parameters.push((name.as_str(), part)),
            }
        }
        let mut rest = String::new();
        for part in parts {
            if !self.route.is_open() {
                return None;
            }
            rest.push('/');
            rest.push_str(part);
        }
        if self.route.is_open() && path.ends_with('/') {
            rest.push('/');
        }
        Some(Found {
            entry: self,
            parameters,
            rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn router(routes: &[&str]) -> Router {
        let mut text = String::from(
            "spin_manifest_version = 2\n[application]\nname = \"app\"\n[component.one]\nsource = \"one.wasm\"\n",
        );
        for route in routes {
            text.push_str(&format!(
                "[[trigger.http]]\nroute = \"{route}\"\ncomponent = \"one\"\n"
            ));
        }
        Router::new(&Manifest::parse(Path::new("spin.toml"), &text).unwrap())
    }

    fn found<'a>(router: &'a Router, path: &'a str) -> Option<&'a str> {
        router.find(path).map(|found| found.entry.route.text())
    }

    #[test]
    fn the_most_specific_route_wins() {
        let router = router(&[
            "/...",
            "/api/...",
            "/api/:id",
            "/api/health",
            "/api/:id/x/...",
        ]);
        for (path, route) in [
            ("/", "/..."),
            ("/other", "/..."),
            ("/api", "/api/..."),
            ("/api/", "/api/..."),
            ("/api/health", "/api/health"),
            ("/api/health/", "/api/health"),
            ("/api/42", "/api/:id"),
            ("/api/42/x", "/api/:id/x/..."),
            ("/api/42/x/y", "/api/:id/x/..."),
            ("/api/42/y", "/api/..."),
            ("/api/health/more", "/api/..."),
        ] {
            assert_eq!(found(&router, path), Some(route), "{path}");
        }
    }

    #[test]
    fn a_path_without_a_route_has_none() {
        let router = router(&["/api/tasks", "/files/..."]);
        for path in [
            "/",
            "/api",
            "/api/tasks/1",
            "/apis/tasks",
            "/file",
            "/filesystem",
        ] {
            assert_eq!(found(&router, path), None, "{path}");
        }
    }

    #[test]
    fn an_open_route_hands_on_the_rest() {
        let router = router(&["/a/:id/..."]);
        for (path, rest) in [
            ("/a/1", ""),
            ("/a/1/", "/"),
            ("/a/1/b/c", "/b/c"),
            ("/a/1/b/", "/b/"),
        ] {
            let found = router.find(path).unwrap();
            assert_eq!(found.rest, rest, "{path}");
            assert_eq!(found.parameters, [("id", "1")]);
        }
    }
}
