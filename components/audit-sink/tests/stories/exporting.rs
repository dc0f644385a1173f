//! Exports, while more is written, and to clients that do not read.

use crate::harness::{Instance, Page, Reader, World, lines, read, verify};
use bytes::Bytes;
use duebell_chain::{CheckpointFlaw, Flaw, Unverified};
use duebell_edge::streaming::{Closed, Sink};
use duebell_store::LocalFuture;
use futures::executor::block_on;
use http::{Method, Request};
use serde_json::json;
use std::rc::Rc;

#[test]
fn an_export_is_the_chain_its_end_and_its_checkpoint() {
    let world = World::new();
    world.happen(&["alice", "alice", "bob"]);
    world.sweep();
    world.happens("alice");
    let export = world.export("alice");
    assert_eq!(export.len(), 5);
    let page = world.get("alice", "/api/audit").json;
    assert_eq!(json!(export[..3]), page["items"], "the same form");
    assert_eq!(export[3]["head"], page["head"]);
    assert_eq!(export[4]["checkpoint"], world.checkpoints()[0]);
    assert_eq!(export[4]["proof"]["number"], 2);
    let findings = verify(&export).unwrap();
    assert_eq!(findings.unverified, [Unverified::Uncovered(2)]);
}

#[test]
fn the_latest_checkpoint_is_the_one_that_is_given() {
    let world = World::new();
    world.happen(&["alice", "bob"]);
    world.sweep();
    world.happens("bob");
    world.checkpoint();
    let export = world.export("alice");
    assert_eq!(export[2]["checkpoint"]["number"], 2);
    assert_eq!(verify(&export).unwrap().unverified, []);
}

#[test]
fn a_chain_that_is_younger_than_the_checkpoint_has_none() {
    let world = World::new();
    world.happens("alice");
    world.sweep();
    world.happens("bob");
    let export = world.export("bob");
    assert_eq!(export[2], json!({ "checkpoint": null }));
    assert_eq!(
        verify(&export).unwrap().unverified,
        [Unverified::NoCheckpoint]
    );
}

#[test]
fn a_user_with_no_entries_has_an_empty_one() {
    let world = World::new();
    world.happens("alice");
    world.sweep();
    let export = world.export("nobody");
    assert_eq!(export.len(), 2);
    assert_eq!(export[0]["head"]["number"], 0);
    assert_eq!(export[0]["head"]["chain_id"], json!(null));
    verify(&export).unwrap();
}

#[test]
fn a_long_chain_comes_whole() {
    let world = World::new();
    for _ in 0..3 {
        world.happen(&["alice"; 100]);
    }
    world.sweep();
    let export = world.export("alice");
    assert_eq!(export.len(), 302);
    assert_eq!(verify(&export).unwrap().unverified, []);
}

/// A client while whose reading more happens.
struct Meanwhile {
    page: Page,
    app: Rc<Instance>,
    happenings: Vec<Request<Bytes>>,
}

impl Sink for Meanwhile {
    fn write(&mut self, bytes: Bytes) -> LocalFuture<'_, Result<(), Closed>> {
        Box::pin(async move {
            if let Some(request) = self.happenings.pop() {
                self.app.handle(request).await;
            }
            Reader(Rc::clone(&self.page)).write(bytes).await
        })
    }
}

#[test]
fn what_is_written_meanwhile_is_the_next_ones() {
    let world = World::new();
    world.happen(&["alice"; 70]);
    world.sweep();
    let page: Page = Rc::default();
    let reader = Meanwhile {
        page: Rc::clone(&page),
        app: Rc::clone(&world.app),
        happenings: (0..2).map(|_| world.delivery(&["alice"; 60])).collect(),
    };
    let request = world.request("alice", "", "/api/audit/export");
    block_on(read(&world.app, request, Box::new(reader)));
    let export = lines(&page.take());
    assert_eq!(export.len(), 72);
    assert_eq!(verify(&export).unwrap().unverified, []);
    assert_eq!(world.export("alice").len(), 192);
}

/// A client that never reads.
struct Stuck;

impl Sink for Stuck {
    fn write(&mut self, _: Bytes) -> LocalFuture<'_, Result<(), Closed>> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn who_does_not_read_is_let_go() {
    let world = World::new();
    world.happens("alice");
    let request = world.request("alice", "", "/api/audit/export");
    // No time passes in this world: whoever waits has waited.
    assert_eq!(block_on(read(&world.app, request, Box::new(Stuck))), 200);
}

#[test]
fn head_gives_no_body() {
    let world = World::new();
    world.happens("alice");
    let mut request = world.request("alice", "", "/api/audit/export");
    *request.method_mut() = Method::HEAD;
    let answer = world.send(request);
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
}

#[test]
fn the_service_that_loses_its_end_is_caught_by_its_own_checkpoint() {
    let world = World::new();
    world.happen(&["alice"; 5]);
    world.sweep();
    let mut export = world.export("alice");
    // As a service that has forgotten, or hides, the last two would say it.
    export.drain(3..5);
    export[3]["head"]["number"] = json!(3);
    export[3]["head"]["hash"] = export[2]["hash"].clone();
    assert_eq!(
        verify(&export).unwrap_err(),
        Flaw::Checkpoint {
            number: 1,
            what: CheckpointFlaw::Ahead {
                covered: 5,
                entries: 3
            }
        }
    );
}
