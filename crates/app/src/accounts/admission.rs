//! Who may try to log in now. An attempt counts as failed from before its password
//! is looked at, so that any number at once try no more passwords than one by one.

use async_trait::async_trait;
use bailiwick_kernel::Timestamp;
use bailiwick_users::{AccountKey, Attempts, ClientKey, Pair, Receipt, UserError};

use crate::authority::Public;
use crate::throttle::{Limit, Whom};
use crate::{App, Command, Error, Work};

/// How many forgotten pairs make room when a pair comes up that was not known.
const FORGOTTEN_AT_ONCE: usize = 8;

impl App {
    /// What an attempt to log in as `email` is counted by.
    pub(super) fn pair_of(&self, email: &str) -> Pair {
        let client = self.context().client.ip.map_or_else(ClientKey::unknown, ClientKey::of);
        Pair { account: AccountKey::of(email), client }
    }

    /// Lets an attempt to log in in, or tells how long to wait: for the client's sake
    /// first, then for that of the pair. `None` when nothing is counted; `spared` tells
    /// until when.
    pub(super) async fn admit(
        &self,
        proof: &Public,
        pair: &Pair,
        spared: Option<Timestamp>,
    ) -> Result<Option<Receipt>, Error> {
        let is_spared = spared.is_some_and(|until| self.parts().clock.now() < until);
        if is_spared || !self.parts().settings.throttle_enabled {
            return Ok(None);
        }
        self.limit(Limit::FAILED_LOGIN, Whom::Client).await?;
        let counted = self.run(proof, &CountAttempt { pair: pair.clone() }).await;
        if counted.is_err() {
            self.unlimit(Limit::FAILED_LOGIN, Whom::Client).await;
        }
        counted.map(Some)
    }

    /// Settles an attempt to log in by its outcome: a wrong password stays counted,
    /// everything else was no failure.
    pub(super) async fn settle<T>(
        &self,
        proof: &Public,
        pair: &Pair,
        receipt: Option<Receipt>,
        outcome: &Result<T, Error>,
    ) {
        match outcome {
            Err(Error::User(UserError::BadCredentials)) => {}
            Err(_) => self.forgive(proof, pair, receipt).await,
            // A login that succeeded has cleared the pair.
            Ok(_) if receipt.is_some() => self.unlimit(Limit::FAILED_LOGIN, Whom::Client).await,
            Ok(_) => {}
        }
    }

    /// Undoes what [`Self::admit`] counted; what cannot be undone stays counted.
    pub(super) async fn forgive(&self, proof: &Public, pair: &Pair, receipt: Option<Receipt>) {
        let Some(receipt) = receipt else { return };
        self.unlimit(Limit::FAILED_LOGIN, Whom::Client).await;
        if let Err(error) = self.run(proof, &GiveBack { pair: pair.clone(), receipt }).await {
            tracing::warn!(%error, "an attempt to log in stays counted");
        }
    }
}

/// Counts an attempt of a pair, or says how long to wait. The same statements run for
/// an account that exists and for one that does not.
struct CountAttempt {
    pair: Pair,
}

#[async_trait]
impl Command for CountAttempt {
    type Proof = Public;
    type Output = Receipt;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Receipt, Error> {
        let mut attempts = work.tx.attempts().hold(&self.pair, work.now).await?;
        let receipt = attempts.count(work.now).map_err(Error::Throttled)?;
        work.tx.attempts().store(&self.pair, &attempts).await?;
        if attempts.failures == 1 {
            let forgotten = Attempts::forgotten_before(work.now);
            work.tx.attempts().forget(forgotten, FORGOTTEN_AT_ONCE).await?;
        }
        Ok(receipt)
    }
}

/// Undoes [`CountAttempt`].
struct GiveBack {
    pair: Pair,
    receipt: Receipt,
}

#[async_trait]
impl Command for GiveBack {
    type Proof = Public;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        let mut attempts = work.tx.attempts().hold(&self.pair, work.now).await?;
        attempts.give_back(self.receipt);
        match attempts.failures {
            0 => work.tx.attempts().clear(&self.pair).await?,
            _ => work.tx.attempts().store(&self.pair, &attempts).await?,
        }
        Ok(())
    }
}
