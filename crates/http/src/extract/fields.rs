//! Checks of the fields of a body.

use std::fmt::Display;

use bailiwick_kernel::{EmailError, LanguageError, NameError, SlugError};
use bailiwick_rbac::PatternError;
use bailiwick_roles::LevelError;
use bailiwick_users::PasswordError;

use serde::de::DeserializeOwned;

use crate::extract::json;
use crate::extract::tree::Json;
use crate::extract::view::View;
use crate::problem::{FieldError, Problem};

/// A body as clients send it: every field may be absent. [`Input::check`] converts it to the input of
/// a use case.
pub trait Input: DeserializeOwned {
    /// The input of a use case.
    type Value;

    /// Checks all fields, so that one response reports all errors; `None` if there is an error.
    fn check(self, fields: &mut Fields) -> Option<Self::Value>;
}

/// The errors of the fields of a body, in the order of the fields.
///
/// ```
/// use bailiwick_http::extract::{Fields, Input};
/// use bailiwick_kernel::{DisplayName, Email};
///
/// #[derive(serde::Deserialize)]
/// struct Greeting {
///     email: Option<String>,
///     name: Option<String>,
/// }
///
/// impl Input for Greeting {
///     type Value = (Email, Option<DisplayName>);
///
///     fn check(self, fields: &mut Fields) -> Option<Self::Value> {
///         let email = fields.required("/email", self.email, Email::parse);
///         let name = fields.optional("/name", self.name, DisplayName::parse);
///         Some((email?, name?))
///     }
/// }
///
/// let body = serde_json::json!({ "name": "" });
/// let problem = Fields::check_value::<Greeting>(body).unwrap_err();
/// assert_eq!(problem.status(), 422);
/// ```
#[derive(Debug, Default)]
pub struct Fields {
    errors: Vec<FieldError>,
}

/// The reason why a value is refused: a message for people, and a code for programs.
pub trait Fault: Display {
    /// The code: `required`, `invalid`, `too_short`, `too_long` or `too_common`.
    fn code(&self) -> &'static str {
        "invalid"
    }
}

impl Fields {
    /// Parses a value that must be present. `None` means that an error was added.
    pub fn required<R: View, T, E: Fault>(
        &mut self,
        pointer: &str,
        value: Option<R>,
        parse: impl FnOnce(&R::Seen) -> Result<T, E>,
    ) -> Option<T> {
        match value {
            Some(value) => self.parsed(pointer, parse(value.view())),
            None => self.missing(pointer),
        }
    }

    /// Parses a value that may be absent, which gives `Some(None)`. `None` means that an error was added.
    pub fn optional<R: View, T, E: Fault>(
        &mut self,
        pointer: &str,
        value: Option<R>,
        parse: impl FnOnce(&R::Seen) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match value {
            Some(value) => self.parsed(pointer, parse(value.view())).map(Some),
            None => Some(None),
        }
    }

    /// Adds the error of a missing value.
    pub fn missing<T>(&mut self, pointer: &str) -> Option<T> {
        self.refuse(pointer, "required", "a value is required")
    }

    /// Adds an error.
    pub fn refuse<T>(&mut self, pointer: &str, code: &'static str, message: impl Into<String>) -> Option<T> {
        self.errors.push(FieldError::new(pointer, code, message));
        None
    }

    /// Checks an input by itself, such as one row of many. Fails with 422 if a field is refused.
    pub fn check_value<I: Input>(value: impl Into<Json>) -> Result<I::Value, Problem> {
        Self::collect(json::from_tree::<I>(value.into())?)
    }

    pub(super) fn collect<I: Input>(input: I) -> Result<I::Value, Problem> {
        let mut fields = Self::default();
        match input.check(&mut fields) {
            Some(value) if fields.errors.is_empty() => Ok(value),
            _ => Err(fields.into_problem()),
        }
    }

    /// Converts the errors to one problem.
    pub fn into_problem(self) -> Problem {
        Problem::invalid(self.errors)
    }

    fn parsed<T, E: Fault>(&mut self, pointer: &str, outcome: Result<T, E>) -> Option<T> {
        outcome.map_err(|error| self.refuse::<()>(pointer, error.code(), error.to_string())).ok()
    }
}

impl Fault for String {}
impl Fault for &str {}
impl Fault for LevelError {}

impl Fault for EmailError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong => "too_long",
            Self::Invisible | Self::NotAscii | Self::Malformed => "invalid",
        }
    }
}

impl Fault for NameError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong => "too_long",
            Self::ControlCharacter => "invalid",
        }
    }
}

impl Fault for LanguageError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed => "invalid",
        }
    }
}

impl Fault for SlugError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong => "too_long",
            Self::Malformed => "invalid",
        }
    }
}

impl Fault for PasswordError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Common => "too_common",
        }
    }
}

impl Fault for PatternError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::MissingColon
            | Self::TooManyColons
            | Self::EmptyHalf
            | Self::BadCharacter(_)
            | Self::Wildcard => "invalid",
        }
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_kernel::{DisplayName, Email};
    use bailiwick_roles::Level;
    use bailiwick_users::Password;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        email: Option<String>,
        password: Option<String>,
        name: Option<String>,
        level: Option<i64>,
    }

    impl Input for Sample {
        type Value = Option<DisplayName>;

        fn check(self, fields: &mut Fields) -> Option<Self::Value> {
            let email = fields.required("/email", self.email, Email::parse);
            let password = fields.required("/password", self.password, Password::parse);
            let name = fields.optional("/name", self.name, DisplayName::parse);
            let level = fields.optional("/level", self.level, |number| Level::custom(*number));
            let _ = (email?, password?, level?);
            name
        }
    }

    #[test]
    fn all_errors_are_told_in_the_order_of_the_fields() {
        let problem = Fields::check_value::<Sample>(json!({"password": "x", "name": " ", "level": 100}));
        let body = serde_json::to_value(problem.unwrap_err().body()).unwrap();
        assert_eq!(body["detail"], "Validation failed");
        let errors: Vec<_> =
            body["errors"].as_array().unwrap().iter().map(|e| (&e["pointer"], &e["code"])).collect();
        let expected = [
            (json!("/email"), json!("required")),
            (json!("/password"), json!("too_short")),
            (json!("/name"), json!("required")),
            (json!("/level"), json!("invalid")),
        ];
        assert_eq!(errors, expected.iter().map(|(p, c)| (p, c)).collect::<Vec<_>>());
    }

    #[test]
    fn null_counts_as_absent() {
        let body = json!({"email": "a@b.example", "password": "long enough", "name": null});
        assert_eq!(Fields::check_value::<Sample>(body).unwrap(), None);
    }
}
