//! Output bindings.

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde_json::Value;

use crate::sidecar::path;
use crate::{Sidecar, SidecarError, Transport};

#[derive(Serialize)]
struct Invocation<'a> {
    operation: &'a str,
    data: &'a Value,
    metadata: std::collections::BTreeMap<&'a str, &'a str>,
}

impl<T: Transport> Sidecar<T> {
    /// Calls an operation of a binding, and returns what it answered; that may be
    /// nothing.
    ///
    /// # Errors
    ///
    /// The sidecar cannot be reached, or the binding failed.
    pub async fn invoke_binding(
        &self,
        name: &str,
        operation: &str,
        data: &Value,
        metadata: &[(String, String)],
    ) -> Result<Bytes, SidecarError> {
        let invocation = Invocation {
            operation,
            data,
            metadata: metadata
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
        };
        let body = serde_json::to_vec(&invocation)
            .map_err(|error| SidecarError::Unusable(error.to_string()))?;
        let content = ("application/json", body.into());
        let path = path(&["v1.0", "bindings", name]);
        self.call_ok(Method::POST, &path, Some(content)).await
    }
}
