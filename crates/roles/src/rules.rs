//! The rules of granting: which roles and permissions a caller may grant, and to whom. They apply to
//! every interface.

use bailiwick_rbac::{Pattern, PermissionSet};

use crate::{Level, Role, RoleError};

/// The caller's role in the organization.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Level of the caller's role.
    pub level: Level,
    /// Whether it is the owner role.
    pub is_owner: bool,
    /// The permissions that it grants.
    pub permissions: &'a PermissionSet,
}

impl Holder<'_> {
    /// Requires that a target is strictly below the caller's level; an owner may also act on owners.
    /// [`RoleError::NotBelow`] otherwise.
    pub fn may_act_on(&self, target: Level) -> Result<(), RoleError> {
        let below = target < self.level || (self.is_owner && target == Level::OWNER);
        if below { Ok(()) } else { Err(RoleError::NotBelow) }
    }

    /// Requires that a role's new level is strictly below the caller's, even for owners.
    /// [`RoleError::NotBelow`] otherwise.
    pub fn may_place_at(&self, level: Level) -> Result<(), RoleError> {
        if level < self.level { Ok(()) } else { Err(RoleError::NotBelow) }
    }

    /// Requires that the caller's permissions cover each of `patterns`, also those with a `*`.
    /// [`RoleError::BeyondOwnGrants`] otherwise.
    pub fn may_grant<'p>(&self, patterns: impl IntoIterator<Item = &'p Pattern>) -> Result<(), RoleError> {
        match self.permissions.first_uncovered(patterns) {
            Some(_) => Err(RoleError::BeyondOwnGrants),
            None => Ok(()),
        }
    }

    /// Requires that the caller may give `role` to an account, by assignment or invitation.
    pub fn may_hand_out(&self, role: &Role) -> Result<(), RoleError> {
        self.may_act_on(role.level)?;
        self.may_grant(&role.permissions)
    }

    /// Requires that the caller may change `role` to `edited`. Grants that the role has already may
    /// stay, because they are not granted anew.
    pub fn may_edit(&self, role: &Role, edited: &Role) -> Result<(), RoleError> {
        self.may_touch(role)?;
        self.may_place_at(edited.level)?;
        let granted_before = PermissionSet::new(role.permissions.iter().cloned());
        self.may_grant(edited.permissions.iter().filter(|grant| !granted_before.covers(grant)))
    }

    /// Requires that the caller may edit or delete `role` at all; [`RoleError::System`] for a system
    /// role.
    pub fn may_touch(&self, role: &Role) -> Result<(), RoleError> {
        self.may_act_on(role.level)?;
        if role.system.is_some() { Err(RoleError::System) } else { Ok(()) }
    }

    /// Requires that the caller may create `role`.
    pub fn may_create(&self, role: &Role) -> Result<(), RoleError> {
        self.may_place_at(role.level)?;
        self.may_grant(&role.permissions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRole;
    use bailiwick_kernel::{DisplayName, OrgId, RoleId, Timestamp};
    use uuid::Uuid;

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| Pattern::parse(text).unwrap()).collect()
    }

    fn role(level: i64, grants: &[&str]) -> Role {
        Role {
            id: RoleId::from_stored(Uuid::nil()),
            org_id: OrgId::from_stored(Uuid::nil()),
            name: DisplayName::from_stored("r".to_owned()),
            description: String::new(),
            level: Level::custom(level).unwrap(),
            system: None,
            permissions: patterns(grants),
            created_at: Timestamp::from_unix_seconds(0).unwrap(),
        }
    }

    fn owner_role() -> Role {
        Role { level: Level::OWNER, system: Some(SystemRole::Owner), ..role(1, &["*:*"]) }
    }

    #[test]
    fn a_caller_acts_on_lower_levels_only_and_an_owner_also_on_owners() {
        let all = PermissionSet::new(patterns(&["*"]));
        let admin = Holder { level: Level::of_system(80), is_owner: false, permissions: &all };
        let owner = Holder { level: Level::OWNER, is_owner: true, permissions: &all };
        assert_eq!(admin.may_act_on(Level::of_system(79)), Ok(()));
        assert_eq!(admin.may_act_on(Level::of_system(80)), Err(RoleError::NotBelow));
        assert_eq!(admin.may_hand_out(&owner_role()), Err(RoleError::NotBelow));
        assert_eq!(owner.may_hand_out(&owner_role()), Ok(()));
        assert_eq!(owner.may_place_at(Level::OWNER), Err(RoleError::NotBelow));
    }

    #[test]
    fn a_caller_grants_only_permissions_that_the_caller_holds() {
        let held = PermissionSet::new(patterns(&["kb:r*", "roles:*"]));
        let editor = Holder { level: Level::of_system(50), is_owner: false, permissions: &held };
        assert_eq!(editor.may_create(&role(49, &["kb:read", "roles:w*"])), Ok(()));
        for beyond in ["kb:*", "*:read", "*", "kb:write", "*:*"] {
            assert_eq!(editor.may_create(&role(49, &[beyond])), Err(RoleError::BeyondOwnGrants));
        }
        assert_eq!(editor.may_create(&role(50, &["kb:read"])), Err(RoleError::NotBelow));
    }

    #[test]
    fn grants_that_a_role_has_already_may_stay() {
        let held = PermissionSet::new(patterns(&["kb:read"]));
        let editor = Holder { level: Level::of_system(50), is_owner: false, permissions: &held };
        let before = role(10, &["billing:*"]);
        assert_eq!(editor.may_edit(&before, &role(11, &["billing:*", "kb:read"])), Ok(()));
        assert_eq!(editor.may_edit(&before, &role(11, &["*:*"])), Err(RoleError::BeyondOwnGrants));
        assert_eq!(editor.may_edit(&before, &role(50, &[])), Err(RoleError::NotBelow));
    }

    #[test]
    fn system_roles_cannot_be_edited() {
        let all = PermissionSet::new(patterns(&["*"]));
        let owner = Holder { level: Level::OWNER, is_owner: true, permissions: &all };
        assert_eq!(owner.may_touch(&owner_role()), Err(RoleError::System));
    }
}
