//! What every backend must do, as one suite.
//!
//! Natively it runs over rusqlite (`tests/contract.rs`); in a component it runs
//! over Spin's SQLite (`tests/store-contract` at the project's root). A case gets
//! stores on one database: each call of `open` stands for one more instance.

mod counters;
mod inbox;
mod outbox;
mod transactions;

use crate::{Error, Migration, Store};

/// The schema that the suite runs on.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "what the cases write to",
        statements: &[
            "CREATE TABLE things (name TEXT PRIMARY KEY, value INTEGER)",
            "CREATE TABLE typed (number INTEGER PRIMARY KEY, whole INTEGER, broken REAL, words TEXT, bytes BLOB)",
            "CREATE TABLE tallies (name TEXT PRIMARY KEY, count INTEGER NOT NULL CHECK (count >= 0))",
        ],
        postgres: &[],
    },
    Migration {
        number: 2,
        name: "outbox",
        statements: crate::outbox::TABLES,
        postgres: &[],
    },
    Migration {
        number: 3,
        name: "inbox",
        statements: crate::inbox::TABLES,
        postgres: &[],
    },
    Migration {
        number: 4,
        name: "inbox: whether failures may pass",
        statements: crate::inbox::PASSING,
        postgres: &[],
    },
    Migration {
        number: 5,
        name: "counters",
        statements: crate::counters::TABLES,
        postgres: &[],
    },
    Migration {
        number: 6,
        name: "outbox: since when publishing fails",
        statements: crate::outbox::failure::TABLE,
        postgres: &[],
    },
];

/// How one case went.
#[derive(Debug)]
pub struct Verdict {
    /// What the case demands, as a sentence.
    pub case: &'static str,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// Runs every case.
pub async fn run(open: &dyn Fn() -> Store) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    macro_rules! cases {
        ($($part:ident :: $case:ident,)*) => {
            $(
                let outcome = match clean(&open()).await {
                    Ok(()) => $part::$case(open).await,
                    Err(error) => Err(error.into()),
                };
                verdicts.push(Verdict {
                    case: stringify!($case),
                    failure: outcome.err().map(|Failed(why)| why),
                });
            )*
        };
    }
    cases! {
        transactions::values_of_every_type_come_back_as_they_were,
        transactions::what_is_written_is_seen_by_every_instance,
        transactions::a_write_that_fails_leaves_nothing,
        transactions::a_reader_does_not_see_what_is_not_committed,
        transactions::a_snapshot_is_one_commit_and_holds_nobody_up,
        transactions::a_broken_constraint_is_told_apart,
        transactions::a_statement_that_is_none_is_an_error,
        transactions::writers_that_wait_are_all_kept,
        transactions::notes_and_writes_that_wait_are_all_kept_and_seen,
        transactions::one_that_fails_among_them_takes_back_its_own_alone,
        transactions::a_write_that_is_given_up_leaves_nothing_and_lets_the_next_in,
        transactions::migrations_run_once,
        outbox::numbers_are_gap_free_for_each_topic_and_user,
        outbox::the_head_is_the_latest_number,
        outbox::a_change_that_fails_uses_no_number,
        outbox::events_wait_in_commit_order_until_they_are_published,
        outbox::one_relay_at_a_time_holds_the_lease,
        outbox::a_lease_of_a_clock_that_was_set_back_ends_as_soon_as_any,
        outbox::the_lease_is_not_given_up_while_events_wait,
        outbox::history_ends_before_what_is_under_way,
        outbox::history_is_kept_until_it_is_pruned,
        outbox::a_failure_is_known_from_its_beginning_until_all_has_gone_out,
        inbox::attempts_are_counted_until_the_event_is_done,
        inbox::an_event_is_claimed_once,
        inbox::a_reason_is_kept_and_a_dropped_event_can_still_be_done,
        inbox::positions_only_move_on,
        inbox::a_gap_is_closed_piece_by_piece,
        counters::counters_add_up_over_all_instances,
        counters::what_is_not_committed_is_not_counted,
    }
    verdicts
}

/// Why a case failed.
pub(crate) struct Failed(String);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

type Case = Result<(), Failed>;

/// Opens the database as one more instance does.
type Open<'a> = &'a dyn Fn() -> Store;

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: T, wanted: T) -> Case {
    if got == wanted {
        return Ok(());
    }
    Err(Failed(format!("{what}: got {got:?}, wanted {wanted:?}")))
}

async fn clean(store: &Store) -> Result<(), Error> {
    store
        .write(async |tx| {
            for table in [
                "things",
                "typed",
                "tallies",
                "counters",
                "outbox",
                "outbox_heads",
                "outbox_lease",
                "outbox_failure",
                "inbox",
                "inbox_positions",
                "inbox_gaps",
                "inbox_reached",
            ] {
                tx.execute(&format!("DELETE FROM {table}"), []).await?;
            }
            Ok(())
        })
        .await
}
