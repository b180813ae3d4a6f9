//! Roles: a name, a level and the permissions granted.

use bailiwick_kernel::{DisplayName, IdSource, OrgId, RoleId, Timestamp};
use bailiwick_rbac::Pattern;
use serde::Serialize;

use crate::{ProductPermissions, SystemRole};

/// Precedence of a role within an organization: a higher number is a higher privilege. Custom roles have
/// 1 to 99, and only the owner role has 100.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Level(u8);

/// A level that a custom role cannot have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("hierarchy_level must be a number from 1 to 99")]
pub struct LevelError;

impl Level {
    /// The owner role's level, 100.
    pub const OWNER: Self = Self(100);

    /// Validates the level of a custom role; [`LevelError`] outside 1 to 99.
    pub fn custom(number: i64) -> Result<Self, LevelError> {
        match u8::try_from(number) {
            Ok(level @ 1..=99) => Ok(Self(level)),
            _ => Err(LevelError),
        }
    }

    /// Returns the levels of custom roles, lowest first.
    pub fn all_custom() -> impl Iterator<Item = Self> {
        (1..=99).map(Self)
    }

    /// Wraps a value from storage; `None` outside 1 to 100.
    pub fn from_stored(number: i16) -> Option<Self> {
        u8::try_from(number).ok().filter(|n| (1..=100).contains(n)).map(Self)
    }

    pub(crate) const fn of_system(number: u8) -> Self {
        Self(number)
    }

    /// Returns the number, 1 to 100.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A role of one organization (NIST RBAC, INCITS 359: a named job function).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Role {
    /// The role's id.
    pub id: RoleId,
    /// The organization that it belongs to.
    pub org_id: OrgId,
    /// Its name; unique in the organization.
    pub name: DisplayName,
    /// Its description.
    pub description: String,
    /// Its level; unique in the organization.
    pub level: Level,
    /// The system role that it is, if it is one.
    pub system: Option<SystemRole>,
    /// The permissions as granted, in the order given.
    pub permissions: Vec<Pattern>,
    /// Time of creation.
    pub created_at: Timestamp,
}

/// The values of a custom role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleDraft {
    /// Its name.
    pub name: DisplayName,
    /// Its description.
    pub description: String,
    /// Its level.
    pub level: Level,
    /// The permissions granted; repeated ones count once.
    pub permissions: Vec<Pattern>,
}

impl Role {
    /// Creates a custom role.
    pub fn custom(org_id: OrgId, draft: RoleDraft, ids: &dyn IdSource, now: Timestamp) -> Self {
        Self {
            id: RoleId::generate(ids, now),
            org_id,
            name: draft.name,
            description: draft.description,
            level: draft.level,
            system: None,
            permissions: without_repeats(draft.permissions),
            created_at: now,
        }
    }

    /// Creates the four system roles of a new organization, highest first, with the permissions of the
    /// product that uses the service.
    pub fn born_with(
        org_id: OrgId,
        product: ProductPermissions<'_>,
        ids: &dyn IdSource,
        now: Timestamp,
    ) -> Vec<Self> {
        SystemRole::ALL
            .into_iter()
            .map(|system| Self {
                id: RoleId::generate(ids, now),
                org_id,
                name: DisplayName::from_stored(system.as_str().to_owned()),
                description: system.description().to_owned(),
                level: system.level(),
                system: Some(system),
                permissions: without_repeats(system.grants(product)),
                created_at: now,
            })
            .collect()
    }

    /// Replaces name, description, level and permissions by those of the draft.
    pub fn redraft(&mut self, draft: RoleDraft) {
        self.name = draft.name;
        self.description = draft.description;
        self.level = draft.level;
        self.permissions = without_repeats(draft.permissions);
    }

    /// Returns the values as a draft.
    pub fn to_draft(&self) -> RoleDraft {
        RoleDraft {
            name: self.name.clone(),
            description: self.description.clone(),
            level: self.level,
            permissions: self.permissions.clone(),
        }
    }

    /// Returns whether this is the owner role.
    pub fn is_owner(&self) -> bool {
        self.system == Some(SystemRole::Owner)
    }
}

fn without_repeats(patterns: Vec<Pattern>) -> Vec<Pattern> {
    let mut seen = std::collections::HashSet::new();
    patterns.into_iter().filter(|pattern| seen.insert(pattern.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_levels_are_one_to_ninety_nine() {
        assert_eq!(Level::custom(1).unwrap().get(), 1);
        assert_eq!(Level::custom(99).unwrap().get(), 99);
        for number in [i64::MIN, -1, 0, 100, 256, i64::MAX] {
            assert_eq!(Level::custom(number), Err(LevelError));
        }
    }

    #[test]
    fn repeated_permissions_count_once_and_keep_their_order() {
        let [a, b] = ["kb:read", "kb:*"].map(|text| Pattern::parse(text).unwrap());
        assert_eq!(without_repeats(vec![b.clone(), a.clone(), b.clone()]), [b, a]);
    }
}
