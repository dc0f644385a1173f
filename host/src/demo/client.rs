//! A client that prints what it sends and what comes back.

use bytes::Bytes;
use duebell_host::commands::say;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::Value;

/// How much of a body is printed, in characters.
const SHOWN: usize = 200;

/// Sends requests, always with the same headers.
#[derive(Clone)]
pub(super) struct Client {
    origin: String,
    headers: Vec<(String, String)>,
    http: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// The body, or null if it is no JSON.
    pub(super) json: Value,
    text: String,
    asked: String,
}

impl Client {
    pub(super) fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            headers: Vec::new(),
            http: hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// The same client with one header more.
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// The same client without its headers.
    pub(super) fn without_token(&self) -> Self {
        Self {
            headers: Vec::new(),
            ..self.clone()
        }
    }

    /// Sends a request, and prints it with its answer.
    pub(super) async fn show(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> miette::Result<Answer> {
        let text = body.map_or(String::new(), |body| {
            format!(" {}", shortened(&body.to_string()))
        });
        say(&format!("   > {method} {path}{text}\n"));
        let answer = self.send(method, path, body).await?;
        let outcome = answer.header("duebell-outcome");
        let shown = if answer.text.is_empty() {
            outcome.to_owned()
        } else {
            shortened(answer.text.trim_end())
        };
        say(&format!("   < {} {shown}\n", answer.status));
        Ok(answer)
    }

    /// Asks for something, and prints nothing.
    pub(super) async fn get(&self, path: &str) -> miette::Result<Value> {
        self.send(Method::GET, path, None)
            .await?
            .expect(200)
            .map(|answer| answer.json)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> miette::Result<Answer> {
        let asked = format!("{method} {path}");
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let request = request.body(Full::new(body)).into_diagnostic()?;
        let response = self
            .http
            .request(request)
            .await
            .into_diagnostic()
            .wrap_err_with(|| format!("{asked}: no answer"))?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.into_diagnostic()?.to_bytes();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            json: serde_json::from_slice(&body).unwrap_or_default(),
            text: String::from_utf8_lossy(&body).into_owned(),
            asked,
        })
    }
}

impl Answer {
    /// The answer, if it has this status.
    pub(super) fn expect(self, status: u16) -> miette::Result<Self> {
        if self.status == status {
            return Ok(self);
        }
        Err(miette!(
            "{} was answered by {} where {status} should have come: {}",
            self.asked,
            self.status,
            self.text
        ))
    }

    /// A header's value; empty if there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain("…".chars()).collect()
}
