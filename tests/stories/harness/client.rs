//! A client over HTTP.

use super::eventually::eventually;
use reqwest::{Method, header::HeaderMap};
use serde_json::Value;

/// Sends requests, always with the same headers.
#[derive(Clone)]
pub(crate) struct Client {
    origin: String,
    headers: Vec<(String, String)>,
    http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// The body, or null if it is no JSON.
    pub(crate) json: Value,
}

impl Answer {
    /// A header's value; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

impl Client {
    pub(crate) fn new(origin: String) -> Self {
        Self {
            origin,
            headers: Vec::new(),
            http: reqwest::Client::new(),
        }
    }

    /// The same client with one header more.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.expect("an answer")
    }

    /// None if nobody answers.
    pub(crate) async fn try_get(&self, path: &str) -> Option<Answer> {
        self.send(Method::GET, path, None).await.ok()
    }

    /// The items of a list on all of its pages. The path has a query.
    pub(crate) async fn items(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}{cursor}")).await.expect(200).json;
            items.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).await.expect("an answer")
    }

    /// Publishes as publishers do: again until the broker has taken it. A real one that
    /// has just started may not know its topics yet.
    pub(crate) async fn publish(&self, path: &str, body: &Value) {
        self.publish_as("application/json", path, body).await;
    }

    /// The same with a content type of its own.
    pub(crate) async fn publish_as(&self, content_type: &str, path: &str, body: &Value) {
        eventually(&format!("the broker takes it: {path}"), async || {
            let answer = self.raw("POST", path, content_type, body.to_string()).await;
            (answer.status == 204).then_some(())
        })
        .await;
    }

    /// None if the answer never came.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        self.send(
            Method::POST,
            path,
            Some(("application/json", body.to_string())),
        )
        .await
        .ok()
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.try_patch(path, body).await.expect("an answer")
    }

    /// None if the answer never came.
    pub(crate) async fn try_patch(&self, path: &str, body: &Value) -> Option<Answer> {
        let body = ("application/merge-patch+json", body.to_string());
        self.send(Method::PATCH, path, Some(body)).await.ok()
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None)
            .await
            .expect("an answer")
    }

    /// None if the answer never came.
    pub(crate) async fn try_delete(&self, path: &str) -> Option<Answer> {
        self.send(Method::DELETE, path, None).await.ok()
    }

    /// Any method, any body.
    pub(crate) async fn raw(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: impl Into<String>,
    ) -> Answer {
        let method = method.parse().unwrap();
        self.send(method, path, Some((content_type, body.into())))
            .await
            .expect("an answer")
    }

    /// The beginning of an answer that goes on.
    pub(crate) async fn stream(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = self.request(Method::GET, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }

    /// A header that it always sends; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map_or("", |(_, value)| value)
    }

    /// The same client at another address.
    pub(crate) fn at(&self, origin: String) -> Self {
        Self {
            origin,
            ..self.clone()
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.origin));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.request(method, path);
        if let Some((content_type, body)) = body {
            request = request.header("content-type", content_type).body(body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await?;
        Ok(Answer {
            status,
            headers,
            json: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        })
    }
}
