//! The pages in a real browser, with its scripts.

mod account;
mod axe;
mod cross_site;
mod driver;
mod german;
mod invitations;
mod keyboard;
mod links;
mod names;
mod person;
mod pictures;
mod setup;
mod sign_up;
mod without_scripts;
