//! Bodies as clients send and get them. A request body is read leniently (every
//! field may be absent) and checked field by field into a command; an answer is
//! made from a record of `app`.

pub mod accounts;
pub mod invitations;
pub mod lists;
pub mod organizations;
pub mod roles;
