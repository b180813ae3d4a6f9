//! The names of the product's resources.

use bailiwick::roles::{ResourceError, check_resource};
use serde::Deserialize;

/// The name of a resource, which is the first half of the names of its permissions.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Resource(String);

impl From<Resource> for String {
    fn from(resource: Resource) -> Self {
        resource.0
    }
}

impl TryFrom<String> for Resource {
    type Error = ResourceError;

    fn try_from(text: String) -> Result<Self, ResourceError> {
        check_resource(&text)?;
        Ok(Self(text))
    }
}
