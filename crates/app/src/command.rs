//! Execution of use cases.
//!
//! A [`Command`] changes data: [`crate::App::run`] counts it, opens a transaction, locks the
//! organization, renews the proof of the caller inside it, runs the body, stores the audit events
//! of the body, and commits. If anything refuses, it rolls back. A [`Query`] only reads. The types
//! ensure that no step is skipped and that nothing runs without its proof.

use async_trait::async_trait;
use bailiwick_kernel::{IdSource, ServerKey, SessionId, Timestamp, UserId};

use crate::Context;
use crate::Error;
use crate::audit::{AuditEvent, AuditTrail};
use crate::authority::Proof;
use crate::changes::Vetoes;
use crate::ports::Tx;
use crate::settings::Settings;
use crate::throttle::{Limit, RateLimitKey};

/// The context of the body of a use case: its transaction, its proof, its time.
pub struct Work<'a, P> {
    /// The open transaction.
    pub tx: &'a mut dyn Tx,
    /// The proof of the caller. For a command it was renewed inside the transaction.
    pub proof: P,
    /// The time of everything that the use case does.
    pub now: Timestamp,
    /// Source of new ids and secrets.
    pub ids: &'a dyn IdSource,
    /// Settings of the use cases.
    pub settings: &'a Settings,
    /// The origin of the request.
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

    /// Adds an event unless it is unchanged, for commands that may find their work done already.
    pub fn audit_changes(&mut self, event: AuditEvent) {
        if !event.is_unchanged() {
            self.trail.add(event);
        }
    }

    /// Names the actor of a public command, whose proof names none.
    pub fn name_actor(&mut self, user: UserId, session: Option<SessionId>) {
        self.trail.name_actor(user, session);
    }
}

impl<P: Proof> Work<'_, P> {
    /// Asks the vetoes about the changes, and stores the audit trail.
    pub(crate) async fn append_trail(&mut self, vetoes: Option<&Vetoes>) -> Result<(), Error> {
        let trail = std::mem::take(&mut self.trail);
        let entries = trail.entries(self.proof.authority_query(), self.context, self.ids, self.now);
        if entries.is_empty() {
            return Ok(());
        }
        if let Some(vetoes) = vetoes {
            vetoes.review(&entries, self.tx).await?;
        }
        Ok(self.tx.audit().append(&entries).await?)
    }
}

/// A use case that changes data, atomically.
#[async_trait]
pub trait Command: Send + Sync {
    /// The proof that the caller must hold.
    type Proof: Proof;
    /// The result.
    type Output: Send;

    /// Whether the command alters existing authority. It then returns only when no node answers by
    /// older authority, even if it finds its work done already, because the other writer may still
    /// be waiting.
    const ALTERS_AUTHORITY: bool = false;

    /// Whether the embedding program may refuse what the command changes. `false` for what must happen: the
    /// end of a stolen session, and the grants of a start.
    const MAY_BE_VETOED: bool = true;

    /// The limits that the command counts towards. [`crate::App::run`] checks them once, before
    /// anything else.
    fn counts(&self, _proof: &Self::Proof) -> Vec<(Limit, RateLimitKey)> {
        Vec::new()
    }

    /// Takes the locks that must be taken before the proof is renewed. The default takes none,
    /// because the organization of the proof is locked anyway. A command that changes several
    /// organizations locks them here, in ascending order, because all commands lock organizations
    /// before accounts.
    async fn lock(&self, _tx: &mut dyn Tx, _proof: &Self::Proof) -> Result<(), Error> {
        Ok(())
    }

    /// Runs the body. It may run again after contention. It reports its changes with
    /// [`Work::audit`].
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Self::Output, Error>;
}

/// A use case that only reads, from one consistent state of the data.
#[async_trait]
pub trait Query: Send + Sync {
    /// The proof that the caller must hold.
    type Proof: Proof;
    /// The result.
    type Output: Send;

    /// Runs the body.
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Self::Output, Error>;
}
