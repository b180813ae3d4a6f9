//! The testkit as a program under test uses it: a service with routes of its own.
#![cfg(feature = "app")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failed test panics")]

mod builder;
mod faults;
mod mail;
mod matrix;
mod notes;
mod pages;
mod samples;
mod sockets;
mod support;
