//! What clients do, and what they are told.

mod bodies;
mod known;

use crate::{
    control::Control,
    faults::Progress,
    harness::{Answer, Client},
    history::{History, now},
    plan::{Does, New, Operation},
    random::Random,
};
use known::{Known, Task};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a request with a key is repeated that was not answered.
const REPEATS: usize = 20;

/// The pause before that.
const PAUSE: Duration = Duration::from_millis(500);

/// A user, as the clients that work for it see it.
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) http: Client,
    known: Mutex<Known>,
}

impl User {
    pub(crate) fn new(name: String, http: Client) -> Self {
        Self {
            name,
            http,
            known: Mutex::default(),
        }
    }
}

/// What all clients have in common.
pub(crate) struct Workload {
    pub(crate) users: Vec<User>,
    pub(crate) history: History,
    pub(crate) control: Control,
    /// In the titles, so that search finds nothing else by it.
    pub(crate) seed: u64,
}

/// A request that changes or reads something.
struct Call {
    does: &'static str,
    method: &'static str,
    path: String,
    body: Value,
    task: Option<i64>,
    reminder: Option<i64>,
    if_match: Option<i64>,
    key: Option<String>,
}

impl Call {
    fn new(does: &'static str, method: &'static str, path: String) -> Self {
        Self {
            does,
            method,
            path,
            body: Value::Null,
            task: None,
            reminder: None,
            if_match: None,
            key: None,
        }
    }
}

impl Workload {
    /// Does what one client has to do, one after the other: what is asked for, and then
    /// more for as long as there are faults to come.
    pub(crate) async fn run(
        self: Arc<Self>,
        begin: Instant,
        operations: Vec<Operation>,
        asked: usize,
        progress: Progress,
    ) {
        let mut is_done = false;
        for operation in operations {
            if operation.number >= asked && !is_done {
                progress.client_done();
                is_done = true;
            }
            if is_done && progress.are_lanes_done() {
                return;
            }
            sleep_until(begin + operation.at).await;
            self.perform(&operation).await;
        }
        if !is_done {
            progress.client_done();
        }
    }

    /// A word that only the tasks of this operation have in their title.
    pub(crate) fn word(&self, operation: usize) -> String {
        format!("w{:x}n{operation}", self.seed & 0xffff)
    }

    pub(crate) async fn perform(&self, operation: &Operation) {
        let mut random = Random::new(operation.random);
        let user = &self.users[operation.user];
        let target = user.known.lock().unwrap().pick(operation.does, &mut random);
        match (operation.does, target) {
            (Does::Create(new), _) => self.create(user, operation, new, &mut random).await,
            (Does::Peek, _) => self.peek(user, operation, &mut random).await,
            (Does::Recur, Some(task)) => self.recur(user, operation, &task).await,
            (_, Some(task)) => self.change(user, operation, &task, &mut random).await,
            // There is nothing yet to do it with.
            (_, None) => self.create(user, operation, New::Plain, &mut random).await,
        }
    }

    async fn create(&self, user: &User, operation: &Operation, new: New, random: &mut Random) {
        let word = self.word(operation.number);
        let mut call = Call::new("create", "POST", "/api/tasks".to_owned());
        call.body = bodies::new_task(new, &word, operation.number, self.clock(), random);
        let answer = self.ask(user, operation, call).await;
        if let Some(answer) = answer.filter(|answer| answer.status == 201) {
            let series = (new == New::Recurring).then(|| bodies::series(operation.number));
            let task = Task::of(&answer.json, word, series);
            user.known.lock().unwrap().tasks.push(task);
        }
    }

