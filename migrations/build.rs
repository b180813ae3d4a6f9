//! The migrations are embedded: a changed one needs a new build, and changes the fingerprint.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut files = BTreeMap::new();
    for folder in ["postgres", "sqlite"] {
        println!("cargo:rerun-if-changed={folder}");
        read_into(&mut files, &Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join(folder))?;
    }
    let mut hasher = DefaultHasher::new();
    files.into_values().collect::<Vec<_>>().hash(&mut hasher);
    println!("cargo:rustc-env=MIGRATIONS_FINGERPRINT={:016x}", hasher.finish());
    Ok(())
}

fn read_into(files: &mut BTreeMap<PathBuf, Vec<u8>>, folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_into(files, &path)?;
        } else {
            files.insert(path.clone(), fs::read(path)?);
        }
    }
    Ok(())
}
