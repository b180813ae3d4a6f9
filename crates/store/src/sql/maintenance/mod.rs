//! Work on the database as a whole: deleting what is kept no longer, filling folded names,
//! and what an operator asks.

pub(super) mod folding;
mod health;
pub(super) mod retention;

use super::{backend, migrations};

pub(in super::super) use health::inspect;
