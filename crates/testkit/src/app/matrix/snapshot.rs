//! The stored matrix.

use std::fs;
use std::path::Path;

use super::AccessMatrix;

/// The environment variable by which files are written instead of compared.
const UPDATE: &str = "BAILIWICK_UPDATE_SNAPSHOTS";

impl AccessMatrix {
    /// Asserts that the file has this matrix. Writes it instead if `BAILIWICK_UPDATE_SNAPSHOTS` is set.
    #[track_caller]
    pub fn assert_file(&self, path: impl AsRef<Path>) {
        match std::env::var_os(UPDATE) {
            Some(_) => fs::write(path, self.to_string()).expect("the file can be written"),
            None => self.compare(path),
        }
    }

    /// Asserts that the file has this matrix.
    #[track_caller]
    pub fn compare(&self, path: impl AsRef<Path>) {
        let (path, actual) = (path.as_ref(), self.to_string());
        let stored = fs::read_to_string(path).unwrap_or_default();
        assert!(
            stored == actual,
            "{} has another matrix than the service; {UPDATE}=1 writes it.\nstored:\n{stored}\nactual:\n{actual}",
            path.display(),
        );
    }
}
