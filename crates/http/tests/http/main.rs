//! Tests of the middleware and the extractors by their responses.
#![cfg(test)]

mod bodies;
mod decisions;
mod documents;
mod middleware;
mod readers;
mod server;
mod spans;
mod store;
mod support;
mod test_routes;
