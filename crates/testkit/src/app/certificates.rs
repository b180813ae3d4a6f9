//! Certificates of a private CA, for servers that a test starts.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const CONFIG: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = bailiwick test CA
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost, IP:127.0.0.1
[elsewhere]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:elsewhere.example
";

/// The PEM files of a CA and of certificates with their keys, deleted when this value is dropped.
#[derive(Debug)]
pub struct Certificates(TempDir);

impl Certificates {
    /// Generates them with the program `openssl`. Panics if it cannot be run.
    pub fn make() -> Self {
        let made = Self(tempfile::tempdir().expect("a folder"));
        std::fs::write(made.0.path().join("openssl.cnf"), CONFIG).expect("a file");
        made.certify("ca", &[]);
        for name in ["server", "elsewhere"] {
            made.certify(name, &["-subj", "/CN=server", "-CA", "ca.pem", "-CAkey", "ca.key"]);
        }
        made
    }

    fn certify(&self, name: &str, issuer: &[&str]) {
        let mut openssl = Command::new("openssl");
        openssl.current_dir(self.0.path()).args([
            "req",
            "-x509",
            "-nodes",
            "-days",
            "2",
            "-config",
            "openssl.cnf",
        ]);
        openssl.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-extensions", name]);
        openssl.args(["-out", &format!("{name}.pem"), "-keyout", &format!("{name}.key")]).args(issuer);
        let output = openssl.output().expect("openssl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The directory of the files.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The path of the CA's certificate.
    pub fn ca(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// The path of the certificate for `localhost` and 127.0.0.1.
    pub fn server(&self) -> PathBuf {
        self.file("server.pem")
    }

    /// The path of the key of [`Self::server`].
    pub fn server_key(&self) -> PathBuf {
        self.file("server.key")
    }

    /// The path of a file by its name: `elsewhere.pem` is the certificate of another host.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
