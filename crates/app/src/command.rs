//! How a use case runs.
//!
//! A [`Command`] changes something: [`crate::App::run`] counts it, opens a transaction,
//! locks the organization, renews the caller's proof inside it, runs the body,
//! adds to the audit trail what the body noted, and commits, or rolls back when
//! anything was refused. A [`Query`] only reads.
//! Neither can forget a step, and neither runs without its proof.

use async_trait::async_trait;
use bailiwick_kernel::{IdSource, ServerKey, SessionId, StoreError, Timestamp, UserId};

use crate::Context;
use crate::Error;
use crate::audit::{AuditEvent, AuditTrail};
use crate::authority::Proof;
use crate::ports::Tx;
use crate::settings::Settings;
use crate::throttle::{Limit, RateLimitKey};

/// What the body of a use case works with.
pub struct Work<'a, P> {
    /// The open transaction.
    pub tx: &'a mut dyn Tx,
    /// That the caller may; for a command as of now, inside the transaction.
    pub proof: P,
    /// The moment at which all of it happens.
    pub now: Timestamp,
    /// Fresh ids and secrets.
    pub ids: &'a dyn IdSource,
    /// How things are set.
    pub settings: &'a Settings,
    /// Where the request comes from.
    pub context: &'a Context,
    /// Seals the secrets in mail.
    pub(crate) server_key: &'a ServerKey,
    pub(crate) trail: AuditTrail,
}

impl<P> Work<'_, P> {
    /// Adds an event to the audit trail. It is stored if and only if the command commits. A command
    /// that changes something MUST do so.
    pub fn audit(&mut self, event: AuditEvent) {
        self.trail.add(event);
    }

    /// The same, if the event has any change: for what may be so already.
    pub fn audit_changes(&mut self, event: AuditEvent) {
        if !event.is_unchanged() {
            self.trail.add(event);
        }
    }

    /// Who acts, where the proof does not tell: what anybody may do is done by
    /// somebody in the end.
    pub fn name_actor(&mut self, user: UserId, session: Option<SessionId>) {
        self.trail.name_actor(user, session);
    }
}

impl<P: Proof> Work<'_, P> {
    /// Stores the audit trail.
    pub(crate) async fn append_trail(&mut self) -> Result<(), StoreError> {
        let said = std::mem::take(&mut self.trail);
        let entries = said.entries(self.proof.authority_query(), self.context, self.ids, self.now);
        if entries.is_empty() {
            return Ok(());
        }
        self.tx.audit().append(&entries).await
    }
}

/// A use case that changes something: all of it or nothing.
#[async_trait]
pub trait Command: Send + Sync {
    /// What the caller must show.
    type Proof: Proof;
    /// What it answers.
    type Output: Send;

    /// Whether it alters authority that exists. Such a command is answered only when no node
    /// goes by older authority; also when it finds its work done already, for whoever did it
    /// may still be waiting.
    const ALTERS_AUTHORITY: bool = false;

    /// What it counts towards. [`crate::App::run`] looks before anything else, once.
    fn counts(&self, _proof: &Self::Proof) -> Vec<(Limit, RateLimitKey)> {
        Vec::new()
    }

    /// Locks what is to be locked before the proof is renewed. Nothing, unless told:
    /// the proof's own organization is locked anyway. Whoever changes several
    /// organizations locks them here, in ascending order, as everybody locks
    /// organizations before accounts.
    async fn lock(&self, _tx: &mut dyn Tx, _proof: &Self::Proof) -> Result<(), Error> {
        Ok(())
    }

    /// The body. It may run again when the transaction loses against another.
    /// What it changes it says with [`Work::audit`].
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Self::Output, Error>;
}

/// A use case that only reads, from one state of the data.
#[async_trait]
pub trait Query: Send + Sync {
    /// What the caller must show.
    type Proof: Proof;
    /// What it answers.
    type Output: Send;

    /// The body.
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Self::Output, Error>;
}
