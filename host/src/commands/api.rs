//! Requests to a running app, as an operator.

use crate::cli::Service;
use crate::state::StateFolder;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use miette::{IntoDiagnostic, WrapErr, miette};
use serde_json::Value;
use std::time::Duration;

/// Whose name is in the tokens that are made here.
const OPERATOR: &str = "operator";

/// How long such a token is valid.
const LIFETIME: Duration = Duration::from_secs(300);

/// A running app.
pub struct Api {
    origin: String,
    token: String,
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Api {
    /// The app that the command line names, and a token for it: the one given, or one
    /// of the state folder's secret.
    ///
    /// # Errors
    /// The state folder cannot be used.
    pub fn new(service: &Service) -> miette::Result<Self> {
        let token = match &service.token {
            Some(token) => token.clone(),
            None => {
                let state = StateFolder::open(&service.place.state_folder())?;
                super::token::issue(&state.secrets()?, OPERATOR, true, LIFETIME)?
            }
        };
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            origin: service.url.clone(),
            token,
            http: Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    /// Sends a request, and gives the answer's JSON; null if it has none.
    ///
    /// # Errors
    /// There is no answer, or it is a problem: the error says which.
    pub async fn send(&self, method: Method, path: &str) -> miette::Result<Value> {
        self.send_body(method, path, Bytes::new()).await
    }

    /// Posts JSON, and gives the answer's.
    ///
    /// # Errors
    /// There is no answer, or it is a problem: the error says which.
    pub async fn post(&self, path: &str, body: &Value) -> miette::Result<Value> {
        self.send_body(Method::POST, path, body.to_string().into())
            .await
    }

    async fn send_body(&self, method: Method, path: &str, body: Bytes) -> miette::Result<Value> {
        let url = format!("{}{path}", self.origin);
        let request = Request::builder()
            .method(method)
            .uri(&url)
            .header("authorization", format!("Bearer {}", self.token))
            .body(Full::new(body))
            .into_diagnostic()?;
        let answer = self
            .http
            .request(request)
            .await
            .into_diagnostic()
            .wrap_err_with(|| format!("{url} gave no answer: is the app running there (--url)?"))?;
        let status = answer.status();
        let body = answer.into_body().collect().await.into_diagnostic()?;
        let json: Value = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
        if status.is_success() {
            return Ok(json);
        }
        let detail = json
            .get("detail")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let hint = match status {
            StatusCode::UNAUTHORIZED => {
                " (name the app's state folder with --state-dir, or give a token with --token)"
            }
            _ => "",
        };
        Err(miette!("{status}: {detail}{hint}"))
    }
}
