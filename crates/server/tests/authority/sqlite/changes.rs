//! Changes of authority, by HTTP and by SQL in turn.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;
use reqwest::Method;
use serde_json::json;

use super::file::{File, Org, blob, membership_number};
use crate::history::{Fact, OFF, ON, Requirement};
use crate::setup::{GRANTING, REDUCED};
use crate::world::Credential;

/// Least and greatest pause after each change.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(200));

/// Changes one person's account, session and memberships until the history is over.
pub async fn change_memberships(file: Arc<File>, person: usize, mut dice: Dice) {
    let mut active = vec![true; file.orgs.len()];
    let login = file.people[person].clone();
    while !file.recorder.is_over() {
        file.recorder.begin(person);
        match dice.below(100) {
            0..2 => interrupt_account(&file, &login, &mut dice).await,
            2..4 => interrupt_session(&file, &login, &mut dice).await,
            percent => {
                let index = dice.below(file.orgs.len());
                active[index] = !active[index];
                change_status(&file, &login, &file.orgs[index], active[index], percent < 30).await;
            }
        }
        file.recorder.end(person);
        pause(&mut dice).await;
    }
}

async fn change_status(file: &File, person: &Credential, org: &Org, active: bool, by_http: bool) {
    let status = if active { "active" } else { "suspended" };
    let effects = vec![(Fact::Membership(membership_number(org.number, person)), u32::from(active))];
    if by_http {
        let path = format!("/organizations/{}/users/{}", org.id, person.user);
        file.by_http("status by HTTP", Method::PATCH, &path, json!({ "status": status }), effects).await;
    } else {
        let update = format!(
            "UPDATE memberships SET status = '{status}' WHERE org_id = {} AND user_id = {}",
            blob(&org.id),
            blob(&person.user)
        );
        file.by_sql("status by SQL", &update, effects).await;
    }
    file.probe(person, org, Requirement::Permission).await;
}

/// Deactivates the account for a while.
async fn interrupt_account(file: &File, person: &Credential, dice: &mut Dice) {
    for (status, value) in [("inactive", OFF), ("active", ON)] {
        let update = format!("UPDATE users SET status = '{status}' WHERE id = {}", blob(&person.user));
        let effects =
            file.orgs.iter().map(|org| (Fact::Account(membership_number(org.number, person)), value));
        file.by_sql("account by SQL", &update, effects.collect()).await;
        if value == OFF {
            tokio::time::sleep(dice.between(Duration::ZERO, INTERRUPTED)).await;
        }
    }
}

/// Ends the session for a while. Only SQL can restore an ended session.
async fn interrupt_session(file: &File, person: &Credential, dice: &mut Dice) {
    for (ended_at, value) in [("1", OFF), ("NULL", ON)] {
        let update =
            format!("UPDATE sessions SET ended_at = {ended_at} WHERE id = {}", blob(&person.session));
        file.by_sql("session by SQL", &update, vec![(Fact::Session(person.caller.session), value)]).await;
        if value == OFF {
            tokio::time::sleep(dice.between(Duration::ZERO, INTERRUPTED)).await;
        }
    }
}

/// Duration of an interruption. It is longer than the bound, so that some probes must see it.
const INTERRUPTED: Duration = Duration::from_millis(1600);

/// Removes and restores the permissions of roles until the history is over.
pub async fn edit_roles(file: Arc<File>, mut dice: Dice) {
    let mut grants = vec![true; file.orgs.len()];
    let writer = file.people.len();
    while !file.recorder.is_over() {
        // Most roles grant most of the time, so that allowed probes occur as well.
        let reduced = grants.iter().position(|grants| !grants);
        let index = reduced.filter(|_| dice.percent(60)).unwrap_or_else(|| dice.below(file.orgs.len()));
        grants[index] = !grants[index];
        file.recorder.begin(writer);
        edit_role(&file, &file.orgs[index], grants[index], dice.percent(30)).await;
        file.recorder.end(writer);
        tokio::time::sleep(dice.between(PAUSE.1, PAUSE.1 * 3)).await;
    }
}

async fn edit_role(file: &File, org: &Org, grants: bool, by_http: bool) {
    let effects = vec![(Fact::RoleGrants(org.number), u32::from(grants))];
    if by_http {
        let permissions: &[&str] = if grants { &GRANTING } else { &REDUCED };
        let body = json!({ "name": "Level 35", "hierarchy_level": 35, "permissions": permissions });
        let path = format!("/roles/{}?org_id={}", org.role, org.id);
        return file.by_http("role by HTTP", Method::PUT, &path, body, effects).await;
    }
    let role = blob(&org.role);
    let statement = if grants {
        format!("INSERT OR IGNORE INTO role_permissions (role_id, permission) VALUES ({role}, 'kb:read')")
    } else {
        format!("DELETE FROM role_permissions WHERE role_id = {role} AND permission = 'kb:read'")
    };
    file.by_sql("role by SQL", &statement, effects).await;
}

async fn pause(dice: &mut Dice) {
    tokio::time::sleep(dice.between(PAUSE.0, PAUSE.1)).await;
}
