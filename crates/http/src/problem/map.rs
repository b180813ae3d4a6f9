//! From the errors of the use cases to problems. No wildcard arm: whoever adds
//! an error decides here what clients see of it.

use bailiwick_app::listing::PageError;
use bailiwick_app::{Denial, Error};
use bailiwick_invites::InviteError;
use bailiwick_kernel::StoreError;
use bailiwick_orgs::OrgError;
use bailiwick_roles::RoleError;
use bailiwick_users::{HashError, UserError};

use crate::problem::{Code, FieldError, Problem, hint};

/// When a queue of passwords may have been worked off.
const HASHER_RETRY_SECONDS: u32 = 5;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(denial) => denial.into(),
            Error::User(error) => user(error),
            Error::Org(error) => org(error),
            Error::Role(error) => role(error),
            Error::Invite(error) => invite(error),
            Error::Page(error) => page(error),
            Error::OrgUnclear => Self::new(Code::InvalidOrgId)
                .with_hint("You are not active in exactly one organization: name one in org_id."),
            Error::Hash(error) => hash(error),
            Error::Store(error) => store(error),
        }
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Token(fault) => Self::new(Code::InvalidToken).with_hint(hint::token(fault)),
            Denial::Deactivated => Self::new(Code::AccountDeactivated),
            Denial::NotMember => Self::new(Code::NotAMember),
            Denial::Suspended => Self::new(Code::MembershipSuspended),
            Denial::Removed => Self::new(Code::MembershipRemoved),
            Denial::StillInvited => Self::new(Code::MembershipInvited),
            Denial::Missing(permission) => Self::new(Code::PermissionRequired)
                .with_detail(format!("Access denied. Required: {}", permission.as_str())),
            Denial::OwnerRequired => Self::new(Code::OwnerRequired),
            Denial::PlatformAdminRequired => Self::new(Code::PlatformAdminRequired),
        }
    }
}

fn user(error: UserError) -> Problem {
    match error {
        UserError::EmailTaken => Code::EmailTaken.into(),
        UserError::NotFound => Code::UserNotFound.into(),
        UserError::BadCredentials => Code::BadCredentials.into(),
        UserError::Deactivated => Code::AccountDeactivated.into(),
        UserError::NotVerified => Code::EmailNotVerified.into(),
        UserError::BadVerificationToken => Code::InvalidVerificationToken.into(),
        UserError::Store(error) => store(error),
    }
}

fn org(error: OrgError) -> Problem {
    match error {
        OrgError::SlugTaken => Code::SlugTaken.into(),
        // The proof was given, so the organisation was there; whoever deleted it
        // meanwhile made a stranger of the caller.
        OrgError::NotFound => Code::NotAMember.into(),
        OrgError::NotMember => Code::MemberNotFound.into(),
        OrgError::AlreadyMember => Code::AlreadyMember.into(),
        OrgError::LastOwner => Code::LastOwner.into(),
        OrgError::TransferToSelf => Problem::invalid(vec![FieldError::new(
            "/user_id",
            "invalid",
            "ownership is transferred to another member",
        )]),
        OrgError::UnknownRole => Code::RoleNotFound.into(),
        OrgError::Store(error) => store(error),
    }
}

fn role(error: RoleError) -> Problem {
    match error {
        RoleError::NotFound => Code::RoleNotFound.into(),
        RoleError::NameTaken => Code::RoleNameTaken.into(),
        RoleError::LevelTaken => Code::LevelTaken.into(),
        RoleError::InUse(count) => {
            Problem::new(Code::RoleInUse).with_detail(format!("Role is assigned to {count} members"))
        }
        RoleError::System => Code::SystemRole.into(),
        RoleError::BeyondOwnGrants => Code::BeyondOwnGrants.into(),
        RoleError::NotBelow => Code::TargetNotBelow.into(),
        RoleError::Store(error) => store(error),
    }
}

fn invite(error: InviteError) -> Problem {
    match error {
        InviteError::NotFound => Code::InvitationNotFound.into(),
        InviteError::AlreadyUsed => Code::InvitationUsed.into(),
        InviteError::Expired => Code::InvitationExpired.into(),
        InviteError::Revoked => Code::InvitationRevoked.into(),
        InviteError::Declined => Code::InvitationDeclined.into(),
        InviteError::NotPending => Code::InvitationNotPending.into(),
        InviteError::EmailMismatch => Code::EmailMismatch.into(),
        InviteError::InviterLostRight => Code::InviterLostRight.into(),
        InviteError::UnknownRole => Code::RoleNotFound.into(),
        InviteError::Store(error) => store(error),
    }
}

fn page(error: PageError) -> Problem {
    match error {
        PageError::Limit(error) => {
            Problem::invalid(vec![FieldError::new("/limit", "invalid", error.to_string())])
        }
        PageError::Cursor(_) => Code::InvalidCursor.into(),
    }
}

fn hash(error: HashError) -> Problem {
    match error {
        HashError::Overloaded => {
            Problem::new(Code::ServiceUnavailable).with_retry_after(HASHER_RETRY_SECONDS).with_cause(error)
        }
        HashError::Gone => Problem::internal_because(error),
    }
}

fn store(error: StoreError) -> Problem {
    match error {
        StoreError::Unavailable(_) | StoreError::Contention(_) => {
            Problem::new(Code::ServiceUnavailable).with_cause(error)
        }
        StoreError::Refused(_) | StoreError::Corrupt(_) => Problem::internal_because(error),
    }
}