    async fn change(&self, user: &User, operation: &Operation, task: &Task, random: &mut Random) {
        let (id, number) = (task.id, operation.number);
        let of_task = |end: &str| format!("/api/tasks/{id}{end}");
        let mut call = match operation.does {
            Does::Change(field) => {
                let mut call = Call::new("change", "PATCH", of_task(""));
                call.body = bodies::patch(field, task, number, self.clock(), random);
                call
            }
            Does::Complete => Call::new("complete", "POST", of_task("/complete")),
            Does::Reopen => Call::new("reopen", "POST", of_task("/reopen")),
            Does::Delete => Call::new("delete", "DELETE", of_task("")),
            Does::Remind => {
                let mut call = Call::new("remind", "POST", of_task("/reminders"));
                call.body = bodies::reminder(self.clock(), random);
                call
            }
            Does::Forget => {
                let reminder = random.pick(&task.reminders);
                let path = format!("/api/reminders/{reminder}");
                let mut call = Call::new("forget", "DELETE", path);
                call.reminder = Some(reminder);
                call
            }
            _ => Call::new("read", "GET", of_task("")),
        };
        call.task = Some(id);
        call.if_match = (operation.if_match && call.method != "GET").then_some(task.version);
        let does = call.does;
        let Some(answer) = self.ask(user, operation, call).await else {
            return;
        };
        let mut known = user.known.lock().unwrap();
        match (answer.status, does) {
            (204, "delete") | (404, _) => known.remove(id),
            (200, _) => known.learn(&answer.json),
            (201, "remind") => known.add_reminder(id, answer.json["id"].as_i64().unwrap()),
            _ => {}
        }
    }

    /// Finds the open task of a series, and completes it.
    async fn recur(&self, user: &User, operation: &Operation, of: &Task) {
        let series = of.series.as_deref().unwrap_or_default();
        let path = format!("/api/tasks?tag={series}&completed=false");
        let found = self
            .ask(user, operation, Call::new("list", "GET", path))
            .await;
        let Some(id) = found.and_then(|page| page.json["items"][0]["id"].as_i64()) else {
            return;
        };
        let path = format!("/api/tasks/{id}/complete");
        let mut call = Call::new("complete", "POST", path);
        call.task = Some(id);
        self.ask(user, operation, call).await;
    }

    /// Tries to see, or to delete, what is another user's.
    async fn peek(&self, user: &User, operation: &Operation, random: &mut Random) {
        let others: Vec<&User> = self.users.iter().filter(|o| o.name != user.name).collect();
        let Some(task) = random
            .pick(&others)
            .known
            .lock()
            .unwrap()
            .pick(Does::Read, random)
        else {
            return;
        };
        let method = random.pick(&["GET", "DELETE"]);
        let mut call = Call::new("peek", method, format!("/api/tasks/{}", task.id));
        call.task = Some(task.id);
        self.ask(user, operation, call).await;
    }

    /// What time the app's clock shows, as far as clients know.
    fn clock(&self) -> i64 {
        now() + self.control.offset()
    }

    /// Makes a request and notes what came of it; repeats one with a key that was not
    /// answered. None if nobody knows.
    async fn ask(&self, user: &User, operation: &Operation, mut call: Call) -> Option<Answer> {
        if operation.keyed && call.method == "POST" {
            call.key = Some(format!("key-{}-{}", operation.number, call.does));
        }
        let repeats = if call.key.is_some() { REPEATS } else { 0 };
        for attempt in 0..=repeats {
            if attempt > 0 {
                sleep(PAUSE).await;
            }
            let answer = self.attempt(user, operation, &call).await;
            match answer {
                Some(answer) if answer.status < 500 && answer.status != 409 => return Some(answer),
                _ => {}
            }
        }
        None
    }

    async fn attempt(&self, user: &User, operation: &Operation, call: &Call) -> Option<Answer> {
        let mut http = user.http.with("x-client-id", &source(operation.number));
        if let Some(version) = call.if_match {
            http = http.with("if-match", &format!("\"v{version}\""));
        }
        if let Some(key) = &call.key {
            http = http.with("idempotency-key", key);
        }
        let sent = now();
        let answering = async {
            match call.method {
                "POST" => http.try_post(&call.path, &call.body).await,
                "PATCH" => http.try_patch(&call.path, &call.body).await,
                "DELETE" => http.try_delete(&call.path).await,
                _ => http.try_get(&call.path).await,
            }
        };
        let answer = timeout(PATIENCE, answering).await.ok().flatten();
        self.history.note(json!({
            "kind": "call", "op": operation.number, "user": user.name,
            "client": format!("{}-{}", user.name, operation.client),
            "source": source(operation.number), "does": call.does, "method": call.method,
            "path": call.path, "body": call.body, "task": call.task, "reminder": call.reminder,
            "if_match": call.if_match, "key": call.key, "sent": sent, "answered": now(),
            "status": answer.as_ref().map(|answer| answer.status),
            "answer": answer.as_ref().map(|answer| &answer.json),
        }));
        answer
    }
}

/// The `X-Client-Id` of an operation: by it the update log tells whose change it was.
fn source(operation: usize) -> String {
    format!("op-{operation}")
}
