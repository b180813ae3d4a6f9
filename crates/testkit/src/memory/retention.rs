//! Deletion of expired data.

use bailiwick_app::RetentionCutoffs;
use bailiwick_kernel::Timestamp;

use super::state::State;

/// Deletes everything past its cutoff in one call and returns the number of rows.
pub(super) fn sweep(state: &mut State, cutoffs: &RetentionCutoffs) -> u64 {
    let before = rows(state);
    let over = |at: Timestamp| at < cutoffs.sessions_before;
    state.sessions.retain(|_, session| !session.ended_at.is_some_and(over) && !over(session.expires_at));
    let sessions = state.sessions.clone();
    state.pages.retain(|session, _| sessions.contains_key(session));
    state.refresh_grants.retain(|stored| sessions.contains_key(&stored.grant.session_id));
    state.secrets.retain(|secret| cutoffs.secrets_at < secret.expires_at);
    state.links.retain(|link| cutoffs.secrets_at < link.expires_at);
    state.tickets.retain(|(_, ticket)| cutoffs.secrets_at < ticket.expires_at);
    if state.setup.is_some_and(|(_, until)| until <= cutoffs.secrets_at) {
        *state.setup = None;
    }
    state.outbox.retain(|_, mail| mail.sent_at.is_none_or(|at| cutoffs.mail_before <= at));
    (before - rows(state)).try_into().unwrap_or(u64::MAX)
}

fn rows(state: &State) -> usize {
    let tables = [
        state.sessions.len(),
        state.refresh_grants.len(),
        state.secrets.len(),
        state.links.len(),
        state.outbox.len(),
        state.tickets.len(),
    ];
    tables.iter().sum::<usize>() + usize::from(state.setup.is_some())
}
