//! The migrations are embedded: a changed one needs a new build, and changes the fingerprint.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut files = BTreeMap::new();
    for database in ["postgres", "sqlite"] {
        println!("cargo:rerun-if-changed={database}");
        let folder = in_folder_of("CARGO_MANIFEST_DIR", database);
        read_into(&mut files, &folder)?;
        let list = in_folder_of("OUT_DIR", &format!("{database}.rs"));
        fs::write(list, list_of_migrations(&files, &folder))?;
    }
    let mut hasher = DefaultHasher::new();
    files.into_values().collect::<Vec<_>>().hash(&mut hasher);
    println!("cargo:rustc-env=MIGRATIONS_FINGERPRINT={:016x}", hasher.finish());
    Ok(())
}

fn in_folder_of(variable: &str, name: &str) -> PathBuf {
    Path::new(&env::var(variable).unwrap_or_default()).join(name)
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

/// Returns the migrations in the folder as an array in Rust, oldest first.
fn list_of_migrations(files: &BTreeMap<PathBuf, Vec<u8>>, folder: &Path) -> String {
    let applied = files.keys().filter(|path| path.starts_with(folder) && path.ends_with("up.sql"));
    let migration = |path: &PathBuf| {
        let name = path.parent().and_then(Path::file_name)?.to_str()?;
        let text = path.to_str()?;
        Some(format!("MigrationText {{ name: {name:?}, up: include_str!({text:?}) }},\n"))
    };
    format!("&[\n{}]\n", applied.filter_map(migration).collect::<String>())
}
