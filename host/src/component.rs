//! Loading components, and connecting them with the host.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use miette::miette;
use wasmtime::Engine;
use wasmtime::component::{InstancePre, Linker};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::compiled::Compiled;
use crate::instances::InstanceState;
use crate::manifest::Manifest;
use crate::{postgres, sqlite, variables};

/// The components of an app, compiled and connected, by id.
pub type Loaded = HashMap<String, ServicePre<InstanceState>>;

/// Loads every component, all at the same time; what they are compiled to is kept.
///
/// # Errors
///
/// When a component's file is missing or broken, or the component wants
/// something that this host does not have.
pub async fn load_all(
    engine: &Engine,
    manifest: &Manifest,
    compiled: &Compiled,
) -> miette::Result<Loaded> {
    let linker = Arc::new(linker(engine).map_err(|error| miette!("{error:#}"))?);
    let mut loading = Vec::new();
    for (id, component) in &manifest.components {
        if !component.source.exists() {
            return Err(manifest
                .file
                .error(
                    component.source_span.clone(),
                    format!(
                        "component `{id}` has no file {}",
                        component.source.display()
                    ),
                )
                .help(match component.build {
                    Some(_) => {
                        "Its build did not make it. Does `source` name what the command makes?"
                    }
                    None => "Build it, or add a [component.….build] command.",
                })
                .into());
        }
        let (linker, compiled) = (linker.clone(), compiled.clone());
        let (id, source) = (id.clone(), component.source.clone());
        loading.push(tokio::task::spawn_blocking(move || {
            load(&linker, &compiled, &id, &source).map(|pre| (id, pre))
        }));
    }
    let mut loaded = HashMap::new();
    for task in loading {
        let (id, pre) = task.await.map_err(|error| miette!("{error}"))??;
        loaded.insert(id, pre);
    }
    compiled.forget_old();
    Ok(loaded)
}

fn load(
    linker: &Linker<InstanceState>,
    compiled: &Compiled,
    id: &str,
    source: &Path,
) -> miette::Result<ServicePre<InstanceState>> {
    let component = compiled.load(linker.engine(), source).map_err(|error| {
        miette!(
            help = format!("{error:#}"),
            "component `{id}`: {} is no component that this host can load",
            source.display()
        )
    })?;
    let pre = linker
        .instantiate_pre(&component)
        .map_err(|error| refused(id, &error))?;
    service(id, pre)
}

/// What a component imports that the host lacks.
fn refused(id: &str, error: &wasmtime::Error) -> miette::Report {
    let text = format!("{error:#}");
    match text.split('`').nth(1) {
        Some(import) => miette!(
            help =
                format!("Take it out of the component, or run the app with a real Spin. ({text})"),
            "component `{id}` imports `{import}`, which this host does not have"
        ),
        None => miette!("component `{id}` cannot be connected: {text}"),
    }
}

fn service(id: &str, pre: InstancePre<InstanceState>) -> miette::Result<ServicePre<InstanceState>> {
    ServicePre::new(pre).map_err(|error| {
        miette!(
            help = format!("Write it with spin-sdk 7: `#[http_service] async fn …`. ({error:#})"),
            "component `{id}` does not export wasi:http/handler@0.3.0"
        )
    })
}

/// Everything that the host has to offer.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<InstanceState>> {
    let mut linker = Linker::new(engine);
    // Rust's standard library imports WASI 0.2, the SDK 0.3.
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    postgres::add_to_linker(&mut linker, InstanceState::postgres)?;
    sqlite::add_to_linker(&mut linker, InstanceState::sqlite)?;
    variables::add_to_linker(&mut linker, InstanceState::variables)?;
    Ok(linker)
}
