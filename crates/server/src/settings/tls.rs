//! The private roots of TLS.

use std::path::Path;

use bailiwick::infra::read_ca_file;
use bailiwick::kernel::PrivateRoots;
use serde::Deserialize;

/// The CA certificates in a file. It is read with the settings, so that an unusable file is an error of
/// the settings.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct CaFile(pub PrivateRoots);

impl TryFrom<String> for CaFile {
    type Error = String;

    fn try_from(path: String) -> Result<Self, String> {
        read_ca_file(Path::new(&path)).map(Self).map_err(|error| error.to_string())
    }
}
