//! Conversions from the errors of the use cases to problems. There is no wildcard arm, so a new
//! error does not compile before this module defines its response.

use bailiwick_app::listing::PageError;
use bailiwick_app::{BusError, Denial, Error};
use bailiwick_invites::InviteError;
use bailiwick_kernel::StoreError;
use bailiwick_orgs::OrgError;
use bailiwick_roles::RoleError;
use bailiwick_users::{HashError, UserError};

use crate::{Code, FieldError, Problem, hint, throttled};

/// `Retry-After` of a response that is refused because the queue of the password hasher is full,
/// in seconds.
const HASHER_RETRY_SECONDS: u32 = 5;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(denial) => denial.into(),
            Error::User(error) => user(error),
            Error::Org(error) => org(error),
            Error::Role(error) => role(error),
            Error::Invite(error) => invite(error),
            Error::Own(refusal) => refusal.into(),
            Error::Page(error) => page(error),
            Error::MailNotFound => Code::MailNotFound.into(),
            Error::OrgUnclear => Self::new(Code::InvalidOrgId)
                .with_hint("You are an active member of no organization or of several: name one in org_id."),
            Error::Throttled(wait) => throttled::problem(wait),
            Error::Hash(error) => hash(error),
            Error::Bus(error) => bus(error),
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
            Denial::Missing(missing) => Self::new(Code::PermissionRequired)
                .with_detail(format!("Access denied. Required: {}", missing.required))
                .with_hint(hint::missing(&missing)),
            Denial::OwnerRequired => Self::new(Code::OwnerRequired),
            Denial::PlatformAdminRequired => Self::new(Code::PlatformAdminRequired),
        }
    }
}

fn user(error: UserError) -> Problem {
    match error {
        UserError::EmailTaken => Code::EmailTaken.into(),
        UserError::EmailUnchanged => Code::EmailUnchanged.into(),
        UserError::OwnAccount => Code::OwnAccount.into(),
        UserError::NotFound => Code::UserNotFound.into(),
        UserError::BadCredentials => Code::BadCredentials.into(),
        UserError::Deactivated => Code::AccountDeactivated.into(),
        UserError::NotVerified => Code::EmailNotVerified.into(),
        UserError::BadVerificationToken => Code::InvalidVerificationToken.into(),
        UserError::BadResetToken => Code::InvalidResetToken.into(),
        UserError::BadConfirmationToken => Code::InvalidConfirmationToken.into(),
        UserError::BadRefreshToken => Code::InvalidRefreshToken.into(),
        UserError::BadSetupToken => Code::InvalidSetupToken.into(),
        UserError::AlreadySetUp => Problem::new(Code::NotFound)
            .with_hint("The platform has an administrator already; there is nothing to set up."),
        UserError::SessionNotFound => Code::SessionNotFound.into(),
        UserError::Store(error) => store(error),
    }
}

fn org(error: OrgError) -> Problem {
    match error {
        OrgError::SlugTaken => Code::SlugTaken.into(),
        // The proof shows that the organization existed. It was deleted meanwhile, and the
        // response is the same as for an unknown organization.
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
        RoleError::NoFreeLevel => Code::NoFreeLevel.into(),
        RoleError::InUse { members, invitations } => role_in_use(members, invitations),
        RoleError::System => Code::SystemRole.into(),
        RoleError::BeyondOwnGrants => Code::BeyondOwnGrants.into(),
        RoleError::NotBelow => Code::TargetNotBelow.into(),
        RoleError::Store(error) => store(error),
    }
}

