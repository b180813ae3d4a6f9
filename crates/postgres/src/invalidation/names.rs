//! The names that the functions of the migration `schema_names` give to the channel of changes, and to
//! the settings of a transaction. They are read and not derived from the options, so that a node and the
//! triggers cannot differ.

use bailiwick_kernel::StoreError;
use bailiwick_sql::SchemaName;
use bailiwick_sql::error::corrupt;

/// The names of a schema, which never change. They consist of characters that need no quotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Names {
    /// Channel of the notifications of changes.
    pub channel: String,
    settings: String,
}

impl Names {
    /// Returns the query for the names, as one text. It names the schema if that is known, because an
    /// embedding program may have changed the search path of the transaction.
    pub fn query(schema: Option<&SchemaName>) -> String {
        let prefix = schema.map(|schema| format!("{schema}.")).unwrap_or_default();
        format!("SELECT {prefix}authority_channel() || ' ' || {prefix}authority_settings() AS names")
    }

    /// Parses the result of [`Self::query`].
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        match text.split_once(' ') {
            Some((channel, settings)) if is_plain(channel) && is_plain(settings) => {
                Ok(Self { channel: channel.to_owned(), settings: settings.to_owned() })
            }
            _ => Err(corrupt("the functions authority_channel and authority_settings return no names")),
        }
    }

    /// Returns the setting in which the triggers store the last change of the transaction.
    pub fn change(&self) -> String {
        format!("{}.change", self.settings)
    }

    /// Returns the setting that names the channel of acknowledgements.
    pub fn reply_to(&self) -> String {
        format!("{}.reply_to", self.settings)
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        let names = Names::parse("authority_of_app bailiwick_app").unwrap();
        assert_eq!(names.channel, "authority_of_app");
        assert_eq!(names.change(), "bailiwick_app.change");
        assert_eq!(names.reply_to(), "bailiwick_app.reply_to");
        for text in ["", "authority", "authority ", " bailiwick", "a'b c", "a b c", "A b"] {
            assert!(Names::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_schema_that_is_known_is_named() {
        let app = SchemaName::parse("app").unwrap();
        assert!(Names::query(Some(&app)).contains("\"app\".authority_settings()"));
        assert!(Names::query(None).starts_with("SELECT authority_channel()"));
    }
}
