//! Membership in an organization, as a state machine.

use bailiwick_kernel::{OrgId, RoleId, Timestamp, UserId};
use serde::Serialize;

use crate::OrgError;

/// Stored status of a membership.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipStatus {
    /// Invited, but not yet joined.
    Invited,
    /// A member with the authority of the role.
    Active,
    /// A member without authority until restored.
    Suspended,
    /// A former member; joins again only by an invitation.
    Removed,
}

impl MembershipStatus {
    /// Returns the stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Removed => "removed",
        }
    }

    /// Parses the stored form; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Invited, Self::Active, Self::Suspended, Self::Removed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// Status of a membership at a given time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EffectiveStatus {
    /// Not a member: there is no membership, or the invitation expired.
    None,
    /// The stored status.
    As(MembershipStatus),
}

/// The membership of an account in an organization, at most one per pair.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    /// The organization.
    pub org_id: OrgId,
    /// The account.
    pub user_id: UserId,
    /// The role held or offered; `None` only for a removed member whose former role was deleted.
    pub role_id: Option<RoleId>,
    /// The stored status.
    pub status: MembershipStatus,
    /// Expiry of the invitation; an invited account counts as no member from then on.
    pub invited_until: Option<Timestamp>,
    /// Time at which the membership was first stored.
    pub created_at: Timestamp,
    /// Time at which the account last joined.
    pub joined_at: Option<Timestamp>,
}

impl Membership {
    /// Creates an active membership that joined at `now`.
    pub fn active(org_id: OrgId, user_id: UserId, role_id: RoleId, now: Timestamp) -> Self {
        Self {
            org_id,
            user_id,
            role_id: Some(role_id),
            status: MembershipStatus::Active,
            invited_until: None,
            created_at: now,
            joined_at: Some(now),
        }
    }

    /// Creates an invited membership, whose invitation expires at `until`.
    pub fn invited(
        org_id: OrgId,
        user_id: UserId,
        role_id: RoleId,
        until: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self {
            org_id,
            user_id,
            role_id: Some(role_id),
            status: MembershipStatus::Invited,
            invited_until: Some(until),
            created_at: now,
            joined_at: None,
        }
    }

    /// Returns the status at `now`.
    pub fn effective_status(&self, now: Timestamp) -> EffectiveStatus {
        effective_status(self.status, self.invited_until, now)
    }

    /// Returns whether the account is a member: active or suspended.
    pub fn is_member(&self) -> bool {
        matches!(self.status, MembershipStatus::Active | MembershipStatus::Suspended)
    }

    /// Invites the account, for the first time or again. [`OrgError::AlreadyMember`] if it is a member.
    pub fn invite(&mut self, role_id: RoleId, until: Timestamp) -> Result<(), OrgError> {
        if self.is_member() {
            return Err(OrgError::AlreadyMember);
        }
        self.status = MembershipStatus::Invited;
        self.role_id = Some(role_id);
        self.invited_until = Some(until);
        Ok(())
    }

    /// Withdraws the invitation: a former member is removed again. Returns `true` if the account never
    /// joined, and the caller must then delete the membership.
    ///
    /// If the status is not invited, does nothing and returns `false`.
    pub fn withdraw_invitation(&mut self) -> bool {
        if self.status != MembershipStatus::Invited {
            return false;
        }
        self.status = MembershipStatus::Removed;
        self.invited_until = None;
        self.joined_at.is_none()
    }

    /// Makes the account an active member with the role of the invitation. [`OrgError::AlreadyMember`]
    /// if it is a member.
    pub fn join(&mut self, role_id: RoleId, now: Timestamp) -> Result<(), OrgError> {
        if self.is_member() {
            return Err(OrgError::AlreadyMember);
        }
        self.status = MembershipStatus::Active;
        self.role_id = Some(role_id);
        self.invited_until = None;
        self.joined_at = Some(now);
        Ok(())
    }

