//! The middleware and the extractors, from outside.
#![cfg(test)]

mod bodies;
mod decisions;
mod documents;
mod edges;
mod readers;
mod rogue;
mod server;
mod spans;
mod store;
mod support;
