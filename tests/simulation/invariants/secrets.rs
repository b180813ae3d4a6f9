//! A secret that was used is worth nothing.

use std::collections::BTreeMap;

use bailiwick::kernel::{Timestamp, TokenKind};
use time::Duration;

use super::Taken;

/// Time in which a refresh token may be presented again for the same successor.
const REPEATED: Duration = Duration::seconds(10);

/// The secrets that were used, with the time and the answer of the first use.
#[derive(Default)]
pub struct Used(BTreeMap<String, (Timestamp, String)>);

impl Used {
    /// Checks the use of a secret, and takes note of it.
    pub fn check(&mut self, taken: &Taken<'_>) -> Result<(), String> {
        let (Some(link), Ok(answer)) = (&taken.selected.link, taken.done) else { return Ok(()) };
        let reads = answer == "None" || taken.step.kind.commands().is_empty();
        if reads || link.kind == TokenKind::PageSession {
            return Ok(());
        }
        let Some((at, first)) = self.0.get(&link.text) else {
            self.0.insert(link.text.clone(), (taken.now, answer.clone()));
            return Ok(());
        };
        let may_repeat = match link.kind {
            TokenKind::Refresh => answer == first && taken.now - *at <= REPEATED,
            // A link that was opened before shows the account again, and changes nothing.
            TokenKind::EmailVerification | TokenKind::EmailChange => {
                taken.before().users == taken.after.users
            }
            _ => false,
        };
        if may_repeat { Ok(()) } else { Err(format!("{:?} was used twice", link.kind)) }
    }
}