/// Names pending invitations separately, because they are revoked and not reassigned.
fn role_in_use(members: u64, invitations: u64) -> Problem {
    let problem = Problem::new(Code::RoleInUse);
    let assigned = format!("Role is assigned to {members} members");
    match (members, invitations) {
        (_, 0) => problem.with_detail(assigned).with_hint("Give the members another role first."),
        (0, _) => problem
            .with_detail(format!("{assigned} and {invitations} pending invitations"))
            .with_hint("Revoke the pending invitations to it first; GET /invitations lists them."),
        _ => problem.with_detail(format!("{assigned} and {invitations} pending invitations")),
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
        InviteError::DuplicateInRequest => Code::DuplicateInRequest.into(),
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

fn bus(error: BusError) -> Problem {
    match error {
        BusError::Unavailable(_) => Problem::new(Code::ServiceUnavailable).with_cause(error),
    }
}

fn store(error: StoreError) -> Problem {
    match error {
        StoreError::Unavailable(_) | StoreError::Contention(_) => {
            Problem::new(Code::ServiceUnavailable).with_cause(error)
        }
        StoreError::Stopped(_) => Problem::new(Code::ServiceUnavailable)
            .with_hint("The service cannot answer until its operator restarts it.")
            .with_logged_cause(error),
        StoreError::Referenced(_) => Problem::new(Code::StillReferenced).with_cause(error),
        StoreError::Refused(_) | StoreError::Corrupt(_) => Problem::internal_because(error),
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_app::TokenFault;
    use bailiwick_app::authority::Missing;
    use bailiwick_kernel::Limit;
    use bailiwick_rbac::Permission;

    use super::*;

    impl Problem {
        fn header(&self, name: &str) -> Option<String> {
            let mut headers = self.headers().into_iter();
            headers.find(|header| header.0 == name).map(|header| header.1.into_owned())
        }
    }

    fn answer(error: impl Into<Error>) -> (u16, String, &'static str) {
        let problem = Problem::from(error.into());
        (problem.status(), problem.detail().to_owned(), problem.code().as_str())
    }

    fn missing(permission: &str) -> Denial {
        let required = Permission::parse(permission).unwrap();
        Denial::Missing(Box::new(Missing { required, nearest: Vec::new(), roles: None }))
    }

    #[test]
    fn refusals_of_authority_have_the_texts_of_the_contract() {
        for (denial, status, detail) in [
            (Denial::Token(TokenFault::BadSignature), 401, "Invalid or expired token"),
            (Denial::Deactivated, 403, "User account is deactivated"),
            (Denial::NotMember, 403, "User is not a member of this organization"),
            (Denial::Suspended, 403, "Access denied: User access has been suspended in this organization"),
            (Denial::Removed, 403, "Access denied: User has been removed from this organization"),
            (Denial::StillInvited, 403, "Access denied: User invitation is still pending acceptance"),
            (missing("kb:read"), 403, "Access denied. Required: kb:read"),
            (Denial::OwnerRequired, 403, "Access denied. Required: owner"),
            (Denial::PlatformAdminRequired, 403, "Access denied. Required: platform administrator"),
        ] {
            let (found_status, found, _) = answer(denial);
            assert_eq!((found_status, found.as_str()), (status, detail));
        }
    }

    #[test]
    fn rules_have_the_texts_of_the_contract() {
        let table: &[(Error, u16, &str)] = &[
            (UserError::EmailTaken.into(), 409, "Email already registered"),
            (UserError::EmailUnchanged.into(), 409, "Email is unchanged"),
            (UserError::OwnAccount.into(), 409, "You cannot deactivate your own account here"),
            (UserError::NotFound.into(), 404, "User not found"),
            (UserError::BadCredentials.into(), 401, "Incorrect username or password"),
            (UserError::Deactivated.into(), 403, "User account is deactivated"),
            (UserError::NotVerified.into(), 403, "Email not verified. Verification required before login."),
            (UserError::BadVerificationToken.into(), 400, "Invalid or expired verification token"),
            (UserError::BadResetToken.into(), 400, "Invalid or expired reset token"),
            (UserError::BadConfirmationToken.into(), 400, "Invalid or expired confirmation token"),
            (UserError::BadRefreshToken.into(), 401, "Invalid or expired refresh token"),
            (UserError::BadSetupToken.into(), 400, "Invalid or expired setup token"),
            (UserError::AlreadySetUp.into(), 404, "Not Found"),
            (UserError::SessionNotFound.into(), 404, "Session not found"),
            (OrgError::SlugTaken.into(), 409, "Slug already in use"),
            (OrgError::NotFound.into(), 403, "User is not a member of this organization"),
            (OrgError::NotMember.into(), 404, "User is not a member of this organization"),
            (OrgError::AlreadyMember.into(), 409, "User is already a member of this organization"),
            (OrgError::LastOwner.into(), 409, "Organization needs an active owner"),
            (OrgError::TransferToSelf.into(), 422, "Validation failed"),
            (OrgError::UnknownRole.into(), 404, "Role not found"),
            (RoleError::NotFound.into(), 404, "Role not found"),
            (RoleError::NameTaken.into(), 409, "Role name already exists"),
            (RoleError::LevelTaken.into(), 409, "Hierarchy level already in use"),
            (RoleError::NoFreeLevel.into(), 409, "No hierarchy level is free"),
            (RoleError::InUse { members: 3, invitations: 0 }.into(), 409, "Role is assigned to 3 members"),
            (
                RoleError::InUse { members: 1, invitations: 2 }.into(),
                409,
                "Role is assigned to 1 members and 2 pending invitations",
            ),
            (
                RoleError::InUse { members: 0, invitations: 1 }.into(),
                409,
                "Role is assigned to 0 members and 1 pending invitations",
            ),
            (RoleError::System.into(), 409, "System roles cannot be changed"),
            (RoleError::BeyondOwnGrants.into(), 403, "You cannot grant what you do not hold"),
            (RoleError::NotBelow.into(), 403, "Target is not below your level"),
            (InviteError::NotFound.into(), 404, "Invitation not found"),
            (InviteError::AlreadyUsed.into(), 409, "Invitation already used"),
            (InviteError::Expired.into(), 410, "Invitation expired"),
            (InviteError::Revoked.into(), 410, "Invitation revoked"),
            (InviteError::Declined.into(), 410, "Invitation declined"),
            (InviteError::NotPending.into(), 409, "Invitation is no longer pending"),
            (InviteError::DuplicateInRequest.into(), 409, "Address appears twice in this request"),
            (InviteError::EmailMismatch.into(), 400, "Email mismatch"),
            (InviteError::InviterLostRight.into(), 403, "Inviter may no longer grant this role"),
            (InviteError::UnknownRole.into(), 404, "Role not found"),
            (Error::MailNotFound, 404, "Mail not found"),
            (Error::OrgUnclear, 400, "Invalid org id"),
            (PageError::Cursor(bailiwick_kernel::CursorError).into(), 400, "Invalid cursor"),
            (PageError::Limit(Limit::parse(Some("0")).unwrap_err()).into(), 422, "Validation failed"),
        ];
        for (error, status, detail) in table {
            let (found_status, found, _) = answer(error.clone());
            assert_eq!((found_status, found.as_str()), (*status, *detail), "{error:?}");
        }
        assert_eq!(answer(OrgError::LastOwner).2, "last_owner");
    }

    #[test]
    fn failures_say_nothing_of_their_cause() {
        let cause = || "host db.internal".to_owned();
        for (error, status, detail, retry) in [
            (Error::Store(StoreError::Unavailable(cause())), 503, "Service unavailable", Some("1")),
            (Error::Store(StoreError::Contention(cause())), 503, "Service unavailable", Some("1")),
            (Error::Store(StoreError::Referenced(cause())), 409, "Still referenced", None),
            (Error::Store(StoreError::Refused(cause())), 500, "Internal error", None),
            (Error::Store(StoreError::Corrupt(cause())), 500, "Internal error", None),
            (Error::Bus(BusError::Unavailable(cause())), 503, "Service unavailable", Some("1")),
            (Error::Hash(HashError::Overloaded), 503, "Service unavailable", Some("5")),
            (Error::Hash(HashError::Gone), 500, "Internal error", None),
        ] {
            let problem = Problem::from(error);
            assert_eq!((problem.status(), problem.detail()), (status, detail));
            assert!(problem.cause().is_some());
            let text = String::from_utf8(problem.to_json()).unwrap();
            assert!(!text.contains("db.internal"), "{text}");
            assert_eq!(problem.header("retry-after").as_deref(), retry);
        }
    }

    #[test]
    fn every_401_has_a_challenge() {
        for code in Code::ALL {
            let challenge = Problem::new(*code).header("www-authenticate");
            let expected = match code {
                Code::InvalidToken => Some("Bearer error=\"invalid_token\""),
                code if code.status() == 401 => Some("Bearer"),
                _ => None,
            };
            assert_eq!(challenge.as_deref(), expected, "{code:?}");
        }
    }

    #[test]
    fn a_problem_looks_like_this() {
        let json: serde_json::Value = serde_json::from_slice(
            &Problem::from(missing("kb:read")).body().with_request_id("0198").to_json(),
        )
        .unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "type": "/problems/permission_required",
                "title": "Access denied",
                "status": 403,
                "detail": "Access denied. Required: kb:read",
                "code": "permission_required",
                "hint": "Your role grants nothing on kb; kb:read is missing. \
                         Ask an administrator of the organization for a role that grants it.",
                "request_id": "0198",
            })
        );
        let wrong = Problem::invalid(vec![FieldError::new("/email", "required", "a value is required")]);
        let json: serde_json::Value = serde_json::from_slice(&wrong.to_json()).unwrap();
        assert_eq!(
            json["errors"],
            serde_json::json!([{"pointer": "/email", "code": "required", "message": "a value is required"}])
        );
    }

    #[test]
    fn paths_of_a_body_stand_under_the_prefix() {
        let body = Problem::new(Code::MissingCredentials).body().under("/identity");
        let json: serde_json::Value = serde_json::from_slice(&body.to_json()).unwrap();
        assert_eq!(json["type"], "/identity/problems/missing_credentials");
        assert!(json["hint"].as_str().unwrap().starts_with("Log in at /identity/auth/login "), "{json}");
    }
}
