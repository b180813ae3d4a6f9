//! Deliberate bugs, to show that the checker of authority finds them.
//!
//! They exist only with the feature `flaws`, which no release can be built with. Each is one `if`
//! at the place that its name describes.

#[cfg(all(feature = "flaws", not(debug_assertions)))]
compile_error!("the feature `flaws` is for tests: a release must not contain deliberate bugs");

/// A guarantee that can be broken on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Flaw {
    /// Cached views are dropped when the lease is renewed, within two seconds, and not when they
    /// change.
    PermissionCache = 1,
    /// The role stays as it was when the session was first cached.
    RoleInToken,
    /// A loaded view is cached although a change invalidated it during the load.
    LoadKeptAcrossChange,
    /// A lease is measured from the reply to its renewal.
    LeaseFromReply,
    /// A lease is renewed over another connection than the one that listens.
    RenewalOnOtherConnection,
    /// The cache is not flushed when the listening connection is lost.
    NoFlushAfterLostListener,
    /// A writer returns as soon as it has committed.
    WriterDoesNotWait,
    /// A writer reads the leases before it commits.
    LeasesReadBeforeCommit,
    /// An event is sent to a socket that was authorized once, and the socket stays open without a lease.
    PushWithoutLease,
    /// A one-time secret is selected first, and consumed in a second step.
    SecretSelectedThenUpdated,
    /// On SQLite a commit deletes every change that its process has read, including those that
    /// another process has not read, and no process detects that changes are missing.
    ChangesTakenAway,
}

#[cfg(feature = "flaws")]
mod chosen {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Flaw;

    static CHOSEN: AtomicU8 = AtomicU8::new(0);

    /// Breaks this guarantee from now on, in the whole process.
    pub fn choose(flaw: Flaw) {
        CHOSEN.store(flaw as u8, Ordering::Relaxed);
    }

    /// Whether this guarantee is to be broken.
    pub fn has(flaw: Flaw) -> bool {
        CHOSEN.load(Ordering::Relaxed) == flaw as u8
    }

    impl Flaw {
        /// All flaws, each with its name.
        pub const ALL: [(&'static str, Self); 11] = [
            ("permission_cache_2s", Self::PermissionCache),
            ("role_in_token", Self::RoleInToken),
            ("load_kept_across_change", Self::LoadKeptAcrossChange),
            ("lease_from_reply", Self::LeaseFromReply),
            ("renewal_on_other_connection", Self::RenewalOnOtherConnection),
            ("no_flush_after_lost_listener", Self::NoFlushAfterLostListener),
            ("writer_does_not_wait", Self::WriterDoesNotWait),
            ("leases_read_before_commit", Self::LeasesReadBeforeCommit),
            ("push_without_lease", Self::PushWithoutLease),
            ("secret_selected_then_updated", Self::SecretSelectedThenUpdated),
            ("changes_taken_away", Self::ChangesTakenAway),
        ];
    }
}

#[cfg(feature = "flaws")]
pub use chosen::{choose, has};

/// Returns `false`: this build has no deliberate bugs.
#[cfg(not(feature = "flaws"))]
pub const fn has(_: Flaw) -> bool {
    false
}
