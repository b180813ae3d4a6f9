//! The cached views, which readers access without locks.
//!
//! Accounts and organizations are shared by their sessions and memberships: when one is dropped it
//! is marked, which invalidates every entry that still points to it. [`super::AuthorityCache`] lets
//! one writer in at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use bailiwick_kernel::{OrgId, RoleId, SessionId, Timestamp, UserId};
use bailiwick_orgs::MembershipStatus;
use bailiwick_rbac::Pattern;
use bailiwick_users::UserStatus;
use foldhash::fast::RandomState;
use papaya::HashMap;

use super::invalidation::{CacheKey, Invalidation};
use super::limits::Limits;
use crate::flaws::{self, Flaw};
use crate::ports::{AuthorityQuery, AuthorityView, MembershipView, RoleView, SessionView};

type Map<K, V> = HashMap<K, V, RandomState>;

/// An account; `current` is cleared when it is dropped.
struct Account {
    current: AtomicBool,
    user: UserId,
    status: UserStatus,
    platform_admin: bool,
}

/// A session that had not ended when it was loaded.
struct Session {
    account: Arc<Account>,
    /// Expiry in microseconds since 1970.
    expires_at: i64,
}

/// The cached roles of an organization; `current` is cleared when it is dropped.
struct Org {
    current: AtomicBool,
    roles: ArcSwap<Vec<Arc<RoleView>>>,
}

/// A membership with the id of its role, which may not be cached.
struct Member {
    org: Arc<Org>,
    role: RoleId,
    status: MembershipStatus,
}

/// All cached views.
#[derive(Default)]
pub(super) struct CachedViews {
    accounts: Map<UserId, Arc<Account>>,
    sessions: Map<SessionId, Session>,
    orgs: Map<OrgId, Arc<Org>>,
    members: Map<(OrgId, UserId), Member>,
    /// Approximate size of the roles, in bytes.
    weight: AtomicUsize,
}

/// The number of cached entries, by kind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Entries {
    /// Number of sessions.
    pub sessions: usize,
    /// Number of memberships.
    pub memberships: usize,
    /// Number of organizations with cached roles.
    pub organizations: usize,
    /// Approximate size of those roles, in bytes.
    pub role_bytes: usize,
}

impl CachedViews {
    /// Returns the view of `query`, if all of it is cached.
    pub fn get(&self, query: &AuthorityQuery) -> Option<AuthorityView> {
        let sessions = self.sessions.pin();
        let session = sessions.get(&query.session?)?;
        let account = &*session.account;
        if account.user != query.user || !account.current.load(Ordering::Acquire) {
            return None;
        }
        let membership = match query.org {
            Some(org) => Some(self.membership(org, query.user)?),
            None => None,
        };
        Some(AuthorityView {
            user_status: account.status,
            platform_admin: account.platform_admin,
            session: Some(SessionView {
                ended_at: None,
                expires_at: Timestamp::from_unix_micros(session.expires_at)?,
            }),
            membership,
        })
    }

    fn membership(&self, org: OrgId, user: UserId) -> Option<MembershipView> {
        let members = self.members.pin();
        let member = members.get(&(org, user))?;
        if !member.org.current.load(Ordering::Acquire) {
            return None;
        }
        let roles = member.org.roles.load();
        let role = roles.iter().find(|role| role.id == member.role)?;
        Some(MembershipView { status: member.status, invited_until: None, role: Some(Arc::clone(role)) })
    }

    /// Caches what exists of `view`: the account, a session that has not ended, a membership with
    /// its role. An invited membership is not cached, because it expires with time. Returns the
    /// number of entries evicted.
    pub fn insert(&self, query: &AuthorityQuery, view: &AuthorityView, limits: &Limits) -> u64 {
        let evicted = self.make_room(limits);
        if let (Some(id), Some(session)) = (query.session, &view.session)
            && session.ended_at.is_none()
        {
            let expires_at = session.expires_at.unix_micros();
            self.sessions.pin().insert(id, Session { account: self.account(query.user, view), expires_at });
        }
        if let (Some(id), Some(membership)) = (query.org, &view.membership)
            && let Some(role) = &membership.role
            && membership.status != MembershipStatus::Invited
        {
            let org = self.org_with(id, role);
            let member = Member { org, role: role.id, status: membership.status };
            self.members.pin().insert((id, query.user), member);
        }
        evicted
    }

    fn account(&self, user: UserId, view: &AuthorityView) -> Arc<Account> {
        let accounts = self.accounts.pin();
        if let Some(known) = accounts.get(&user) {
            return Arc::clone(known);
        }
        let account = Arc::new(Account {
            current: AtomicBool::new(true),
            user,
            status: view.user_status,
            platform_admin: view.platform_admin,
        });
        accounts.insert(user, Arc::clone(&account));
        account
    }

