//! Following a permission while work that needs it goes on.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_kernel::{OrgId, StoreError};
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::cache::{CacheKey, Invalidation};
use super::{ActiveMember, Actor, Allow, Authority, Denial, Permit};
use crate::Error;
use crate::ports::AuthorityView;

/// Interval at which the cached authority is examined, because a session may expire.
const TICK: Duration = Duration::from_millis(250);
/// Interval at which the authority is loaded from the store while this node has no lease.
const RECHECK_INTERVAL: Duration = Duration::from_secs(2);
/// Time after which the future ends if the authority was not established. Equals the duration of a lease.
const TIMEOUT: Duration = Duration::from_millis(3_250);

impl Authority {
    /// Returns a future that is ready when `actor` does not hold `P` in `org` anymore, with the reason:
    /// `authority.follow::<InvoicesRead>(&actor, org)`. For work that takes longer than a request, such as a
    /// stream. It is ready at once if the permission is missing already.
    ///
    /// It follows the changes of authority from this call on: under a lease it is ready at once, without one
    /// within 2 s. If the store cannot answer for 3.25 s, it is ready with the error of the store.
    pub fn follow<P: Permit>(
        &self,
        actor: &Actor,
        org: OrgId,
    ) -> impl Future<Output = Error> + Send + use<P> {
        let changes = self.cache.watch();
        let follow = Follow { authority: self.clone(), actor: *actor, org };
        follow.until_lost::<P>(changes)
    }

    /// As [`Self::check_cached`], without a record of activity.
    fn holds_cached<P: Permit>(&self, actor: &Actor, org: OrgId) -> Option<Result<(), Denial>> {
        let view = self.cache.get(&actor.query_in(org))?;
        Some(self.holds::<P>(actor, org, Some(view)))
    }

    fn holds<P: Permit>(&self, actor: &Actor, org: OrgId, view: Option<AuthorityView>) -> Result<(), Denial> {
        let member = ActiveMember::check(*actor, org, view, self.clock.now());
        member.and_then(Allow::<P>::check).map(drop)
    }
}

struct Follow {
    authority: Authority,
    actor: Actor,
    org: OrgId,
}

impl Follow {
    async fn until_lost<P: Permit>(self, mut changes: Receiver<Arc<Invalidation>>) -> Error {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut established_at = Instant::now();
        let mut load_at = established_at;
        loop {
            match self.authority.holds_cached::<P>(&self.actor, self.org) {
                Some(Ok(())) => established_at = Instant::now(),
                Some(Err(denial)) => return denial.into(),
                None if Instant::now() < load_at => {}
                None => match self.load::<P>(established_at + TIMEOUT).await {
                    Ok(()) => {
                        established_at = Instant::now();
                        load_at = established_at + RECHECK_INTERVAL;
                    }
                    Err(error @ Error::Denied(_)) => return error,
                    Err(error) if established_at.elapsed() >= TIMEOUT => return error,
                    Err(_) => load_at = Instant::now() + TICK,
                },
            }
            tokio::select! {
                _ = ticks.tick() => {}
                change = changes.recv() => {
                    if change.is_ok_and(|change| !change.any(|key| self.is_affected(key))) {
                        continue;
                    }
                    load_at = Instant::now();
                }
            }
        }
    }

    /// Loads the authority from the store. A load that takes until the deadline has failed.
    async fn load<P: Permit>(&self, deadline: Instant) -> Result<(), Error> {
        let query = self.actor.query_in(self.org);
        match timeout_at(deadline, self.authority.load(&query)).await {
            Ok(view) => Ok(self.authority.holds::<P>(&self.actor, self.org, view?)?),
            Err(_) => Err(StoreError::Unavailable("the store did not answer".to_owned()).into()),
        }
    }

    fn is_affected(&self, key: &CacheKey) -> bool {
        match key {
            CacheKey::User(user) | CacheKey::Session(user, _) => *user == self.actor.user,
            CacheKey::Member(org, user) => *org == self.org && *user == self.actor.user,
            CacheKey::Role(org, _) | CacheKey::Org(org) => *org == self.org,
        }
    }
}
