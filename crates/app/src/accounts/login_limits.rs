//! Admission of logins against limits. An attempt counts as failed before its password is compared,
//! so that concurrent attempts test no more passwords than sequential ones. An attempt that would
//! be refused only because of others in progress waits for their outcome.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, Timestamp};
use bailiwick_users::{AccountKey, Attempts, ClientKey, Exemption, OpenAttempt, Pair, Refused, UserError};
use time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::attempt_queue::Refusal;
use crate::authority::Public;
use crate::ports::Tx;
use crate::throttle::{Limit, RateLimitKey};
use crate::{App, Command, Error, Query, Work};

/// Number of expired pairs that are deleted when a new pair is stored.
const DELETED_AT_ONCE: usize = 8;

/// An admitted attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Admitted {
    /// The counted attempt; `None` if it is not counted.
    pub attempt: Option<OpenAttempt>,
    /// Whether it waited, so that data read before may be stale.
    pub waited: bool,
}

impl App {
    /// The key by which an attempt to log in as `email` is counted.
    pub(super) fn pair_of(&self, email: &str) -> Pair {
        let client = self.context().client.ip.map_or_else(ClientKey::unknown, ClientKey::of);
        Pair { account: AccountKey::of(email), client }
    }

    /// Admits an attempt to log in. [`Error::Throttled`] with the time to wait, for the client
    /// first, then for the pair. Nothing is counted while the account is exempt.
    pub(super) async fn admit(
        &self,
        proof: &Public,
        pair: &Pair,
        exemption: Option<Exemption>,
    ) -> Result<Admitted, Error> {
        if self.is_exempt(exemption) || !self.parts().settings.throttle_enabled {
            return Ok(Admitted { attempt: None, waited: false });
        }
        if let Err(Error::Throttled(wait)) = self.limit(Limit::FAILED_LOGIN, RateLimitKey::Client).await {
            // The delay of the pair may be longer. A client that waits for the maximum is admitted.
            let delay = self.query(proof, &DelayOf { pair: pair.clone() }).await?;
            return Err(Error::Throttled(wait.max(delay)));
        }
        let admitted = self.begin_attempt(proof, pair).await;
        if admitted.is_err() {
            self.unlimit(Limit::FAILED_LOGIN, RateLimitKey::Client).await;
        }
        admitted
    }

    fn is_exempt(&self, exemption: Option<Exemption>) -> bool {
        exemption.is_some_and(|exemption| exemption.covers(self.parts().clock.now()))
    }

    /// Concludes an attempt to log in by its outcome: only a wrong password is a failure.
    pub(super) async fn record_outcome<T>(
        &self,
        proof: &Public,
        pair: &Pair,
        attempt: Option<OpenAttempt>,
        outcome: &Result<T, Error>,
    ) {
        let Some(attempt) = attempt else { return };
        let failed = matches!(outcome, Err(Error::User(UserError::BadCredentials)));
        if !failed {
            self.unlimit(Limit::FAILED_LOGIN, RateLimitKey::Client).await;
        }
        // A successful login has concluded its attempt in its own transaction.
        if outcome.is_err() {
            self.conclude(proof, Conclude { pair: pair.clone(), attempt, failed }).await;
        }
        self.attempt_queues().notify(pair);
    }

    /// Undoes the counting of [`Self::admit`].
    pub(super) async fn undo_attempt(&self, proof: &Public, pair: &Pair, attempt: Option<OpenAttempt>) {
        let Some(attempt) = attempt else { return };
        self.unlimit(Limit::FAILED_LOGIN, RateLimitKey::Client).await;
        self.conclude(proof, Conclude { pair: pair.clone(), attempt, failed: false }).await;
        self.attempt_queues().notify(pair);
    }

    /// Stores the conclusion of an attempt. An attempt that cannot be concluded counts as failed in
    /// the end.
    async fn conclude(&self, proof: &Public, conclude: Conclude) {
        if let Err(error) = self.run(proof, &conclude).await {
            tracing::warn!(%error, "the outcome of an attempt to log in is not stored");
        }
    }

    async fn begin_attempt(&self, proof: &Public, pair: &Pair) -> Result<Admitted, Error> {
        if !self.attempt_queues().has(pair) {
            match self.try_begin(proof, pair).await? {
                Counting::Counted(attempt) => return Ok(Admitted { attempt: Some(attempt), waited: false }),
                Counting::Refused(refused) if !refused.others_in_progress => {
                    return Err(Error::Throttled(refused.wait));
                }
                Counting::Refused(_) => {}
            }
        }
        let attempt = self.wait_to_begin(proof, pair).await?;
        Ok(Admitted { attempt: Some(attempt), waited: true })
    }

