//! The application: its ports, and the single way to run a use case.

use std::sync::Arc;

use bailiwick_kernel::{Clock, IdSource, Lock, ServerKey, Stopwatch};
use bailiwick_users::PasswordHasher;
use tokio::sync::watch;
use tracing::Instrument;

use crate::accounts::AttemptQueues;
use crate::audit::AuditTrail;
use crate::authority::cache::Limits as CacheLimits;
use crate::authority::{Actor, AsProof, Denial, Proof};
use crate::changes::Vetoes;
use crate::ports::{Effect, Store, Tx};
use crate::spans;
use crate::{
    AccessClaims, AccessTokens, Authority, AuthorityCache, Command, Context, Error, EventBus, Housekeeper,
    Mailer, Outbox, Query, Settings, Throttle, Work,
};

/// Maximum number of attempts of a transaction that fails by contention.
const ATTEMPTS: u32 = 5;

/// The ports that an application is made of.
#[derive(Clone)]
pub struct Parts {
    /// Stores all data.
    pub store: Arc<dyn Store>,
    /// Hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Signs and reads access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// Delivers mail.
    pub mailer: Arc<dyn Mailer>,
    /// Counts requests against rate limits.
    pub throttle: Arc<dyn Throttle>,
    /// Delivers events to the sockets of all nodes.
    pub bus: Arc<dyn EventBus>,
    /// Source of the time of day.
    pub clock: Arc<dyn Clock>,
    /// Source of monotonic time, for durations.
    pub stopwatch: Arc<dyn Stopwatch>,
    /// Generates ids and secrets.
    pub ids: Arc<dyn IdSource>,
    /// The secret that all nodes share.
    pub server_key: ServerKey,
    /// Settings of the use cases.
    pub settings: Settings,
    /// What the embedding program may refuse.
    pub vetoes: Vetoes,
}

/// The use cases of identity, organizations, roles and invitations. Cheap to clone.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
    authority: Arc<Authority>,
    commits: Arc<watch::Sender<()>>,
    attempt_queues: Arc<AttemptQueues>,
    context: Arc<Context>,
}

impl App {
    /// Creates the application from its ports.
    pub fn new(parts: Parts) -> Self {
        let cache = AuthorityCache::new(parts.stopwatch.clone(), CacheLimits::default());
        let authority = Authority::new(parts.store.clone(), parts.clock.clone(), Arc::new(cache));
        Self {
            parts: Arc::new(parts),
            authority: Arc::new(authority),
            commits: Arc::new(watch::Sender::new(())),
            attempt_queues: Arc::default(),
            context: Arc::default(),
        }
    }

    /// Returns the application with the context of one request, which its use cases see. An
    /// IPv4-mapped IPv6 address is converted to IPv4.
    #[must_use]
    pub fn on_behalf(&self, mut context: Context) -> Self {
        context.client.ip = context.client.ip.map(|ip| ip.to_canonical());
        Self { context: Arc::new(context), ..self.clone() }
    }

    /// The context of the request; empty unless set by [`Self::on_behalf`].
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The checks of authority.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The ports that the application was created from.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The waiting login attempts of this node.
    pub(crate) fn attempt_queues(&self) -> &AttemptQueues {
        &self.attempt_queues
    }

    /// Returns a receiver that is notified of each commit of this node.
    pub(crate) fn commits(&self) -> watch::Receiver<()> {
        self.commits.subscribe()
    }

    /// Creates the sender of mail, to be run beside the application.
    pub fn outbox(&self) -> Outbox {
        let Parts { store, mailer, clock, server_key, .. } = self.parts.as_ref().clone();
        Outbox::new(store, mailer, clock, server_key, self.commits())
    }

    /// Creates the periodic maintenance, to be run beside the application.
    pub fn housekeeper(&self) -> Housekeeper {
        let Parts { store, clock, stopwatch, .. } = self.parts.as_ref().clone();
        Housekeeper::new(store, clock, stopwatch, self.authority.activity().clone())
    }

    /// Verifies an access token and returns the user and session that it names. No I/O:
    /// [`Authority`] checks whether account and session are still active.
    pub fn read_token(&self, token: &str) -> Result<Actor, Denial> {
        let claims = self.read_claims(token)?;
        Ok(Actor { user: claims.user, session: claims.session })
    }

    /// As [`Self::read_token`], with all claims of the token.
    pub fn read_claims(&self, token: &str) -> Result<AccessClaims, Denial> {
        Ok(self.parts.tokens.verify(token, self.parts.clock.now())?)
    }

