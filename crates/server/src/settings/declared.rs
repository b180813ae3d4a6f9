//! Permissions that the product declares one by one.

use bailiwick::rbac::Permission;
use bailiwick::roles::{
    DeclarationError, DeclaredPermission, DescriptionError, SystemRole, check_declared_name,
    check_description,
};
use serde::Deserialize;

/// A table of `[[permissions.declared]]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "Table")]
pub struct Declared(DeclaredPermission);

impl From<Declared> for DeclaredPermission {
    fn from(declared: Declared) -> Self {
        declared.0
    }
}

/// The values of the table, each checked alone, so that an error names the value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Name,
    description: Description,
    role: LowestRole,
}

impl TryFrom<Table> for Declared {
    type Error = DeclarationError;

    fn try_from(table: Table) -> Result<Self, DeclarationError> {
        DeclaredPermission::new(table.name.0, &table.description.0, table.role.0).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name(Permission);

impl TryFrom<String> for Name {
    type Error = DeclarationError;

    fn try_from(text: String) -> Result<Self, DeclarationError> {
        check_declared_name(&text).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Description(String);

impl TryFrom<String> for Description {
    type Error = DescriptionError;

    fn try_from(text: String) -> Result<Self, DescriptionError> {
        check_description(&text).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct LowestRole(SystemRole);

impl TryFrom<String> for LowestRole {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let role = SystemRole::parse(&text).map(Self);
        role.ok_or_else(|| format!("{text:?} is no system role; write owner, admin, member or guest"))
    }
}
