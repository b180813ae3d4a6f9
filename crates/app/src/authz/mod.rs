//! Queries of authority: which permissions a member holds, why, and which members hold one. They
//! use the rule of [`crate::authority`], so an answer never differs from the check of a command.

mod change;
mod check;
mod explain;
mod explanation;
mod target;
mod who_can;

pub use check::{Answer, Check};
pub use explain::Explain;
pub use explanation::{Change, Explanation, HeldRole, Step};
pub use target::require_to_ask_about_others;
pub use who_can::{Permitted, WhoCan};
