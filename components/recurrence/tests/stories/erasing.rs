//! A user is erased.

use crate::harness::{TOKEN, World, event};
use duebell_fakes::files_with;
use serde_json::json;

const PATH: &str = "/internal/recurrence/erasures";

#[test]
fn nothing_of_an_erased_user_is_left_and_what_comes_late_wants_nothing() {
    let world = World::new();
    world.hear(&event("task.created", 7, 1, true));
    assert!(!files_with(world.folder.path(), "alice").is_empty());
    let order = json!({ "erasure_id": "1", "user_id": "alice" });
    assert_eq!(world.post(PATH, &order, None).0, 401);
    for _ in 0..2 {
        assert_eq!(world.post(PATH, &order, Some(TOKEN)).0, 200);
        assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
    }
    world.hear(&event("task.completed", 7, 2, true));
    assert_eq!(world.asked(), [""; 0]);
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
    // Others are asked for.
    let mut of_bob = event("task.completed", 8, 3, true);
    of_bob["user_id"] = json!("bob");
    world.hear(&of_bob);
    assert_eq!(world.asked().len(), 1);
}
