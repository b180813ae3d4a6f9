//! How a use case runs.
//!
//! A [`Command`] changes something: [`crate::App::run`] counts it, opens a transaction,
//! locks the organisation, renews the caller's proof inside it, runs the body,
//! and commits, or rolls back when anything was refused. A [`Query`] only reads.
//! Neither can forget a step, and neither runs without its proof.

use async_trait::async_trait;
use bailiwick_kernel::{IdSource, Timestamp};

use crate::Context;
use crate::Error;
use crate::authority::Proof;
use crate::ports::Tx;
use crate::settings::Settings;
use crate::throttle::{Limit, Whom};

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
}

/// A use case that changes something: all of it or nothing.
#[async_trait]
pub trait Command: Send + Sync {
    /// What the caller must show.
    type Proof: Proof;
    /// What it answers.
    type Output: Send;

    /// What it counts towards. [`crate::App::run`] looks before anything else, once.
    fn counts(&self, _proof: &Self::Proof) -> Vec<(Limit, Whom)> {
        Vec::new()
    }

    /// The body. It may run again when the transaction loses against another.
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
