//! Proofs that a use case requires of its caller. Only [`crate::Authority`] creates them, so a
//! proof implies a passed check.

use std::marker::PhantomData;

use bailiwick_kernel::{OrgId, Timestamp};

use crate::authority::{Actor, Denial, MemberContext, Permit, decision};
use crate::ports::{AuthorityQuery, AuthorityView};

mod sealed {
    pub trait Sealed {}
}

/// A proof of authority. The trait is sealed: its implementations are those below.
pub trait Proof: sealed::Sealed + Clone + Send + Sync {
    /// The query that the proof was checked by; `None` for a public one.
    fn authority_query(&self) -> Option<AuthorityQuery>;

    /// Checks the proof again by a newer view, and returns the renewed proof or the denial.
    /// Commands run on proofs renewed inside their own transaction.
    fn renewed(&self, view: Option<AuthorityView>, now: Timestamp) -> Result<Self, Denial>;
}

/// The proof of a public use case, without requirements.
#[derive(Clone, Copy, Debug)]
pub struct Public;

/// A user with an active account and an active session.
#[derive(Clone, Copy, Debug)]
pub struct Authenticated {
    actor: Actor,
}

/// An active member with any role.
#[derive(Clone, Debug)]
pub struct ActiveMember {
    actor: Actor,
    context: MemberContext,
}

/// An active member whose role grants `P`.
#[derive(Clone, Debug)]
pub struct Allow<P> {
    member: ActiveMember,
    permission: PhantomData<P>,
}

/// An active member whose role is that of an owner.
#[derive(Clone, Debug)]
pub struct OrgOwner {
    member: ActiveMember,
}

/// An administrator of the platform.
#[derive(Clone, Copy, Debug)]
pub struct PlatformAdmin {
    actor: Actor,
}

/// A caller who may add to a permission catalogue: that of an organization, or the global one.
#[derive(Clone, Debug)]
pub enum CatalogueWriter {
    /// A member who may write roles.
    Member(Allow<crate::authority::permission::RolesWrite>),
    /// An administrator of the platform.
    Platform(PlatformAdmin),
}

impl Authenticated {
    pub(crate) fn check(actor: Actor, view: Option<AuthorityView>, now: Timestamp) -> Result<Self, Denial> {
        decision::active_account(&actor.query(), view, now)?;
        Ok(Self { actor })
    }

    /// The caller.
    pub fn actor(&self) -> Actor {
        self.actor
    }
}

impl ActiveMember {
    pub(crate) fn check(
        actor: Actor,
        org: OrgId,
        view: Option<AuthorityView>,
        now: Timestamp,
    ) -> Result<Self, Denial> {
        let context = decision::active_member(&actor.query_in(org), view, now)?;
        Ok(Self { actor, context })
    }

    /// The caller.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// The authority of the member.
    pub fn context(&self) -> &MemberContext {
        &self.context
    }

    /// The proof that the account is active, which an active membership implies.
    pub fn account(&self) -> Authenticated {
        Authenticated { actor: self.actor }
    }

    fn authority_query(&self) -> AuthorityQuery {
        self.actor.query_in(self.context.org)
    }

    fn recheck(&self, view: Option<AuthorityView>, now: Timestamp) -> Result<Self, Denial> {
        Self::check(self.actor, self.context.org, view, now)
    }
}

impl<P: Permit> Allow<P> {
    pub(crate) fn check(member: ActiveMember) -> Result<Self, Denial> {
        member.context.require(P::permission())?;
        Ok(Self { member, permission: PhantomData })
    }

    /// The caller.
    pub fn actor(&self) -> Actor {
        self.member.actor
    }

    /// The authority of the member.
    pub fn context(&self) -> &MemberContext {
        &self.member.context
    }
}

impl OrgOwner {
    pub(crate) fn check(member: ActiveMember) -> Result<Self, Denial> {
        member.context.require_owner()?;
        Ok(Self { member })
    }

    /// The caller.
    pub fn actor(&self) -> Actor {
        self.member.actor
    }

    /// The authority of the member.
    pub fn context(&self) -> &MemberContext {
        &self.member.context
    }
}

impl PlatformAdmin {
    pub(crate) fn check(actor: Actor, view: Option<AuthorityView>, now: Timestamp) -> Result<Self, Denial> {
        let view = decision::active_account(&actor.query(), view, now)?;
        if view.platform_admin { Ok(Self { actor }) } else { Err(Denial::PlatformAdminRequired) }
    }

    /// The caller.
    pub fn actor(&self) -> Actor {
        self.actor
    }
}

impl CatalogueWriter {
    /// The organization of the catalogue; `None` for the global one.
    pub fn org(&self) -> Option<OrgId> {
        match self {
            Self::Member(allow) => Some(allow.context().org),
            Self::Platform(_) => None,
        }
    }
}

impl sealed::Sealed for Public {}
impl sealed::Sealed for Authenticated {}
impl sealed::Sealed for ActiveMember {}
impl<P> sealed::Sealed for Allow<P> {}
impl sealed::Sealed for OrgOwner {}
impl sealed::Sealed for PlatformAdmin {}
impl sealed::Sealed for CatalogueWriter {}

impl Proof for Public {
    fn authority_query(&self) -> Option<AuthorityQuery> {
        None
    }

    fn renewed(&self, _: Option<AuthorityView>, _: Timestamp) -> Result<Self, Denial> {
        Ok(Self)
    }
}

impl Proof for Authenticated {
    fn authority_query(&self) -> Option<AuthorityQuery> {
        Some(self.actor.query())
    }

    fn renewed(&self, view: Option<AuthorityView>, now: Timestamp) -> Result<Self, Denial> {
        Self::check(self.actor, view, now)
    }
}

impl Proof for ActiveMember {
    fn authority_query(&self) -> Option<AuthorityQuery> {
        Some(self.authority_query())
    }

    fn renewed(&self, view: Option<AuthorityView>, now: Timestamp) -> Result<Self, Denial> {
        self.recheck(view, now)
    }
}

impl<P: Permit> Proof for Allow<P> {
    fn authority_query(&self) -> Option<AuthorityQuery> {
        Some(self.member.authority_query())
    }

    fn renewed(&self, view: Option<AuthorityView>, now: Timestamp) -> Result<Self, Denial> {
        Self::check(self.member.recheck(view, now)?)
    }
}

impl Proof for OrgOwner {
    fn authority_query(&self) -> Option<AuthorityQuery> {
        Some(self.member.authority_query())
    }

    fn renewed(&self, view: Option<AuthorityView>, now: Timestamp) -> Result<Self, Denial> {
        Self::check(self.member.recheck(view, now)?)
    }
}

impl Proof for PlatformAdmin {
    fn authority_query(&self) -> Option<AuthorityQuery> {
        Some(self.actor.query())
    }

    fn renewed(&self, view: Option<AuthorityView>, now: Timestamp) -> Result<Self, Denial> {
        Self::check(self.actor, view, now)
    }
}

impl Proof for CatalogueWriter {
    fn authority_query(&self) -> Option<AuthorityQuery> {
        match self {
            Self::Member(allow) => allow.authority_query(),
            Self::Platform(admin) => admin.authority_query(),
        }
    }

    fn renewed(&self, view: Option<AuthorityView>, now: Timestamp) -> Result<Self, Denial> {
        match self {
            Self::Member(allow) => allow.renewed(view, now).map(Self::Member),
            Self::Platform(admin) => admin.renewed(view, now).map(Self::Platform),
        }
    }
}
