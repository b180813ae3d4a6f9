//! Sockets: section 5 of the contract.

mod authority;
mod browser;
mod caps;
mod closing;
mod drain;
mod events;
mod frames;
mod handshake;
mod lease;
mod nodes;
mod raw;
mod refusals;
mod renewal;
mod slow;
mod tickets;
mod wire;

use bailiwick_testkit::app::Caller;
use serde_json::json;

/// Assigns a new role with these permissions.
pub async fn reassign(owner: &Caller, whom: &Caller, level: u8, permissions: &[&str]) {
    let role = owner.create_role(&owner.org, &format!("role {level}"), level, permissions).await;
    let path = format!("/roles/{}/users/{}/roles", owner.org, whom.id);
    owner.post(&path, json!({ "role_id": role })).await.is(200);
}

/// Sets the status of a member.
pub async fn set_status(owner: &Caller, whom: &Caller, status: &str) {
    let path = format!("/organizations/{}/users/{}", owner.org, whom.id);
    let request = owner.request(reqwest::Method::PATCH, &path).json(&json!({ "status": status }));
    owner.send(request).await.is(200);
}
