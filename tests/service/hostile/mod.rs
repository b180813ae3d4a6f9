//! What people send who mean harm, and that nothing comes of it.

mod addresses;
mod bodies;
mod half_sent;
mod lists;
mod names;
mod tokens;
