//! The pages, by HTTP as a browser without scripts sends it.

mod account;
mod brand;
mod browser;
mod edges;
mod failures;
mod invitations;
mod links;
mod real;
mod sessions;
mod sign_up;