    /// Suspends the member. [`OrgError::NotMember`] if it is not one.
    pub fn suspend(&mut self) -> Result<(), OrgError> {
        self.require_member()?;
        self.status = MembershipStatus::Suspended;
        Ok(())
    }

    /// Restores the member. [`OrgError::NotMember`] if it is not one.
    pub fn restore(&mut self) -> Result<(), OrgError> {
        self.require_member()?;
        self.status = MembershipStatus::Active;
        Ok(())
    }

    /// Removes the member. [`OrgError::NotMember`] if it is not one.
    pub fn remove(&mut self) -> Result<(), OrgError> {
        self.require_member()?;
        self.status = MembershipStatus::Removed;
        Ok(())
    }

    /// Assigns the role and reactivates a suspended member. [`OrgError::NotMember`] if it is not a
    /// member.
    pub fn assign(&mut self, role_id: RoleId) -> Result<(), OrgError> {
        self.require_member()?;
        self.role_id = Some(role_id);
        self.status = MembershipStatus::Active;
        Ok(())
    }

    fn require_member(&self) -> Result<(), OrgError> {
        if self.is_member() { Ok(()) } else { Err(OrgError::NotMember) }
    }
}

/// Returns the status at `now`. An expired invitation counts as no membership.
pub fn effective_status(
    status: MembershipStatus,
    invited_until: Option<Timestamp>,
    now: Timestamp,
) -> EffectiveStatus {
    match (status, invited_until) {
        (MembershipStatus::Invited, Some(until)) if until <= now => EffectiveStatus::None,
        _ => EffectiveStatus::As(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    fn role(n: u128) -> RoleId {
        RoleId::from_stored(Uuid::from_u128(n))
    }

    fn invited() -> Membership {
        let (org, user) = (OrgId::from_stored(Uuid::nil()), UserId::from_stored(Uuid::nil()));
        Membership::invited(org, user, role(1), at(10), at(0))
    }

    #[test]
    fn an_invitation_counts_until_it_expires() {
        assert_eq!(invited().effective_status(at(9)), EffectiveStatus::As(MembershipStatus::Invited));
        assert_eq!(invited().effective_status(at(10)), EffectiveStatus::None);
    }

    #[test]
    fn an_invited_account_joins_once() {
        let mut member = invited();
        member.join(role(2), at(5)).unwrap();
        assert_eq!((member.status, member.role_id), (MembershipStatus::Active, Some(role(2))));
        assert_eq!(member.join(role(2), at(6)), Err(OrgError::AlreadyMember));
        assert_eq!(member.invite(role(2), at(20)), Err(OrgError::AlreadyMember));
    }

    #[test]
    fn only_members_are_suspended_restored_assigned_or_removed() {
        for change in [Membership::suspend, Membership::restore, Membership::remove] {
            assert_eq!(change(&mut invited()), Err(OrgError::NotMember));
        }
        assert_eq!(invited().assign(role(3)), Err(OrgError::NotMember));
    }

    #[test]
    fn assigning_a_role_restores_a_suspended_member() {
        let mut member = invited();
        member.join(role(1), at(5)).unwrap();
        member.suspend().unwrap();
        member.assign(role(3)).unwrap();
        assert_eq!((member.status, member.role_id), (MembershipStatus::Active, Some(role(3))));
    }

    #[test]
    fn withdrawing_an_invitation_restores_the_status_before_it() {
        assert!(invited().withdraw_invitation(), "the account never joined");
        let mut former = invited();
        former.join(role(1), at(5)).unwrap();
        former.remove().unwrap();
        former.invite(role(2), at(20)).unwrap();
        assert!(!former.withdraw_invitation());
        assert_eq!(former.status, MembershipStatus::Removed);
        let mut member = former;
        member.invite(role(2), at(20)).unwrap();
        member.join(role(2), at(6)).unwrap();
        assert!(!member.withdraw_invitation());
        assert_eq!(member.status, MembershipStatus::Active);
    }
}
