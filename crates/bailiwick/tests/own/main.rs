//! What a program that embeds the service has of its own: tables, names, refusals, readers, a pool.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

mod feed;
mod names;
mod pool;
mod samples;
mod streams;
mod support;
mod tables;
mod vetoes;
