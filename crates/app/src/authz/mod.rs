//! Questions about authority: what may somebody do, why, and who else may?
//! Answered by what decides, so that an answer is never another than the deed's.

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
