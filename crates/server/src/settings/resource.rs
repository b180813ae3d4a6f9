//! A resource of the product.

use bailiwick::rbac::Permission;
use bailiwick::roles::built_in_catalogue;
use serde::Deserialize;

/// Its name, the first half of its permissions.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Resource(String);

impl From<Resource> for String {
    fn from(resource: Resource) -> Self {
        resource.0
    }
}

impl TryFrom<String> for Resource {
    type Error = String;

    /// The resources of the service itself are refused: the system roles grant
    /// members to write what the product names.
    fn try_from(text: String) -> Result<Self, String> {
        if let Err(error) = Permission::parse(&format!("{text}:read")) {
            return Err(format!("{text:?} cannot name a resource: {error}"));
        }
        if built_in_catalogue(&[]).iter().any(|(permission, _)| permission.resource() == text) {
            return Err(format!("{text:?} is a resource of the service itself; choose another name"));
        }
        Ok(Self(text))
    }
}
