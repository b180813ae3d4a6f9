//! The name of the PostgreSQL schema.

use bailiwick::store::{OpenError, SchemaName};
use serde::Deserialize;

/// The name of the PostgreSQL schema that holds everything.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseSchema(pub SchemaName);

impl TryFrom<String> for DatabaseSchema {
    type Error = OpenError;

    fn try_from(text: String) -> Result<Self, OpenError> {
        SchemaName::parse(&text).map(Self)
    }
}
