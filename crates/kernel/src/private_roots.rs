//! The operator's CA certificates, for TLS connections to other servers.

use std::fmt;

/// CA certificates (DER) that TLS clients trust in addition to the built-in roots.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PrivateRoots(Vec<Vec<u8>>);

impl PrivateRoots {
    /// Wraps DER certificates without parsing them; building a client parses them.
    pub fn new(certificates: Vec<Vec<u8>>) -> Self {
        Self(certificates)
    }

    /// Returns whether there are none, so that only the built-in roots are trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the certificates in DER.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }
}

impl fmt::Debug for PrivateRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateRoots({})", self.0.len())
    }
}
