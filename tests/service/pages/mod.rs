//! The pages, by HTTP as a browser without scripts sends it.

mod browser;
mod edges;
mod invitations;
mod links;
mod sign_up;
