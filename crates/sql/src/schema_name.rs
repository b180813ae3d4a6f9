//! The name of a PostgreSQL schema.

use std::fmt;

use crate::OpenError;

/// Longest name, so that the names that are derived from it (the longest is that of the channel of
/// changes) fit into the 63 bytes of a PostgreSQL identifier.
const MAX_BYTES: usize = 48;

/// The name of a PostgreSQL schema: a lower-case letter or an underscore, followed by such characters
/// and digits, at most 48 bytes. Not `pg_..` or `information_schema`, which belong to PostgreSQL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SchemaName(String);

impl SchemaName {
    /// Checks a name; [`OpenError::BadSchemaName`] for any other text.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let bad = |problem: &str| Err(OpenError::BadSchemaName(problem.to_owned()));
        let is_first = |byte: u8| byte == b'_' || byte.is_ascii_lowercase();
        if !text.bytes().next().is_some_and(is_first) {
            return bad("it begins with a letter from a to z or an underscore");
        }
        if !text.bytes().all(|byte| is_first(byte) || byte.is_ascii_digit()) {
            return bad("it consists of letters from a to z, digits and underscores");
        }
        if text.len() > MAX_BYTES {
            return bad(&format!("it has {} characters, and at most {MAX_BYTES} are possible", text.len()));
        }
        if text.starts_with("pg_") || text == "information_schema" {
            return bad("names that begin with pg_, and information_schema, belong to PostgreSQL");
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the value of `search_path` with this schema alone. Temporary tables come last, because
    /// PostgreSQL looks into them first otherwise.
    pub fn search_path(&self) -> String {
        format!("{self}, pg_temp")
    }
}

/// Quotes the name, because it may be a keyword.
impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_identifiers_are_names() {
        for name in ["identity", "_1", "user", "a_b2", &"a".repeat(48)] {
            assert_eq!(SchemaName::parse(name).unwrap().to_string(), format!("\"{name}\""));
        }
    }

    #[test]
    fn other_texts_are_refused_with_the_reason() {
        for (text, reason) in [
            ("", "begins with a letter"),
            ("1a", "begins with a letter"),
            ("Identity", "begins with a letter"),
            ("shoP", "letters from a to z, digits"),
            ("a-b", "letters from a to z, digits"),
            ("a\"; DROP SCHEMA public; --", "letters from a to z, digits"),
            ("a, public", "letters from a to z, digits"),
            ("é", "begins with a letter"),
            (&"a".repeat(49), "49 characters"),
            ("pg_catalog", "belong to PostgreSQL"),
            ("information_schema", "belong to PostgreSQL"),
        ] {
            let error = SchemaName::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
