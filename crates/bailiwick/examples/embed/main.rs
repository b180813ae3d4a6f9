//! A shop with invoices, whose accounts, organizations and roles are those of bailiwick.
//!
//! `cargo run --example embed`, then open <http://127.0.0.1:8080/identity/>.

include!("program.rs");
