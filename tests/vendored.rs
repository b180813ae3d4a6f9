//! Holds vendored files to what their `VENDOR.toml` says of them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::{assert_none, is_free, read, root};

#[test]
fn vendored_files_have_the_hashes_that_are_recorded() {
    for folder in folders() {
        let recorded = recorded(&folder.join("VENDOR.toml"));
        assert_eq!(recorded, found(&folder), "{}", folder.display());
    }
}

#[test]
fn vendored_projects_have_a_name_a_version_and_a_free_license() {
    for folder in folders() {
        let about = read(folder.join("VENDOR.toml"));
        for key in ["name", "version", "license", "source"] {
            assert!(about.contains(&format!("\n{key} = \"")), "{}: no {key}", folder.display());
        }
        let licenses = about
            .lines()
            .filter_map(|line| line.strip_prefix("license = "))
            .map(|text| text.trim_matches('"'));
        assert_none("licenses of vendored files", licenses.filter(|license| !is_free(license)));
        assert!(folder.join("LICENSE").is_file(), "{}: the text of the license", folder.display());
    }
}

fn folders() -> Vec<PathBuf> {
    let crates =
        fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path().join("vendor"));
    let vendors = crates.filter(|folder| folder.is_dir()).flat_map(|folder| fs::read_dir(folder).unwrap());
    let folders: Vec<_> = vendors.map(|entry| entry.unwrap().path()).collect();
    assert!(!folders.is_empty(), "Swagger UI");
    folders
}

/// The lines below `[files]`, each a name and its hash.
fn recorded(about: &PathBuf) -> BTreeMap<String, String> {
    let text = read(about);
    let (_, files) = text.split_once("\n[files]\n").unwrap();
    let pairs = files.lines().map(|line| line.split_once(" = ").unwrap());
    pairs.map(|(name, hash)| (name.trim_matches('"').to_owned(), hash.trim_matches('"').to_owned())).collect()
}

fn found(folder: &PathBuf) -> BTreeMap<String, String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let vendored = paths.filter(|path| !path.ends_with("VENDOR.toml"));
    vendored
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), hash(&fs::read(&path).unwrap())))
        .collect()
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