    /// Counts a command against its limits ([`Command::counts`]), then runs it. Nothing is stored
    /// unless it returns `Ok`; only if the store fails during the commit
    /// ([`bailiwick_kernel::StoreError::Unavailable`]) is the outcome unknown.
    pub async fn run<C: Command>(
        &self,
        proof: &impl AsProof<C::Proof>,
        command: &C,
    ) -> Result<C::Output, Error> {
        self.limit_and_attempt(proof.as_proof(), command).instrument(spans::use_case::<C>()).await
    }

    async fn limit_and_attempt<C: Command>(&self, proof: &C::Proof, command: &C) -> Result<C::Output, Error> {
        self.limit_all(&command.counts(proof)).await?;
        let mut attempt = 1;
        loop {
            match self.attempt(proof, command).await {
                Err(error) if error.is_contention() && attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    /// Runs a query in a read transaction.
    pub async fn query<Q: Query>(
        &self,
        proof: &impl AsProof<Q::Proof>,
        query: &Q,
    ) -> Result<Q::Output, Error> {
        let reading = self.read(proof.as_proof(), query).instrument(spans::read_transaction());
        reading.instrument(spans::use_case::<Q>()).await
    }

    async fn read<Q: Query>(&self, proof: &Q::Proof, query: &Q) -> Result<Q::Output, Error> {
        let mut tx = self.parts.store.begin_read().await?;
        let outcome = query.execute(&mut self.work(&mut *tx, proof.clone())).await;
        rollback(tx).await;
        outcome
    }

    async fn attempt<C: Command>(&self, proof: &C::Proof, command: &C) -> Result<C::Output, Error> {
        match self.write(proof, command).instrument(spans::transaction()).await {
            Ok((output, effect)) => {
                self.commits.send_replace(());
                if C::ALTERS_AUTHORITY && effect == Effect::None {
                    self.parts.store.await_invalidation().await?;
                }
                Ok(output)
            }
            Err(refusal) => {
                if C::ALTERS_AUTHORITY && refusal.is_a_rule() {
                    self.parts.store.await_invalidation().await?;
                }
                Err(refusal)
            }
        }
    }

    /// Runs a command in a transaction, and commits it or rolls it back.
    async fn write<C: Command>(&self, proof: &C::Proof, command: &C) -> Result<(C::Output, Effect), Error> {
        let mut tx = self.parts.store.begin().await?;
        match self.execute(&mut *tx, proof, command).await {
            Ok(output) => {
                let effect = tx.commit().await?;
                spans::record_outcome("committed");
                Ok((output, effect))
            }
            Err(refusal) => {
                rollback(tx).await;
                spans::record_outcome("rolled_back");
                Err(refusal)
            }
        }
    }

    /// INVARIANT: the organization is locked before anything in it is read, so writes within one
    /// organization are serialized.
    async fn execute<C: Command>(
        &self,
        tx: &mut dyn Tx,
        proof: &C::Proof,
        command: &C,
    ) -> Result<C::Output, Error> {
        command.lock(tx, proof).await?;
        let mut fresh = proof.clone();
        if let Some(query) = proof.authority_query() {
            if let Some(org) = query.org
                && tx.orgs().find(org, Lock::Update).await?.is_none()
            {
                return Err(Denial::NotMember.into());
            }
            let view = tx.lock_view(&query).await?;
            fresh = proof.renewed(view, self.parts.clock.now())?;
        }
        let mut work = self.work(tx, fresh);
        let output = command.execute(&mut work).await?;
        work.append_trail(C::MAY_BE_VETOED.then_some(&self.parts.vetoes)).await?;
        Ok(output)
    }

    fn work<'a, P>(&'a self, tx: &'a mut dyn Tx, proof: P) -> Work<'a, P> {
        let Parts { clock, ids, settings, server_key, .. } = &*self.parts;
        let (now, context, trail) = (clock.now(), &self.context, AuditTrail::default());
        Work { tx, proof, now, ids: &**ids, settings, context, server_key, trail }
    }
}

/// Rolls back a transaction. The result of the caller stands even if this fails, because the
/// connection is then discarded.
pub(crate) async fn rollback(tx: Box<dyn Tx>) {
    if let Err(error) = tx.rollback().await {
        tracing::warn!(%error, "a rollback failed; the connection is discarded");
    }
}
