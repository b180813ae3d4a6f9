//! Runs the programs in `examples` and checks what they do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failed test panics")]
#![allow(clippy::duplicate_mod, reason = "the shop is a program, and parts of it are mounted in a test")]

mod domain_only;
mod migrate_from_fastapi;
mod own_adapter;
mod shop;
mod shop_in_process;
