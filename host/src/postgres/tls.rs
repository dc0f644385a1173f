//! Whom a connection to a database trusts.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Trusts what the machine trusts, and whoever this certificate (PEM) signed.
///
/// # Errors
///
/// When the certificate is none.
pub(super) fn connector(ca_root: Option<&str>) -> Result<MakeRustlsConnect, String> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    if let Some(text) = ca_root {
        let certificate = CertificateDer::from_pem_slice(text.as_bytes())
            .map_err(|error| format!("the root certificate is no PEM: {error}"))?;
        roots
            .add(certificate)
            .map_err(|error| format!("the root certificate is none: {error}"))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
