//! Loads an [`AuthorityView`].

use std::sync::Arc;

use bailiwick_app::ports::{MembershipView, RoleView, SessionView};
use bailiwick_app::{AuthorityQuery, AuthorityView};
use bailiwick_kernel::{OrgId, SessionId, UserId};
use bailiwick_rbac::PermissionSet;
use bailiwick_roles::Role;

use super::state::State;

pub(super) fn of(state: &State, query: &AuthorityQuery) -> Option<AuthorityView> {
    let user = state.users.get(&query.user)?;
    Some(AuthorityView {
        user_status: user.status,
        platform_admin: user.platform_admin,
        session: query.session.and_then(|session| session_view(state, session, user.id)),
        membership: query.org.and_then(|org| membership_view(state, org, user.id)),
    })
}

fn session_view(state: &State, session: SessionId, user: UserId) -> Option<SessionView> {
    let session = state.sessions.get(&session).filter(|session| session.user_id == user)?;
    Some(SessionView { ended_at: session.ended_at, expires_at: session.expires_at })
}

fn membership_view(state: &State, org: OrgId, user: UserId) -> Option<MembershipView> {
    let membership = state.membership(org, user)?;
    Some(MembershipView {
        status: membership.status,
        invited_until: membership.invited_until,
        role: membership.role_id.and_then(|role| state.role_of(org, role)).map(role_view).map(Arc::new),
    })
}

fn role_view(role: &Role) -> RoleView {
    RoleView {
        id: role.id,
        name: role.name.to_string(),
        level: role.level,
        system: role.system,
        permissions: PermissionSet::new(role.permissions.iter().cloned()),
    }
}