    /// Waits for the outcome of attempts in progress, behind those of this node that already wait,
    /// and for at most `login_wait`.
    async fn wait_to_begin(&self, proof: &Public, pair: &Pair) -> Result<OpenAttempt, Error> {
        let longest = self.parts().settings.login_wait;
        let deadline = Instant::now() + longest;
        let place = self.attempt_queues().join(pair);
        // Attempts that took this long may take as long again before they fail.
        let timed_out =
            |wait: Duration| Error::Throttled(wait + Duration::try_from(longest).unwrap_or_default());
        let Ok(mut turn) = timeout_at(deadline, place.turn()).await else {
            return Err(timed_out(place.last_wait()));
        };
        // A refusal of the previous attempt applies to this one too.
        if let Some(rest) = turn.and_then(Refusal::rest) {
            return Err(Error::Throttled(rest));
        }
        loop {
            let refused = match self.try_begin(proof, pair).await? {
                Counting::Counted(attempt) => return Ok(attempt),
                Counting::Refused(refused) => refused,
            };
            if !refused.others_in_progress {
                *turn = Some(Refusal::new(refused.wait));
                return Err(Error::Throttled(refused.wait));
            }
            place.set_last_wait(refused.wait);
            tokio::select! {
                () = place.ended() => {}
                () = sleep_until(deadline) => return Err(timed_out(refused.wait)),
            }
        }
    }

    async fn try_begin(&self, proof: &Public, pair: &Pair) -> Result<Counting, Error> {
        match self.run(proof, &CountAttempt { pair: pair.clone() }).await {
            // The transaction was rolled back, because nothing had changed.
            Err(Error::Throttled(wait)) => Ok(Counting::Refused(Refused { wait, others_in_progress: false })),
            other => other,
        }
    }
}

/// Returns the delay that the failures of a pair impose on its next attempt; zero if none.
struct DelayOf {
    pair: Pair,
}

#[async_trait]
impl Query for DelayOf {
    type Proof = Public;
    type Output = Duration;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Duration, Error> {
        let mut known = work.tx.attempts().find(&self.pair, work.now, Lock::None).await?;
        let refused = known.count(&work.settings.lockout, work.now).err();
        Ok(refused.map_or(Duration::ZERO, |refused| refused.wait))
    }
}

/// The outcome of [`CountAttempt`].
enum Counting {
    Counted(OpenAttempt),
    Refused(Refused),
}

/// Counts an attempt of a pair, or returns the time to wait. The same statements run whether or not
/// the account exists.
struct CountAttempt {
    pair: Pair,
}

#[async_trait]
impl Command for CountAttempt {
    type Proof = Public;
    type Output = Counting;

    /// [`Error::Throttled`] for a refusal that changed nothing, so that nothing is written.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Counting, Error> {
        let known = work.tx.attempts().find(&self.pair, work.now, Lock::Update).await?;
        let mut attempts = known;
        let counted = attempts.count(&work.settings.lockout, work.now);
        if let Err(Refused { wait, others_in_progress: false }) = counted
            && attempts == known
        {
            return Err(Error::Throttled(wait));
        }
        work.tx.attempts().store(&self.pair, &attempts).await?;
        if attempts.failures == 0 && attempts.in_progress == 1 {
            let cutoff = Attempts::stale_before(work.now);
            work.tx.attempts().delete_stale(cutoff, DELETED_AT_ONCE).await?;
        }
        Ok(counted.map_or_else(Counting::Refused, Counting::Counted))
    }
}

/// Concludes an attempt that [`CountAttempt`] began.
struct Conclude {
    pair: Pair,
    attempt: OpenAttempt,
    failed: bool,
}

#[async_trait]
impl Command for Conclude {
    type Proof = Public;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        let mut attempts = work.tx.attempts().find(&self.pair, work.now, Lock::Update).await?;
        if self.failed {
            attempts.fail(self.attempt, work.now);
        } else {
            attempts.give_back(self.attempt);
        }
        Ok(work.tx.attempts().store(&self.pair, &attempts).await?)
    }
}

/// Concludes an attempt by success, within the transaction of the login, and clears the failures of
/// the account from all clients. Other attempts of the pair stay in progress.
pub(super) async fn succeed(
    tx: &mut dyn Tx,
    pair: &Pair,
    attempt: Option<OpenAttempt>,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(attempt) = attempt else {
        return Ok(tx.attempts().clear(&pair.account).await?);
    };
    let mut attempts = tx.attempts().find(pair, now, Lock::Update).await?;
    attempts.succeed(attempt);
    tx.attempts().clear(&pair.account).await?;
    if !attempts.is_none() {
        tx.attempts().find(pair, now, Lock::Update).await?;
        tx.attempts().store(pair, &attempts).await?;
    }
    Ok(())
}
