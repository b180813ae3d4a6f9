//! What administrators of the platform see: everybody, every organization, and
//! the mail that goes out. Never a secret.

mod list;
mod ports;
mod records;
mod send;

pub use list::{ListAllOrganizations, ListMail, ListUsers};
pub use ports::PlatformRepo;
pub use records::{MailFilter, MailRecord, MailStatus, OrgFilter, OrgRecord, UserFilter};
pub use send::SendMail;
