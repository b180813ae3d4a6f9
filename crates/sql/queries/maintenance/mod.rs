//! Maintenance of the whole database: retention, folding of names, and the state for an operator.

pub(super) mod folding;
mod health;
pub(super) mod retention;

use super::{backend, migrations, run};

pub(in super::super) use health::inspect;
