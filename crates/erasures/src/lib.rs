//! Users who were erased: nothing of them is kept, and nothing is taken again.
//!
//! Every component that keeps something of users has these tables in its database
//! ([`TABLES`]) and a route for task-api's orders ([`erase`]). An order is noted before
//! anything is deleted, so that whatever comes late finds the note, in whichever order
//! things arrive: consumers do by `crates/subscriber`, users by [`must_not_be_erased`].
//!
//! A note does not name its user. It is a hash that is keyed for each database, so that
//! two databases cannot be compared; whoever has the whole database and a name can still
//! see whether that user was erased, as the component has to.
//!
//! What is deleted stays in a database's file until something is written over it. So an
//! order ends by writing the file anew ([`scrub`]), and only then is it done.
//!
//! This crate never knows what components keep.

mod disk;
mod note;
mod order;

pub use disk::scrub;
pub use note::{
    ON_POSTGRES, TABLES, erased, erasure_of, must_not_be_erased, note, note_again,
    reader_must_not_be_erased,
};
pub use order::{Done, Left, Order, delete, erase, erase_by};

use duebell_service::auth::ERASED;

/// What an erased user is called from then on, where something stays.
#[must_use]
pub fn pseudonym(erasure_id: &str) -> String {
    format!("{ERASED}{erasure_id}")
}
