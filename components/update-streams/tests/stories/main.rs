//! Stories of update-streams with a clock of their own: what takes minutes and what
//! takes a client that does not read.

#![expect(clippy::unwrap_used, reason = "a story fails by panicking")]

mod erasing;
mod harness;
mod limits;
mod pace;
mod sockets;
mod tickets;
