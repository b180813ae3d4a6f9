//! Sockets: `GET /ws/connect` (RFC 6455).
//!
//! From the outside in: `connect` (what is refused before the upgrade), `admission` (who
//! may open one, in the order of the contract), `talk` (one task per socket), `reply`
//! (what clients ask), `frames` (how all of it looks), `reader` and `header` (how messages are
//! read, within bounds). [`Hub`] knows them all: it
//! holds the caps, hands out events, and has each socket follow the authority of its
//! user (`follow`), by the flags of its `seat`.

mod admission;
mod close_reason;
mod connect;
mod connect_params;
mod connection;
mod connection_state;
mod follow;
mod frames;
mod header;
mod hub;
mod origin;
mod reader;
mod reply;
mod settings;
mod shared;

pub(crate) use connect::operations;
pub use hub::Hub;
pub use settings::SocketSettings;
