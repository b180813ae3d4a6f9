//! bailiwick
mod cli;
mod data_dir;
mod logging;
mod settings;
fn main() {}
