//! Which endpoint a request is for.

use std::fmt;

use http::Method;

use crate::Problem;

/// Endpoints by method and path pattern: `/api/tasks/{id}/complete`.
pub struct Router<T> {
    paths: matchit::Router<Vec<(Method, T)>>,
}

/// Routes that cannot stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict(String);

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Conflict {}

/// Where a request goes.
#[derive(Debug)]
pub enum Route<'r, 'p, T> {
    /// To this endpoint.
    Found {
        /// What the route was made with.
        value: &'r T,
        /// What the pattern's names stand for.
        parameters: Parameters<'r, 'p>,
    },
    /// Nowhere: the path has other methods.
    MethodNotAllowed {
        /// Those, for the `Allow` header.
        allow: String,
    },
    /// Nowhere.
    NotFound,
}

/// What the names of a pattern stand for in a path, not percent-decoded.
#[derive(Debug)]
pub struct Parameters<'r, 'p>(matchit::Params<'r, 'p>);

impl<'p> Parameters<'_, 'p> {
    /// What `name` stands for.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'p str> {
        self.0.get(name)
    }
}

impl<T> Router<T> {
    /// A router with these routes.
    ///
    /// # Errors
    /// If two routes are the same, or a pattern is not valid.
    pub fn new(
        routes: impl IntoIterator<Item = (Method, &'static str, T)>,
    ) -> Result<Self, Conflict> {
        let mut by_path: Vec<(&'static str, Vec<(Method, T)>)> = Vec::new();
        for (method, pattern, value) in routes {
            let methods = match by_path.iter_mut().find(|(known, _)| *known == pattern) {
                Some((_, methods)) => methods,
                None => {
                    by_path.push((pattern, Vec::new()));
                    match by_path.last_mut() {
                        Some((_, methods)) => methods,
                        None => continue,
                    }
                }
            };
            if methods.iter().any(|(known, _)| *known == method) {
                return Err(Conflict(format!("{method} {pattern} has two routes")));
            }
            methods.push((method, value));
        }
        let mut paths = matchit::Router::new();
        for (pattern, methods) in by_path {
            paths
                .insert(pattern, methods)
                .map_err(|error| Conflict(format!("{pattern}: {error}")))?;
        }
        Ok(Self { paths })
    }

    /// A request's endpoint, and what the names of its pattern stand for.
    ///
    /// # Errors
    /// 404 and 405: what to answer where there is none.
    pub fn endpoint<'r, 'p>(
        &'r self,
        method: &Method,
        path: &'p str,
    ) -> Result<(T, Parameters<'r, 'p>), Problem>
    where
        T: Copy,
    {
        match self.find(method, path) {
            Route::Found { value, parameters } => Ok((*value, parameters)),
            Route::MethodNotAllowed { allow } => Err(Problem::method_not_allowed(&allow)),
            Route::NotFound => Err(Problem::not_found()),
        }
    }

    /// Finds a request's endpoint. HEAD goes to GET's where it has none of its
    /// own; the server leaves the body out.
    pub fn find<'r, 'p>(&'r self, method: &Method, path: &'p str) -> Route<'r, 'p, T> {
        let Ok(matchit::Match {
            value: methods,
            params,
        }) = self.paths.at(path)
        else {
            return Route::NotFound;
        };
        let of = |wanted: &Method| {
            methods
                .iter()
                .find(|(method, _)| method == wanted)
                .map(|(_, value)| value)
        };
        let get = || (method == Method::HEAD).then(|| of(&Method::GET)).flatten();
        match of(method).or_else(get) {
            Some(value) => Route::Found {
                value,
                parameters: Parameters(params),
            },
            None => Route::MethodNotAllowed {
                allow: allow(methods.iter().map(|(method, _)| method)),
            },
        }
    }
}

impl<T> fmt::Debug for Router<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}

fn allow<'a>(methods: impl Iterator<Item = &'a Method>) -> String {
    let mut names: Vec<&str> = methods.map(Method::as_str).collect();
    if names.contains(&"GET") && !names.contains(&"HEAD") {
        names.push("HEAD");
    }
    names.sort_unstable();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn router() -> Router<&'static str> {
        Router::new([
            (Method::GET, "/api/tasks", "list"),
            (Method::POST, "/api/tasks", "create"),
            (Method::GET, "/api/tasks/{id}", "get"),
            (Method::POST, "/api/tasks/{id}/complete", "complete"),
        ])
        .unwrap()
    }

    #[test]
    fn a_request_finds_its_endpoint_and_its_parameters() {
        let router = router();
        let Route::Found { value, parameters } =
            router.find(&Method::POST, "/api/tasks/12/complete")
        else {
            panic!("not found");
        };
        assert_eq!(*value, "complete");
        assert_eq!(parameters.get("id"), Some("12"));
        assert_eq!(parameters.get("name"), None);
    }

    #[test]
    fn head_is_answered_where_get_is() {
        let router = router();
        let route = router.find(&Method::HEAD, "/api/tasks");
        assert!(matches!(route, Route::Found { value: &"list", .. }));
    }

    #[test]
    fn another_method_is_told_which_there_are() {
        let router = router();
        let Route::MethodNotAllowed { allow } = router.find(&Method::DELETE, "/api/tasks") else {
            panic!("found");
        };
        assert_eq!(allow, "GET, HEAD, POST");
    }

    #[test]
    fn where_there_is_no_endpoint_there_is_an_answer() {
        let router = router();
        let (endpoint, parameters) = router.endpoint(&Method::GET, "/api/tasks/12").unwrap();
        assert_eq!((endpoint, parameters.get("id")), ("get", Some("12")));
        let status = |method, path| router.endpoint(method, path).unwrap_err().status();
        assert_eq!(status(&Method::DELETE, "/api/tasks"), 405);
        assert_eq!(status(&Method::GET, "/api"), 404);
    }

    #[test]
    fn another_path_is_not_found() {
        let router = router();
        for path in [
            "",
            "/",
            "/api/tasks/",
            "/api/tasks/1/",
            "/api/tasks//complete",
            "/API/tasks",
        ] {
            assert!(
                matches!(router.find(&Method::GET, path), Route::NotFound),
                "{path}"
            );
        }
    }

    #[test]
    fn routes_that_contradict_each_other_are_refused() {
        let twice = [(Method::GET, "/a", 1), (Method::GET, "/a", 2)];
        assert_eq!(
            Router::new(twice).unwrap_err().to_string(),
            "GET /a has two routes"
        );
        assert!(Router::new([(Method::GET, "/{a", 1)]).is_err());
        assert!(Router::new([(Method::GET, "/{a}", 1), (Method::GET, "/{b}", 2)]).is_err());
    }

    proptest! {
        #[test]
        fn no_path_makes_it_panic(path in ".*", plausible in "/api/tasks[/a-z0-9%.]*") {
            let router = router();
            let _ = router.find(&Method::GET, &path);
            let _ = router.find(&Method::POST, &plausible);
        }
    }
}
