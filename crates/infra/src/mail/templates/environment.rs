//! The template engine, as mails need it.

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior};

use super::TemplateError;
use super::built_in::BUILT_IN;
use super::check::broken;
use super::folder::Folder;

/// Returns an engine without templates: what is not defined is an error, and HTML is escaped.
fn empty() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| {
        let is_html = name.rsplit_once('.').is_some_and(|(_, part)| part == "html");
        if is_html { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.set_formatter(format);
    environment
}

/// Returns an engine with the built-in templates.
pub(super) fn built_in() -> Environment<'static> {
    let mut environment = empty();
    for (name, source) in BUILT_IN {
        // A test renders each of them.
        let _ = environment.add_template(name, source);
    }
    environment
}

/// Returns an engine with the templates of a folder in this language, and the built-in ones that have no
/// file there.
pub(super) fn of_folder(folder: &Folder, lang: &str) -> Result<Environment<'static>, TemplateError> {
    let mut environment = built_in();
    for (name, _) in BUILT_IN {
        if let Some((file, source)) = folder.find(name, lang) {
            let added = environment.add_template_owned(name, source.to_owned());
            added.map_err(|error| broken(folder.path(&file), &error))?;
        }
    }
    Ok(environment)
}

/// Writes a value. Unlike the engine's own escaping it leaves `/` as it is, so that links stay readable.
fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let is_html = matches!(state.auto_escape(), AutoEscape::Html) && !value.is_safe();
    let text = value.to_string();
    let written = if is_html { out.write_str(&escaped(&text)) } else { out.write_str(&text) };
    written.map_err(Error::from)
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}
