//! The running service, over HTTP, on every database: routes, texts, order of
//! checks, rules. One binary, so that it is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod audit;
mod authz;
mod authz_explained;
mod credentials;
mod description;
mod edge;
mod forge;
mod granting;
mod imports;
mod invitations;
mod journey;
mod keys;
mod members;
mod org_scope;
mod organizations;
mod platform;
mod races;
mod roles;
mod secrets;
mod tenants;
mod throttled_logins;
mod throttles;
mod tokens;
mod verification;
