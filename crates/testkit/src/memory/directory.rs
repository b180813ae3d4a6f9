//! Lists that join accounts, memberships, organizations and roles.

use async_trait::async_trait;
use bailiwick_app::invitations::InvitationRecord;
use bailiwick_app::ports::{
    DirectoryRepo, InvitationFilter, MemberFilter, MemberRecord, OrgScope, OrgWithRole, RoleRef,
};
use bailiwick_invites::Invitation;
use bailiwick_kernel::{OrgId, Page, PageRequest, RoleId, StoreError, Timestamp, UserId, folded, trimmed};
use bailiwick_orgs::{EffectiveStatus, Membership, MembershipStatus};
use bailiwick_users::User;
use uuid::Uuid;

use super::state::{State, page_of};
use super::{Flaw, MemoryTx};

#[async_trait]
impl DirectoryRepo for MemoryTx {
    async fn find_member(&mut self, org: OrgId, user: UserId) -> Result<Option<MemberRecord>, StoreError> {
        let any_tenant = self.has(Flaw::MissingTenantFilter);
        let state = self.seen();
        let own = state.membership(org, user);
        let others = || state.memberships.values().find(|membership| membership.user_id == user);
        let found = own.or_else(|| others().filter(|_| any_tenant));
        Ok(found.and_then(|membership| record(state, membership)))
    }

    async fn list_memberships(&mut self, user: UserId) -> Result<Vec<MemberRecord>, StoreError> {
        let state = self.seen();
        let own = state.memberships.values().filter(|membership| membership.user_id == user);
        let existing = own.filter(|membership| state.org(membership.org_id).is_some());
        Ok(existing.filter_map(|membership| record(state, membership)).collect())
    }

    async fn list_members(
        &mut self,
        org: OrgId,
        filter: &MemberFilter,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<MemberRecord>, StoreError> {
        let state = self.seen();
        let listed = state
            .memberships_of(org)
            .filter(|membership| is_listed(membership, filter, now))
            .filter_map(|membership| record(state, membership))
            .filter(|record| is_in(filter.accounts.as_deref(), &record.user.status))
            .filter(|record| filter.search.as_deref().is_none_or(|part| is_about(&record.user, part)));
        Ok(page_of(listed, page, |record| record.user.id.as_uuid()))
    }

    async fn list_organizations(
        &mut self,
        user: UserId,
        scope: OrgScope,
        page: Option<PageRequest>,
    ) -> Result<Page<OrgWithRole>, StoreError> {
        let state = self.seen();
        let listed = state.memberships.values().filter_map(|membership| {
            let active = membership.user_id == user && membership.status == MembershipStatus::Active;
            let is_archived = state.archived.contains(&membership.org_id);
            let wanted = active && is_archived == (scope == OrgScope::Archived);
            let org = state.orgs.get(&membership.org_id).filter(|_| wanted)?;
            Some(OrgWithRole { org: org.clone(), role: role_ref(state, org.id, membership.role_id)? })
        });
        Ok(page_or_all(listed, page, |item| item.org.id.as_uuid()))
    }

    async fn list_invitations(
        &mut self,
        filter: &InvitationFilter,
        now: Timestamp,
        page: Option<PageRequest>,
    ) -> Result<Page<InvitationRecord>, StoreError> {
        let state = self.seen();
        let invitations = state.invitations.values().map(|stored| &stored.invitation);
        let listed =
            invitations.filter(|invitation| is_wanted(invitation, filter, now)).filter_map(|invitation| {
                let org = state.org(invitation.org_id)?;
                Some(InvitationRecord {
                    invitation: invitation.clone(),
                    status: invitation.status(now),
                    organization: org.name.clone(),
                    role: role_ref(state, org.id, invitation.role_id),
                })
            });
        Ok(page_or_all(listed, page, |item| item.invitation.id.as_uuid()))
    }
}

fn page_or_all<T>(
    items: impl Iterator<Item = T>,
    page: Option<PageRequest>,
    key: impl Fn(&T) -> Uuid,
) -> Page<T> {
    match page {
        Some(page) => page_of(items, page, key),
        None => Page { items: items.collect(), next: None },
    }
}

fn is_wanted(invitation: &Invitation, filter: &InvitationFilter, now: Timestamp) -> bool {
    filter.org.is_none_or(|org| invitation.org_id == org)
        && filter.email.as_ref().is_none_or(|email| invitation.email == *email)
        && filter.status.is_none_or(|status| invitation.status(now) == status)
}

/// Whether `value` is among the wanted ones; true if there is no wish.
fn is_in<T: PartialEq>(wanted: Option<&[T]>, value: &T) -> bool {
    wanted.is_none_or(|wanted| wanted.contains(value))
}

fn is_listed(membership: &Membership, filter: &MemberFilter, now: Timestamp) -> bool {
    let status = match membership.effective_status(now) {
        EffectiveStatus::None => return false,
        EffectiveStatus::As(status) => status,
    };
    let wanted = match &filter.statuses {
        Some(statuses) => statuses.contains(&status),
        None => status != MembershipStatus::Removed,
    };
    let roles = filter.roles.as_ref();
    wanted && roles.is_none_or(|roles| membership.role_id.is_some_and(|role| roles.contains(&role)))
}

pub(super) fn is_about(user: &User, part: &str) -> bool {
    // The full name contains the first and the last name.
    holds_part(user.email.as_str(), part) || holds_part(&user.full_name(), part)
}

/// Whether the folded text contains the folded part. A part of combining marks alone folds to
/// nothing and matches no text.
pub(super) fn holds_part(text: &str, part: &str) -> bool {
    let wanted = folded(part);
    (!wanted.is_empty() || trimmed(part).is_empty()) && folded(text).contains(&wanted)
}

fn record(state: &State, membership: &Membership) -> Option<MemberRecord> {
    Some(MemberRecord {
        user: state.users.get(&membership.user_id)?.clone(),
        membership: membership.clone(),
        role: role_ref(state, membership.org_id, membership.role_id),
    })
}

fn role_ref(state: &State, org: OrgId, role: Option<RoleId>) -> Option<RoleRef> {
    let role = state.role_of(org, role?)?;
    Some(RoleRef { id: role.id, name: role.name.to_string(), level: role.level })
}
