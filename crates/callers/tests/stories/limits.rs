//! How often a user may ask.

use crate::harness::World;
use proptest::prelude::*;

#[test]
fn an_answer_says_what_is_left() {
    let world = World::new();
    let instance = world.limited(60);
    let first = instance.of("alice");
    assert_eq!(first.status(), 200);
    assert_eq!(first.header("ratelimit-policy"), r#""task-api";q=60;w=60"#);
    assert_eq!(first.header("ratelimit"), r#""task-api";r=59;t=1"#);
    let second = instance.of("alice");
    assert_eq!(second.header("ratelimit"), r#""task-api";r=58;t=2"#);
}

#[test]
fn who_asks_too_often_waits_and_others_do_not() {
    let world = World::new();
    let instance = world.limited(60);
    for _ in 0..60 {
        assert_eq!(instance.of("alice").status(), 200);
    }
    let refused = instance.of("alice");
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.header("ratelimit"), r#""task-api";r=0;t=60"#);
    assert_eq!(instance.of("bob").status(), 200);
    world.background.settle();
    world.advance(1);
    assert_eq!(instance.of("alice").status(), 200);
    assert_eq!(instance.of("alice").status(), 429);
    world.background.settle();
    world.advance(60);
    assert_eq!(
        instance.of("alice").header("ratelimit"),
        r#""task-api";r=59;t=1"#
    );
}

#[test]
fn instances_count_together() {
    let world = World::new();
    let instances = [world.limited(10), world.limited(10)];
    for number in 0..10 {
        assert_eq!(instances[number % 2].of("alice").status(), 200);
        world.background.settle();
    }
    for instance in &instances {
        assert_eq!(instance.of("alice").status(), 429);
    }
    // What was counted outlives an instance.
    assert_eq!(world.limited(10).of("alice").status(), 429);
}

#[test]
fn a_request_without_a_valid_token_counts_for_nobody() {
    let world = World::new();
    let instance = world.limited(1);
    let refused = instance.show("nonsense");
    assert_eq!(refused.status(), 401);
    assert!(!refused.headers.contains_key("ratelimit"));
    assert_eq!(instance.of("alice").status(), 200);
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_away() {
    let world = World::new();
    let instance = world.limited(2);
    for _ in 0..2 {
        instance.of("alice").result.unwrap();
    }
    assert_eq!(instance.of("alice").status(), 429);
    world.background.settle();
    world.advance(-3600);
    // What was counted then would have come back in an hour.
    assert_eq!(world.limited(2).of("alice").status(), 200);
    assert_eq!(instance.of("alice").status(), 200);
}

#[test]
fn most_of_a_minute_at_once_and_the_rest_as_it_comes_back() {
    let world = World::new();
    let instance = world.limited(600);
    for _ in 0..600 {
        instance.of("alice").result.unwrap();
    }
    world.background.settle();
    for _ in 0..30 {
        world.advance(1);
        for _ in 0..10 {
            instance.of("alice").result.unwrap();
        }
        assert_eq!(instance.of("alice").status(), 429);
        world.background.settle();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Over any time, nobody gets more than a minute's requests and what has come back,
    /// nor less.
    #[test]
    fn no_more_and_no_less(steps in prop::collection::vec((0i64..20, 1u32..30), 1..20)) {
        let world = World::new();
        let instance = world.limited(20);
        let (mut passed, mut left, mut third) = (0i64, 20i64, 0i64);
        for (seconds, requests) in steps {
            world.advance(seconds);
            passed += seconds;
            // A request comes back every three seconds.
            third += seconds;
            let back = third / 3;
            left += back;
            third -= back * 3;
            if left >= 20 {
                left = 20;
                third = 0;
            }
            for _ in 0..requests {
                let was_let_in = instance.of("alice").status() == 200;
                prop_assert_eq!(was_let_in, left > 0, "after {} seconds", passed);
                if was_let_in {
                    if left == 20 {
                        third = 0;
                    }
                    left -= 1;
                }
            }
            world.background.settle();
        }
    }
}
