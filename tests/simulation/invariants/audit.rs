//! What changes leaves a trail, and what is refused changes nothing.

use std::collections::BTreeSet;

use bailiwick::app::audit::{Action, Entry};
use bailiwick::kernel::SessionId;
use bailiwick::users::User;

use super::Taken;
use crate::act::Stop;
use crate::kind::Kind;
use crate::snapshot::Snapshot;

/// Checks the audit rows that the step added.
pub fn check(taken: &Taken<'_>) -> Result<(), String> {
    let rows = taken.rows();
    let changes = changes(taken);
    match taken.done {
        Ok(_) => {
            let is_silent = matches!(taken.step.kind, Kind::Pass | Kind::Housekeeping | Kind::Release);
            if rows.is_empty() && !is_silent && !changes.is_empty() {
                return Err(format!("the step changed {changes:?} and left no audit row"));
            }
            expected_action(taken, &rows, &changes)?;
        }
        Err(Stop::Nothing(_) | Stop::Refused(_)) => {
            if let Some(row) = rows.iter().find(|row| !may_stay(row.action)) {
                return Err(format!("the step was refused and left {row:?}"));
            }
            if let Some(change) = changes.iter().find(|change| **change != "sessions") {
                return Err(format!("the step was refused and changed {change}"));
            }
        }
    }
    rows.iter().try_for_each(|row| is_sound(taken, row))
}

/// A login before the step, and the end of a stolen session, stay although the step is refused.
fn may_stay(action: Action) -> bool {
    matches!(action, Action::SessionLogin | Action::SessionRefreshReuse)
}

fn is_sound(taken: &Taken<'_>, row: &Entry) -> Result<(), String> {
    let request_id = format!("step-{}", taken.number);
    let is_by_itself = taken.step.kind == Kind::Release;
    let is_of_step = row.at == taken.now && (is_by_itself || row.request_id.as_ref() == Some(&request_id));
    let actor_fits = !taken.step.kind.is_of_account() || row.actor == taken.selected.user;
    let is_changed = row.before != row.after || row.before.is_none();
    if is_of_step && actor_fits && is_changed { Ok(()) } else { Err(format!("a wrong audit row: {row:?}")) }
}

/// Requires one of the actions that the kind leaves, if it changed anything.
fn expected_action(taken: &Taken<'_>, rows: &[&Entry], changes: &[&str]) -> Result<(), String> {
    let expected = taken.step.kind.actions();
    let only_login =
        rows.iter().all(|row| row.action == Action::SessionLogin) && changes.iter().all(|c| *c == "sessions");
    let is_there = rows.iter().any(|row| expected.contains(&row.action.as_str()));
    if expected.is_empty() || is_there || (only_login && !taken.step.kind.always_changes()) {
        return Ok(());
    }
    Err(format!("the step left none of {expected:?}, and changed {changes:?}"))
}

/// Returns which parts of the state a step changed, except mail and what activity records.
fn changes(taken: &Taken<'_>) -> Vec<&'static str> {
    let (before, after) = (taken.before(), taken.after);
    let parts = [
        ("accounts", accounts(before) != accounts(after)),
        ("organizations", before.orgs != after.orgs || before.archived != after.archived),
        ("memberships", memberships(before) != memberships(after)),
        ("roles", before.roles != after.roles),
        ("invitations", before.invitations != after.invitations),
        ("the catalogue", before.catalogue != after.catalogue),
        ("sessions", sessions(before) != sessions(after)),
    ];
    parts.into_iter().filter(|(_, is_changed)| *is_changed).map(|(part, _)| part).collect()
}

fn accounts(state: &Snapshot) -> Vec<User> {
    let plain = |user: &User| {
        // A login replaces an outdated hash, and a refused step may have logged in.
        let password_hash = bailiwick::users::PasswordHash::from_stored(String::new());
        User { password_hash, last_active: None, ..user.clone() }
    };
    state.users.iter().map(plain).collect()
}

fn memberships(state: &Snapshot) -> Vec<&bailiwick::orgs::Membership> {
    state.memberships.values().flatten().map(|record| &record.membership).collect()
}

fn sessions(state: &Snapshot) -> BTreeSet<SessionId> {
    state.sessions.values().flatten().map(|session| session.id).collect()
}
