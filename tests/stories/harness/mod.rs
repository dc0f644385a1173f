//! Running the app and talking to it.

mod app;
mod client;
mod databases;
mod eventually;
mod faults;
mod forward;
mod issuer;
mod kills;
mod ports;
mod process;
mod proxy;
mod router;
mod servers;
mod setting;
mod streams;
mod unit;

pub(crate) use app::{APP_TOKEN, App, DAPR_TOKEN, Options, build, duebell, project, ran};
pub(crate) use client::{Answer, Client};
pub(crate) use databases::Database;
pub(crate) use eventually::{eventually, eventually_by};
pub(crate) use faults::{Fault, Faults};
pub(crate) use forward::{Body, Forward, Meddler, whole};
pub(crate) use issuer::{Issuer, SigningKey};
pub(crate) use ports::free_port;
pub(crate) use process::Process;
pub(crate) use proxy::Proxy;
pub(crate) use servers::{Daprd, LABELS, Postgres, Servers, cached, has_subscribed, run};
pub(crate) use setting::setting;
pub(crate) use streams::{EventStream, Socket, Told};