    /// Returns the organization, with this role cached in it.
    fn org_with(&self, id: OrgId, role: &Arc<RoleView>) -> Arc<Org> {
        let orgs = self.orgs.pin();
        let org = orgs.get_or_insert_with(id, || {
            Arc::new(Org { current: AtomicBool::new(true), roles: ArcSwap::default() })
        });
        let known = org.roles.load();
        if !known.iter().any(|known| known.id == role.id) {
            let more = known.iter().chain([role]).cloned().collect();
            org.roles.store(Arc::new(more));
            self.weight.fetch_add(weight(role), Ordering::Relaxed);
        }
        Arc::clone(org)
    }

    /// Drops the entries that the invalidation names.
    pub fn invalidate(&self, invalidation: &Invalidation) {
        match invalidation {
            Invalidation::Keys(keys) => keys.iter().for_each(|key| self.invalidate_key(key)),
            Invalidation::Everything => self.clear(),
        }
    }

    fn invalidate_key(&self, key: &CacheKey) {
        let of_role = matches!(key, CacheKey::Member(..) | CacheKey::Role(..) | CacheKey::Org(_));
        if of_role && flaws::has(Flaw::RoleInToken) {
            return;
        }
        match key {
            CacheKey::User(user) => self.invalidate_account(*user),
            CacheKey::Session(_, session) => _ = self.sessions.pin().remove(session),
            CacheKey::Member(org, user) => _ = self.members.pin().remove(&(*org, *user)),
            CacheKey::Role(org, role) => self.invalidate_role(*org, *role),
            CacheKey::Org(org) => self.invalidate_org(*org),
        }
    }

    fn invalidate_account(&self, user: UserId) {
        if let Some(account) = self.accounts.pin().remove(&user) {
            account.current.store(false, Ordering::Release);
        }
    }

    fn invalidate_org(&self, org: OrgId) {
        if let Some(org) = self.orgs.pin().remove(&org) {
            org.current.store(false, Ordering::Release);
            for role in org.roles.load().iter() {
                self.subtract_weight(role);
            }
        }
    }

    fn invalidate_role(&self, org: OrgId, role: RoleId) {
        if let Some(org) = self.orgs.pin().get(&org) {
            let known = org.roles.load();
            let (gone, others): (Vec<_>, Vec<_>) = known.iter().cloned().partition(|known| known.id == role);
            org.roles.store(Arc::new(others));
            for role in &gone {
                self.subtract_weight(role);
            }
        }
    }

    fn subtract_weight(&self, role: &RoleView) {
        self.weight.fetch_sub(weight(role), Ordering::Relaxed);
    }

    fn clear(&self) {
        self.clear_sessions();
        self.clear_members();
    }

    /// Marks all accounts before they are dropped, because sessions still point to them.
    fn clear_sessions(&self) {
        let accounts = self.accounts.pin();
        accounts.values().for_each(|account| account.current.store(false, Ordering::Release));
        accounts.clear();
        self.sessions.pin().clear();
    }

    fn clear_members(&self) {
        let orgs = self.orgs.pin();
        orgs.values().for_each(|org| org.current.store(false, Ordering::Release));
        orgs.clear();
        self.members.pin().clear();
        self.weight.store(0, Ordering::Relaxed);
    }

    /// Drops all entries of a kind that exceeds its limit, and returns their number. This is rare,
    /// and reads need no bookkeeping.
    fn make_room(&self, limits: &Limits) -> u64 {
        let known = self.entries();
        let mut evicted = 0;
        if known.sessions.max(self.accounts.len()) >= limits.sessions {
            self.clear_sessions();
            evicted += known.sessions;
        }
        if known.memberships >= limits.memberships || known.role_bytes >= limits.role_bytes {
            self.clear_members();
            evicted += known.memberships;
        }
        u64::try_from(evicted).unwrap_or(u64::MAX)
    }

    /// The number of cached entries, by kind.
    pub fn entries(&self) -> Entries {
        Entries {
            sessions: self.sessions.len(),
            memberships: self.members.len(),
            organizations: self.orgs.len(),
            role_bytes: self.weight.load(Ordering::Relaxed),
        }
    }
}

/// Estimates the size of a role in bytes. A grant is stored as written, and in a lookup table.
fn weight(role: &RoleView) -> usize {
    let of_grant = |grant: &Pattern| 2 * grant.as_str().len() + 160;
    320 + role.name.len() + role.permissions.iter().map(of_grant).sum::<usize>()
}
