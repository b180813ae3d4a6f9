//! Chooses the flaw that a test builds into the service.

use bailiwick::app::flaws::{self, Flaw};

/// Activates the flaw that `BAILIWICK_FLAW` names, if the variable is set.
pub fn choose() {
    let Ok(wanted) = std::env::var("BAILIWICK_FLAW") else { return };
    if let Some((_, flaw)) = Flaw::ALL.iter().find(|(name, _)| *name == wanted) {
        flaws::choose(*flaw);
    } else {
        tracing::error!(wanted, "there is no such flaw");
    }
}
