//! Use cases of organizations and their members.

mod found;
mod leave;
mod manage;
mod members;
mod transfer;

pub use found::{CreateOrganization, MyOrganizations};
pub use leave::Leave;
pub use manage::{ChangeOrganization, DeleteOrganization, ReadOrganization};
pub use members::{ChangeMemberStatus, ListMembers, MemberStatusChange, ReadMember, RemoveMember};
pub use transfer::TransferOwnership;

pub(crate) use found::found_organization;
pub(crate) use manage::delete_organization;
pub(crate) use members::{read_member, require_below};
