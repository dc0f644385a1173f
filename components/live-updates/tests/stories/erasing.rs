//! A user is erased.

use crate::harness::World;
use duebell_fakes::files_with;
use serde_json::json;

const PATH: &str = "/internal/live-updates/erasures";

#[test]
fn nothing_of_an_erased_user_is_left_and_broadcasts_go_on_for_others() {
    let world = World::new();
    for user in ["alice", "bob"] {
        world.connect(user);
        world.change(user);
    }
    world.change("alice");
    world.settle();
    assert_eq!(world.told().len(), 3);
    assert!(!files_with(world.folder.path(), "alice").is_empty());
    let order = json!({ "erasure_id": "1", "user_id": "alice" });
    assert_eq!(world.post(PATH, &order), 200);
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);

    // Late, and after alice's were the last in the log.
    world.change("alice");
    world.change("bob");
    world.settle();
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
    let told = world.told();
    assert_eq!(told.len(), 4);
    assert_eq!(told[3], (duebell_updates::channel("bob"), 2));
}
