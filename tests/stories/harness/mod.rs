//! Running the app and talking to it.

mod app;
mod client;
mod eventually;
mod proxy;

pub(crate) use app::{APP_TOKEN, App, DAPR_TOKEN, Options, build, duebell, project};
pub(crate) use client::{Answer, Client};
pub(crate) use eventually::eventually;
pub(crate) use proxy::Proxy;
