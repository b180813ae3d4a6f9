//! A client of TLS: rustls on ring, with the built-in roots and private ones.

use std::fmt;
use std::io;
use std::sync::Arc;

use bailiwick_kernel::PrivateRoots;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

/// A client of TLS that trusts the built-in roots (Mozilla's) and private ones.
#[derive(Clone)]
pub struct TlsClient(TlsConnector);

impl TlsClient {
    /// Creates the client. Fails if a private root is malformed.
    pub fn new(roots: &PrivateRoots) -> Result<Self, String> {
        connector(roots).map(Self).map_err(|error| error.to_string())
    }

    /// Opens TLS on a connection to `host`, a name or an address.
    pub async fn connect<S>(
        &self,
        host: &str,
        stream: S,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        self.0.connect(name, stream).await
    }
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsClient")
    }
}

pub(crate) fn connector(private: &PrivateRoots) -> Result<TlsConnector, rustls::Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in private.iter() {
        roots.add(CertificateDer::from_slice(certificate))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}
