//! The triggers of a manifest.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use toml::{Spanned, Value};

use super::super::{Component, Route, StaticResponse, Target, Trigger, raw};
use crate::diagnostics::{ConfigError, SourceFile, closest};

/// The paths that belong to the host.
const WELL_KNOWN: &str = "/.well-known/spin";

pub(super) fn triggers(
    file: &SourceFile,
    components: &BTreeMap<String, Component>,
    raw: Vec<Spanned<raw::HttpTrigger>>,
) -> Result<Vec<Trigger>, ConfigError> {
    let mut triggers: Vec<Trigger> = Vec::new();
    for trigger in raw {
        let place = trigger.span();
        let trigger = trigger.into_inner();
        let route_span = trigger.route.span();
        let route = route(file, trigger.route)?;
        if let Some(executor) = &trigger.executor
            && !matches!(executor.as_ref().kind.as_str(), "http" | "spin")
        {
            return Err(file
                .error(executor.span(), "this host has no such executor")
                .help("Leave `executor` out."));
        }
        let target = match (trigger.component, trigger.static_response) {
            (Some(id), None) => Target::Component(component_id(file, components, id)?),
            (None, Some(answer)) => Target::Static(static_response(file, answer)?),
            _ => {
                return Err(file.error(
                    place,
                    "an HTTP trigger has one of `component` and `static_response`",
                ));
            }
        };
        if let Some(route) = &route
            && let Some(twin) = triggers
                .iter()
                .filter_map(|other| other.route.as_ref())
                .find(|other| other.same_paths(route))
        {
            return Err(file
                .error(
                    route_span,
                    format!("route `{}` is there twice", twin.text()),
                )
                .help("One of the two would never be reached. Take one out."));
        }
        triggers.push(Trigger { route, target });
    }
    Ok(triggers)
}

fn route(file: &SourceFile, raw: Spanned<Value>) -> Result<Option<Route>, ConfigError> {
    let span = raw.span();
    match raw.into_inner() {
        Value::String(text) => {
            let route = Route::parse(&text).map_err(|fault| {
                file.error(span.clone(), format!("`{text}` is no route"))
                    .help(fault)
            })?;
            if text == WELL_KNOWN || text.starts_with("/.well-known/spin/") {
                return Err(file.error(span, format!("`{WELL_KNOWN}/` belongs to the host")));
            }
            Ok(Some(route))
        }
        Value::Table(table)
            if table.len() == 1 && table.get("private") == Some(&Value::Boolean(true)) =>
        {
            Ok(None)
        }
        _ => Err(file
            .error(span, "a route is a path or `{ private = true }`")
            .help("Write `route = \"/path\"`, `\"/path/...\"` or `\"/path/:name\"`.")),
    }
}

fn component_id(
    file: &SourceFile,
    components: &BTreeMap<String, Component>,
    raw: Spanned<Value>,
) -> Result<String, ConfigError> {
    let span = raw.span();
    let Value::String(id) = raw.into_inner() else {
        return Err(file
            .error(span, "a trigger names its component by id here")
            .help("Write the component as `[component.<id>]`, and its id here."));
    };
    if components.contains_key(&id) {
        return Ok(id);
    }
    let fault = file.error(span, format!("there is no component `{id}`"));
    Err(match closest(&id, components.keys().map(String::as_str)) {
        Some(name) => fault.help(format!("Did you mean `{name}`?")),
        None => fault.help(format!("Add a section `[component.{id}]`.")),
    })
}

fn static_response(
    file: &SourceFile,
    raw: raw::StaticResponse,
) -> Result<StaticResponse, ConfigError> {
    let status = match raw.status_code {
        None => StatusCode::OK,
        Some(code) => StatusCode::from_u16(*code.as_ref())
            .ok()
            .filter(|status| status.as_u16() >= 200 && status.as_u16() < 600)
            .ok_or_else(|| file.error(code.span(), "a status code is between 200 and 599"))?,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in raw.headers {
        let span = name.span();
        let header = HeaderName::try_from(name.as_ref())
            .map_err(|_| file.error(span.clone(), "this can be no header's name"))?;
        let value = HeaderValue::try_from(value).map_err(|_| {
            file.error(
                span,
                "this header's value has a character that none may have",
            )
        })?;
        headers.append(header, value);
    }
    Ok(StaticResponse {
        status,
        headers,
        body: Bytes::from(raw.body.unwrap_or_default()),
    })
}
