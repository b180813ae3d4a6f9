//! The export of spans, by a program that was built with the feature `otlp`, to a recorded receiver.
#![cfg(test)]

mod export;
mod protobuf;
mod receiver;
#[path = "../server/support.rs"]
mod support;
