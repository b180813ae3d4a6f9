//! Runs the programs in `examples` and checks what they do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failed test panics")]

mod domain_only;
mod migrate_from_fastapi;
mod own_adapter;
mod shop;
mod shop_in_process;
