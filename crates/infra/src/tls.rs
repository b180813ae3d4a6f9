//! Reads private roots of TLS from a file.

use std::path::{Path, PathBuf};

use bailiwick_kernel::PrivateRoots;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The reason that the CA certificates of a file cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}: {problem}", file.display())]
pub struct CaFileError {
    file: PathBuf,
    problem: String,
}

/// Reads the CA certificates in a PEM file. Fails if any of them is malformed, or if the file
/// holds none.
pub fn read_ca_file(file: &Path) -> Result<PrivateRoots, CaFileError> {
    let unusable = |problem: String| CaFileError { file: file.to_owned(), problem };
    let text = std::fs::read(file).map_err(|error| unusable(format!("it cannot be read: {error}")))?;
    let (mut store, mut found) = (RootCertStore::empty(), Vec::new());
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let number = found.len() + 1;
        let malformed = |error: String| unusable(format!("certificate {number} is malformed: {error}"));
        let certificate = certificate.map_err(|error| malformed(error.to_string()))?;
        found.push(certificate.to_vec());
        store.add(certificate).map_err(|error| malformed(error.to_string()))?;
    }
    if found.is_empty() {
        return Err(unusable("it holds no certificate in PEM".to_owned()));
    }
    Ok(PrivateRoots::new(found))
}
