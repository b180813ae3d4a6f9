//! The repositories. Each implements a port of the domain on a transaction.

mod attempts;
mod audit;
mod directory;
mod feed;
mod invites;
mod orgs;
mod outbox;
mod paging;
mod platform;
mod role_deletion;
mod role_error;
mod role_grants;
mod role_levels;
mod roles;
mod secrets;
mod sessions;
mod tickets;
mod users;
pub(super) mod view;

use super::{backend, run, transaction};
