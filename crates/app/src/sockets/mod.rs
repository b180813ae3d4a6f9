//! The application side of sockets: tickets that open one, and events that reach them on every node.

mod bus;
mod event;
mod publish;
mod ticket;
mod tickets;

pub use bus::{BusError, EventBus, MIN_BACKLOG};
pub use event::{Channel, ChannelError, Event};
pub use publish::PublishEvent;
pub use ticket::{Ticket, TicketRepo};
pub use tickets::{CountedTicket, IssueTicket, Issued};
