//! The running service over HTTP, on every database: routes, texts, order of checks, and rules. It is
//! one binary, so that it is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod answers;
mod archive;
mod audit;
mod authz;
mod authz_explained;
mod chromium_flags;
mod copied;
mod credentials;
mod deactivation;
mod declared;
mod deletion;
mod description;
mod email_change;
mod enumeration;
mod forge;
mod granting;
mod hostile;
mod imports;
mod invitation_bounds;
mod invitations;
mod journey;
mod keys;
mod language;
mod logins;
mod mail_language;
mod members;
mod methods;
mod middleware;
mod no_body;
mod org_scope;
mod organizations;
mod outbox;
mod pages;
mod password_change;
mod passwords;
mod platform;
mod prefix;
mod races;
mod received_invitations;
mod recovery;
mod refresh;
mod role_order;
mod roles;
mod secrets;
mod sessions;
mod setup;
mod simultaneous_logins;
mod single_names;
mod sockets;
mod strict_mail;
mod tenants;
mod throttled_logins;
mod throttled_mail;
mod throttles;
mod tokens;
mod verification;
