//! The use cases below HTTP, on the memory store: the rules hold whoever calls.

mod accounts;
mod granting;
mod outbox;
mod proofs;
mod world;
