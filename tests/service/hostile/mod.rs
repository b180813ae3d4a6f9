//! What people send who mean harm, and that nothing comes of it.

mod addresses;
mod bodies;
mod lists;
mod names;
mod tokens;
