//! WebSockets: `GET /ws/connect` (RFC 6455).
//!
//! The modules, in the order in which a connection reaches them: `connect` (checks before the upgrade),
//! `admission` (whether the caller may open a socket, in the order of the contract), `connection` (one
//! task per socket), `reply` (responses to frames of the client), `frames` (their JSON), `reader` and
//! `header` (how messages are read, within limits).
//!
//! [`Hub`] is the registry of all sockets of a node: it applies the caps and distributes events. It makes
//! each socket follow the authority of its user (`follow`) through the flags of its `connection_state`.

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
