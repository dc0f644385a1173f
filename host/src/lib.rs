//! `duebell`: runs a Spin app on one machine, as its spin.toml says, with an
//! embedded sidecar that is Dapr for what the app uses.
//!
//! The way of a request: [`http::Server`] finds the trigger in its
//! [`http::Router`], sets the headers, and hands the request to the component's
//! [`instances::Handler`], which has an instance answer it. What the instance may
//! do is in one small module each: [`sqlite`], [`variables`], [`outbound`],
//! [`logs`]. A client's WebSocket is held by [`grip`], and becomes requests. What is
//! counted on the way is told by [`metrics`].
//!
//! This crate knows Spin and Dapr. It must never know tasks, events or anything
//! else of the app that it runs.

pub mod app;
pub mod backup;
pub mod builder;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod compiled;
pub mod component;
pub mod diagnostics;
pub mod engine;
pub mod grip;
pub mod http;
pub mod instances;
pub mod limits;
pub mod logs;
pub mod manifest;
pub mod metrics;
pub mod outbound;
pub mod postgres;
pub mod running;
pub mod runtime_config;
pub mod sidecar;
pub mod sqlite;
pub mod state;
pub mod variables;
mod wit;
