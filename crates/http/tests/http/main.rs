//! The edge and the extractors, from the outside.
#![cfg(test)]

mod bodies;
mod decisions;
mod documents;
mod edges;
mod rogue;
mod server;
mod support;
