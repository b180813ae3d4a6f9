//! The files of a directory of templates.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick_presentation::texts;

use super::TemplateError;
use super::built_in::template_names;

/// Templates by their names: `invitation.txt`, and for German `invitation.de.txt`.
pub(super) struct Folder {
    directory: PathBuf,
    files: BTreeMap<String, String>,
}

impl Folder {
    /// Reads all files, except hidden ones. Each must have the name of a template.
    pub fn read(directory: &Path) -> Result<Self, TemplateError> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(directory).map_err(|error| unreadable(directory, &error))? {
            let path = entry.map_err(|error| unreadable(directory, &error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            if !is_known(&name) {
                return Err(TemplateError::UnknownName {
                    file: path.display().to_string(),
                    remedy: remedy(),
                });
            }
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
            let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
            files.insert(name, text);
        }
        Ok(Self { directory: directory.to_owned(), files })
    }

    /// Returns the file that replaces a built-in template, with its name: that of the language if there is
    /// one.
    pub fn find(&self, name: &str, lang: &str) -> Option<(String, &str)> {
        let own = in_language(name, lang);
        let found = [own, name.to_owned()].into_iter().find(|name| self.files.contains_key(name));
        found.and_then(|name| self.files.get(&name).map(|text| (name.clone(), text.as_str())))
    }

    /// Returns the path of a file.
    pub fn path(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }
}

/// Returns the name of a template in a language: `invitation.de.txt` for `invitation.txt`.
fn in_language(name: &str, lang: &str) -> String {
    let (kind, part) = name.split_once('.').unwrap_or((name, ""));
    format!("{kind}.{lang}.{part}")
}

fn is_known(file: &str) -> bool {
    let in_languages = |name: &str| texts::all().any(|texts| in_language(name, texts.lang) == file);
    template_names().any(|name| name == file || in_languages(name))
}

fn remedy() -> String {
    let names: Vec<_> = template_names().collect();
    let languages: Vec<_> = texts::all().map(|texts| texts.lang).collect();
    format!(
        "they are {}, each also for one language ({}), as in invitation.de.txt",
        names.join(", "),
        languages.join(", ")
    )
}

fn unreadable(path: &Path, error: &std::io::Error) -> TemplateError {
    TemplateError::Unreadable { path: path.display().to_string(), why: error.to_string() }
}
