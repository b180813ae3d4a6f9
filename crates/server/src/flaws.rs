//! Which promise a test wants to see broken.

use bailiwick::app::flaws::{self, Flaw};

/// The one that `BAILIWICK_FLAW` names, if any.
pub fn choose() {
    let Ok(wanted) = std::env::var("BAILIWICK_FLAW") else { return };
    match Flaw::ALL.iter().find(|(name, _)| *name == wanted) {
        Some((_, flaw)) => flaws::choose(*flaw),
        None => tracing::error!(wanted, "there is no such flaw"),
    }
}
