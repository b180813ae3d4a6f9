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

/// Assigns a new role with these permissions.
pub async fn reassign(owner: &Caller, whom: &Caller, level: u8, permissions: &[&str]) {
    let role = owner.create_role(&format!("role {level}"), level, permissions).await;
    owner.assign(whom, &role).await.is(200);
}
