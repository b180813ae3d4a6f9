//! Input of attackers, which must have no effect.

mod addresses;
mod bodies;
mod half_sent;
mod lists;
mod names;
mod tokens;
