//! Jobs, from the request to the call.

mod data;
mod failures;
mod interface;
mod load;
mod restarts;
mod times;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http::Method;
use serde_json::{Value, json};

use super::app::Call;
use super::{Files, Story, TOKEN, TestApp, soon};
use crate::sidecar::clock::{self, Clock};

/// A clock that can be set.
#[derive(Clone, Default)]
struct Setting(Arc<AtomicI64>);

impl Setting {
    /// By so many minutes from the real time.
    fn set(&self, minutes: i64) {
        self.0.store(minutes, Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let minutes = self.0.clone();
        Clock::of(move || clock::now() + chrono::TimeDelta::minutes(minutes.load(Ordering::SeqCst)))
    }
}

/// A sidecar without resources beside an app that subscribes to nothing.
async fn story() -> Story {
    story_by(Clock::system()).await
}

async fn story_by(clock: Clock) -> Story {
    let app = TestApp::start(Value::Null).await;
    let story = Story::beside(app, Files::new(), clock).await;
    story.subscribed().await;
    story
}

impl Story {
    /// A request for a job. The status, and the body as JSON if there is one.
    async fn job(&self, method: Method, name: &str, body: &str) -> (u16, Value) {
        let answer = self
            .client
            .request(method, self.url(&format!("/v1.0/jobs/{name}")))
            .header("dapr-api-token", TOKEN)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap();
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).unwrap()
        };
        (status, body)
    }

    /// Schedules a job, and wants 204. Its data are its name, if it says nothing of them.
    async fn schedule(&self, name: &str, mut job: Value) {
        let fields = job.as_object_mut().unwrap();
        fields.entry("data").or_insert_with(|| json!(name));
        let answer = self.job(Method::POST, name, &job.to_string()).await;
        assert_eq!(answer, (204, Value::Null));
    }

    async fn delete_job(&self, name: &str) {
        let answer = self.job(Method::DELETE, name, "").await;
        assert_eq!(answer, (204, Value::Null));
    }

    /// Whether there is a job of that name.
    async fn has_job(&self, name: &str) -> bool {
        let (status, body) = self.job(Method::GET, name, "").await;
        match body["errorCode"].as_str() {
            None => assert_eq!(status, 200),
            // It is there, and has no data.
            Some("ERR_INTERNAL") => assert_eq!(status, 500),
            Some(_) => {
                let message = body["message"].as_str().unwrap();
                let absent = format!("job not found: {name}");
                assert!(message.ends_with(&absent), "{message}");
                return false;
            }
        }
        true
    }

    /// Waits until the sidecar has seen that the app is away.
    async fn until_app_is_missed(&self) {
        soon(async { while self.metadata().await["extended"]["appHealthy"] != "false" {} }).await;
    }

    /// Waits until there is no job of that name.
    async fn until_gone(&self, name: &str) {
        soon(async { while self.has_job(name).await {} }).await;
    }

    /// The next call must be this job's.
    async fn next_job(&self, name: &str) -> Call {
        let call = self.app.next().await;
        assert_eq!(call.path, format!("/job/{name}"));
        call
    }

    /// Nothing that was due before now is called any more: a job that is due after it
    /// comes first.
    async fn nothing_but(&self, name: &str) {
        self.schedule(name, json!({ "dueTime": "0" })).await;
        self.next_job(name).await;
    }
}
