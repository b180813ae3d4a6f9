//! Use cases of platform administrators: all accounts, organizations and outgoing mail, without any
//! secret.

mod list;
mod ports;
mod records;
mod send;

pub use list::{ListAllOrganizations, ListMail, ListUsers};
pub use ports::PlatformRepo;
pub use records::{MailFilter, MailRecord, MailStatus, OrgFilter, OrgRecord, UserFilter};
pub use send::SendMail;
