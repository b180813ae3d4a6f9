//! What a use case asks to see before it runs. Only [`crate::Authority`] makes
//! these, so to hold one is to have been allowed.

use std::marker::PhantomData;

use bailiwick_kernel::{OrgId, Timestamp};

use crate::authority::{Actor, Denial, Grant, Permit, decision};
use crate::ports::{Subject, SubjectView};

mod sealed {
    pub trait Sealed {}
}

/// A proof that somebody may do something. Sealed: the kinds are those below.
pub trait Proof: sealed::Sealed + Clone + Send + Sync {
    /// Whom it is about; `None` for what is public.
    fn subject(&self) -> Option<Subject>;

    /// The same proof from a newer view, or why it no longer holds. Writing use
    /// cases run on proofs renewed inside their own transaction.
    fn renewed(&self, view: Option<SubjectView>, now: Timestamp) -> Result<Self, Denial>;
}

/// Anybody may.
#[derive(Clone, Copy, Debug)]
pub struct Public;

/// A user with an active account and a live session.
#[derive(Clone, Copy, Debug)]
pub struct Authenticated {
    actor: Actor,
}

/// An active member, whatever the role.
#[derive(Clone, Debug)]
pub struct ActiveMember {
    actor: Actor,
    grant: Grant,
}

/// An active member whose role grants `P`.
#[derive(Clone, Debug)]
pub struct Allow<P> {
    member: ActiveMember,
    permission: PhantomData<P>,
}

/// An active member whose role is the owner's.
#[derive(Clone, Debug)]
pub struct OrgOwner {
    member: ActiveMember,
}

/// An administrator of the platform.
#[derive(Clone, Copy, Debug)]
pub struct PlatformAdmin {
    actor: Actor,
}

/// Somebody who may add to a permission catalogue: to an organisation's own, or
/// to the global one.
#[derive(Clone, Debug)]
pub enum CatalogueWriter {
    /// A member who may write roles.
    Member(Allow<crate::authority::permission::RolesWrite>),
    /// An administrator of the platform.
    Platform(PlatformAdmin),
}

impl Authenticated {
    pub(crate) fn check(actor: Actor, view: Option<SubjectView>, now: Timestamp) -> Result<Self, Denial> {
        decision::standing_account(&actor.alone(), view, now)?;
        Ok(Self { actor })
    }

    /// Who it is.
    pub fn actor(&self) -> Actor {
        self.actor
    }
}

impl ActiveMember {
    pub(crate) fn check(
        actor: Actor,
        org: OrgId,
        view: Option<SubjectView>,
        now: Timestamp,
    ) -> Result<Self, Denial> {
        let grant = decision::active_member(&actor.within(org), view, now)?;
        Ok(Self { actor, grant })
    }

    /// The authority found.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// That the account stands, which every active member's does.
    pub fn account(&self) -> Authenticated {
        Authenticated { actor: self.actor }
    }

    fn subject(&self) -> Subject {
        self.actor.within(self.grant.org)
    }

    fn recheck(&self, view: Option<SubjectView>, now: Timestamp) -> Result<Self, Denial> {
        Self::check(self.actor, self.grant.org, view, now)
    }
}

impl<P: Permit> Allow<P> {
    pub(crate) fn check(member: ActiveMember) -> Result<Self, Denial> {
        member.grant.require(P::permission())?;
        Ok(Self { member, permission: PhantomData })
    }

    /// The authority found.
    pub fn grant(&self) -> &Grant {
        &self.member.grant
    }
}

impl OrgOwner {
    pub(crate) fn check(member: ActiveMember) -> Result<Self, Denial> {
        member.grant.require_owner()?;
        Ok(Self { member })
    }

    /// The authority found.
    pub fn grant(&self) -> &Grant {
        &self.member.grant
    }
}

impl PlatformAdmin {
    pub(crate) fn check(actor: Actor, view: Option<SubjectView>, now: Timestamp) -> Result<Self, Denial> {
        let view = decision::standing_account(&actor.alone(), view, now)?;
        if view.platform_admin { Ok(Self { actor }) } else { Err(Denial::PlatformAdminRequired) }
    }

    /// Who it is.
    pub fn actor(&self) -> Actor {
        self.actor
    }
}

impl CatalogueWriter {
    /// The organisation whose catalogue is meant; `None` for the global one.
    pub fn org(&self) -> Option<OrgId> {
        match self {
            Self::Member(allow) => Some(allow.grant().org),
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
    fn subject(&self) -> Option<Subject> {
        None
    }

    fn renewed(&self, _: Option<SubjectView>, _: Timestamp) -> Result<Self, Denial> {
        Ok(Self)
    }
}

impl Proof for Authenticated {
    fn subject(&self) -> Option<Subject> {
        Some(self.actor.alone())
    }

    fn renewed(&self, view: Option<SubjectView>, now: Timestamp) -> Result<Self, Denial> {
        Self::check(self.actor, view, now)
    }
}

impl Proof for ActiveMember {
    fn subject(&self) -> Option<Subject> {
        Some(self.subject())
    }

    fn renewed(&self, view: Option<SubjectView>, now: Timestamp) -> Result<Self, Denial> {
        self.recheck(view, now)
    }
}

impl<P: Permit> Proof for Allow<P> {
    fn subject(&self) -> Option<Subject> {
        Some(self.member.subject())
    }

    fn renewed(&self, view: Option<SubjectView>, now: Timestamp) -> Result<Self, Denial> {
        Self::check(self.member.recheck(view, now)?)
    }
}

impl Proof for OrgOwner {
    fn subject(&self) -> Option<Subject> {
        Some(self.member.subject())
    }

    fn renewed(&self, view: Option<SubjectView>, now: Timestamp) -> Result<Self, Denial> {
        Self::check(self.member.recheck(view, now)?)
    }
}

impl Proof for PlatformAdmin {
    fn subject(&self) -> Option<Subject> {
        Some(self.actor.alone())
    }

    fn renewed(&self, view: Option<SubjectView>, now: Timestamp) -> Result<Self, Denial> {
        Self::check(self.actor, view, now)
    }
}

impl Proof for CatalogueWriter {
    fn subject(&self) -> Option<Subject> {
        match self {
            Self::Member(allow) => allow.subject(),
            Self::Platform(admin) => admin.subject(),
        }
    }

    fn renewed(&self, view: Option<SubjectView>, now: Timestamp) -> Result<Self, Denial> {
        match self {
            Self::Member(allow) => allow.renewed(view, now).map(Self::Member),
            Self::Platform(admin) => admin.renewed(view, now).map(Self::Platform),
        }
    }
}
