//! The service that answers checks of authority.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_kernel::{Clock, OrgId, Timestamp};
use tracing::Instrument;

use crate::Error;
use crate::activity::ActivityTracker;
use crate::app::rollback;
use crate::authority::{
    ActiveMember, Actor, Allow, Authenticated, AuthorityCache, CatalogueWriter, Denial, OrgOwner, Permit,
    PlatformAdmin,
};
use crate::flaws::{self, Flaw};
use crate::ports::{AuthorityQuery, AuthorityView, OrgScope, Stop, Store};
use crate::spans;

/// Result of a check without I/O; `None` if the cache cannot answer.
pub type Cached<T> = Option<Result<T, Denial>>;

/// Answers checks of authority from the cache, or else by one statement to the store.
///
/// A change is acknowledged to its writer only after the cache can no longer answer from the state
/// before it. Therefore no answer is older than the last change that was acknowledged before the check
/// began. Clones share the cache.
#[derive(Clone)]
pub struct Authority {
    store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cache: Arc<AuthorityCache>,
    activity: Arc<ActivityTracker>,
}

impl Authority {
    /// Creates the service with this store, clock and cache.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, cache: Arc<AuthorityCache>) -> Self {
        Self { store, clock, cache, activity: Arc::default() }
    }

    /// Returns the cache, with its metrics.
    pub fn cache(&self) -> &Arc<AuthorityCache> {
        &self.cache
    }

    /// Invalidates the cache by the changes of the store until `stop` completes. To be run once, beside
    /// the application; without it the cache never answers, and every check queries the store.
    pub async fn run_invalidation(&self, stop: Stop) {
        self.store.run_invalidation(self.cache.clone(), stop).await;
    }

    /// Returns the activity that passed checks recorded.
    pub(crate) fn activity(&self) -> &Arc<ActivityTracker> {
        &self.activity
    }

    /// Checks from the cache alone, without I/O, whether `actor` holds `P` in `org`. `None` means
    /// that [`Self::check_uncached`] must be used.
    pub fn check_cached<P: Permit>(&self, actor: &Actor, org: OrgId) -> Cached<Allow<P>> {
        let verdict = self.member_cached(actor, org)?.and_then(Allow::check);
        match &verdict {
            // Only the store can name the roles that grant the permission.
            Err(denial) if denial.names_roles() => None,
            _ => Some(verdict),
        }
    }

    /// As [`Self::authenticated`], from the cache alone.
    pub fn authenticated_cached(&self, actor: &Actor) -> Cached<Authenticated> {
        self.judge_cached(actor, None, |view, now| Authenticated::check(*actor, view, now))
    }

    /// As [`Self::member`], from the cache alone.
    pub fn member_cached(&self, actor: &Actor, org: OrgId) -> Cached<ActiveMember> {
        self.judge_cached(actor, Some(org), |view, now| ActiveMember::check(*actor, org, view, now))
    }

    /// Checks whether `actor` holds `P` in `org`, by the cache or the store. If the caller may see
    /// roles, the refusal names the roles that would grant `P`.
    pub async fn check_uncached<P: Permit>(&self, actor: &Actor, org: OrgId) -> Result<Allow<P>, Error> {
        match Allow::check(self.member(actor, org).await?) {
            Err(denial) if denial.names_roles() => {
                let naming = self.with_roles(denial, org).instrument(spans::read_transaction());
                Err(naming.await.into())
            }
            verdict => Ok(verdict?),
        }
    }

    /// Adds the roles that would grant the missing permission; unchanged if the store fails.
    async fn with_roles(&self, denial: Denial, org: OrgId) -> Denial {
        let Ok(mut tx) = self.store.begin_read().await else { return denial };
        let denial = denial.with_roles(org, tx.roles()).await;
        rollback(tx).await;
        denial
    }

    /// Checks whether `actor` holds a permission in `org`, by the cache or the store:
    /// `authority.check(&actor, org, KbRead)`.
    pub async fn check<P: Permit>(
        &self,
        actor: &Actor,
        org: OrgId,
        _permission: P,
    ) -> Result<Allow<P>, Error> {
        match self.check_cached(actor, org) {
            Some(verdict) => Ok(verdict?),
            None => self.check_uncached(actor, org).await,
        }
    }

    /// Checks that the account and the session are active.
    pub async fn authenticated(&self, actor: &Actor) -> Result<Authenticated, Error> {
        self.judge(actor, None, |view, now| Authenticated::check(*actor, view, now)).await
    }

    /// Checks that the actor is an active member of `org`.
    pub async fn member(&self, actor: &Actor, org: OrgId) -> Result<ActiveMember, Error> {
        self.judge(actor, Some(org), |view, now| ActiveMember::check(*actor, org, view, now)).await
    }

    /// Checks that the actor is an owner of `org`.
    pub async fn owner(&self, actor: &Actor, org: OrgId) -> Result<OrgOwner, Error> {
        Ok(OrgOwner::check(self.member(actor, org).await?)?)
    }

    /// Checks that the actor administers the platform.
    pub async fn platform_admin(&self, actor: &Actor) -> Result<PlatformAdmin, Error> {
        self.judge(actor, None, |view, now| PlatformAdmin::check(*actor, view, now)).await
    }

    /// Finds the catalogue that the actor may add to:
    ///
    /// - With `org`, the catalogue of that organization.
    /// - Without `org`, the global catalogue if the actor is an administrator of the platform.
    /// - Without `org`, for any other actor, the catalogue of the only organization in which the actor
    ///   is an active member; [`Error::OrgUnclear`] if there are none or several.
    pub async fn catalogue_writer(
        &self,
        actor: &Actor,
        org: Option<OrgId>,
    ) -> Result<CatalogueWriter, Error> {
        if let Some(org) = org {
            return self.check_uncached(actor, org).await.map(CatalogueWriter::Member);
        }
        match self.platform_admin(actor).await {
            Ok(admin) => Ok(CatalogueWriter::Platform(admin)),
            Err(Error::Denied(Denial::PlatformAdminRequired)) => {
                let org = self.only_org(actor).instrument(spans::read_transaction()).await?;
                self.check_uncached(actor, org).await.map(CatalogueWriter::Member)
            }
            Err(other) => Err(other),
        }
    }

    async fn only_org(&self, actor: &Actor) -> Result<OrgId, Error> {
        let mut tx = self.store.begin_read().await?;
        let listed = tx.directory().list_organizations(actor.user, OrgScope::Existing, None).await;
        rollback(tx).await;
        match listed?.items.as_slice() {
            [only] => Ok(only.org.id),
            _ => Err(Error::OrgUnclear),
        }
    }

    /// Applies a rule to the view of the actor, from the cache or else from the store.
    async fn judge<T>(
        &self,
        actor: &Actor,
        org: Option<OrgId>,
        rule: impl Fn(Option<AuthorityView>, Timestamp) -> Result<T, Denial>,
    ) -> Result<T, Error> {
        if let Some(verdict) = self.judge_cached(actor, org, &rule) {
            return Ok(verdict?);
        }
        let view = self.load(&AuthorityQuery { org, ..actor.query() }).await?;
        Ok(self.apply_rule(actor, view, rule)?)
    }

    fn judge_cached<T>(
        &self,
        actor: &Actor,
        org: Option<OrgId>,
        rule: impl Fn(Option<AuthorityView>, Timestamp) -> Result<T, Denial>,
    ) -> Cached<T> {
        let view = self.cache.get(&AuthorityQuery { org, ..actor.query() })?;
        Some(self.apply_rule(actor, Some(view), rule))
    }

    /// Applies a rule to a view. The clock is read after the view is loaded, so that a session that
    /// expired in the meantime is refused.
    fn apply_rule<T>(
        &self,
        actor: &Actor,
        view: Option<AuthorityView>,
        rule: impl Fn(Option<AuthorityView>, Timestamp) -> Result<T, Denial>,
    ) -> Result<T, Denial> {
        let now = self.clock.now();
        let verdict = rule(view, now)?;
        self.activity.record(actor, now);
        Ok(verdict)
    }

    /// Loads a view from the store, and keeps it in the cache.
    pub(super) async fn load(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, Error> {
        let version = self.cache.begin_load();
        let view = self.store.load_view(query).await?;
        if flaws::has(Flaw::LoadKeptAcrossChange) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if let Some(view) = &view {
            self.cache.insert(version, query, view);
        }
        Ok(view)
    }
}
