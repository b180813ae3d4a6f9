//! Every kind of problem that this service answers with, in one closed list.

use actix_web::http::StatusCode;

/// One line of the list per kind: name, status, stable text, title, hint.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:ident $text:literal, $title:literal, $hint:literal;)+) => {
        /// A kind of problem. Its text never changes; clients may match on it.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Code {
            $($(#[$doc])* $name,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it means, in the words of the contract.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// The status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// What to do about it, where nothing more particular is known.
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint,)+ }
            }
        }
    };
}

codes! {
    /// The request is not understood, for a reason that has no code of its own.
    BadRequest = BAD_REQUEST "bad_request", "Bad Request",
        "Compare the request with the description at /docs.";
    /// The body is no JSON.
    MalformedJson = BAD_REQUEST "malformed_json", "Malformed JSON",
        "Send a JSON object in UTF-8 and check it with a JSON parser first.";
    /// The organization is missing, no UUID, or not clear.
    InvalidOrgId = BAD_REQUEST "invalid_org_id", "Invalid org id",
        "Name the organization by its UUID in org_id.";
    /// Several organizations are named.
    OrgIdConflict = BAD_REQUEST "org_id_conflict", "Conflicting org ids",
        "Path, query and body name different organizations. Send org_id once, or the same everywhere.";
    /// A cursor that is none of this list's.
    InvalidCursor = BAD_REQUEST "invalid_cursor", "Invalid cursor",
        "Send next_cursor of the same list with the same filters, or start again without a cursor.";
    /// The address is not the invited one.
    EmailMismatch = BAD_REQUEST "email_mismatch", "Email mismatch",
        "Use the e-mail address that the invitation was sent to.";
    /// The verification link is no good.
    InvalidVerificationToken = BAD_REQUEST "invalid_verification_token",
        "Invalid or expired verification token",
        "Use the newest link before it expires, or ask for a new one at /auth/resend-verification.";
    /// The reset link is no good.
    InvalidResetToken = BAD_REQUEST "invalid_reset_token", "Invalid or expired reset token",
        "Use the newest link, once and before it expires, or ask for a new one at /auth/forgot-password.";
    /// The link that confirms a new address is no good.
    InvalidConfirmationToken = BAD_REQUEST "invalid_confirmation_token",
        "Invalid or expired confirmation token",
        "Use the newest link before it expires, or ask for the change again at /auth/change-email.";
    /// The setup link is no good.
    InvalidSetupToken = BAD_REQUEST "invalid_setup_token", "Invalid or expired setup token",
        "Use the link that the service printed when it was last started, within 30 minutes.";
    /// No credential was sent.
    MissingCredentials = UNAUTHORIZED "missing_credentials", "Missing authentication credentials",
        "Log in at /auth/login and send the access token as `Authorization: Bearer <token>`.";
    /// The `Authorization` header is not `Bearer <token>`.
    InvalidAuthorization = UNAUTHORIZED "invalid_authorization", "Invalid authorization",
        "Send one header, `Authorization: Bearer <token>`.";
    /// The token proves nobody.
    InvalidToken = UNAUTHORIZED "invalid_token", "Invalid or expired token",
        "Log in again, or renew the token with the refresh token.";
    /// The refresh token is no good.
    InvalidRefreshToken = UNAUTHORIZED "invalid_refresh_token", "Invalid or expired refresh token",
        "Log in again. A refresh token works once; keep the newest of each answer.";
    /// Wrong address or password.
    BadCredentials = UNAUTHORIZED "bad_credentials", "Incorrect username or password",
        "Check the e-mail address and the password.";
    /// The account is switched off.
    AccountDeactivated = FORBIDDEN "account_deactivated", "User account is deactivated",
        "Ask an administrator to activate the account again.";
    /// The address must be verified first.
    EmailNotVerified = FORBIDDEN "email_not_verified",
        "Email not verified. Verification required before login.",
        "Open the link in the verification mail, or ask for a new one at /auth/resend-verification.";
    /// The role does not grant what is needed.
    PermissionRequired = FORBIDDEN "permission_required", "Access denied",
        "Ask an administrator of the organization for a role that grants this permission.";
    /// Only an owner may.
    OwnerRequired = FORBIDDEN "owner_required", "Access denied. Required: owner",
        "Ask an owner of the organization to do it.";
    /// Only an administrator of the platform may.
    PlatformAdminRequired = FORBIDDEN "platform_admin_required",
        "Access denied. Required: platform administrator",
        "Ask an administrator of the platform to do it.";
    /// The caller is no member.
    NotAMember = FORBIDDEN "not_a_member", "User is not a member of this organization",
        "Check org_id; GET /organizations lists yours. Otherwise ask for an invitation.";
    /// The caller's membership is suspended.
    MembershipSuspended = FORBIDDEN "membership_suspended",
        "Access denied: User access has been suspended in this organization",
        "Ask an administrator of the organization to restore the membership.";
    /// The caller's membership was ended.
    MembershipRemoved = FORBIDDEN "membership_removed",
        "Access denied: User has been removed from this organization",
        "Ask an administrator of the organization for a new invitation.";
    /// The caller was invited and has not accepted.
    MembershipInvited = FORBIDDEN "membership_invited",
        "Access denied: User invitation is still pending acceptance",
        "Accept the invitation with the link that was mailed.";
    /// The grant exceeds the caller's own.
    BeyondOwnGrants = FORBIDDEN "beyond_own_grants", "You cannot grant what you do not hold",
        "Leave out the permissions that your own role does not grant, or ask somebody who holds them.";
    /// The target is not below the caller.
    TargetNotBelow = FORBIDDEN "target_not_below", "Target is not below your level",
        "Act on people and roles of a lower hierarchy_level than your own, or ask somebody above.";
    /// The inviter may no longer grant the role.
    InviterLostRight = FORBIDDEN "inviter_lost_right", "Inviter may no longer grant this role",
        "Ask an administrator of the organization for a new invitation.";
    /// The page that asks is none of ours.
    ForeignOrigin = FORBIDDEN "foreign_origin", "Origin not allowed",
        "Add the origin of the page to the CORS list of the service, or leave Origin out.";
    /// There is nothing at this address.
    NotFound = NOT_FOUND "not_found", "Not Found",
        "Check the path; /docs lists all of them.";
    /// The account is unknown.
    UserNotFound = NOT_FOUND "user_not_found", "User not found",
        "Check the id of the user.";
    /// The session is unknown, or has ended.
    SessionNotFound = NOT_FOUND "session_not_found", "Session not found",
        "GET /auth/sessions lists the sessions that live.";
    /// The target is no member.
    MemberNotFound = NOT_FOUND "member_not_found", "User is not a member of this organization",
        "Check the id of the user, or invite the user first.";
    /// The role is unknown in the organization.
    RoleNotFound = NOT_FOUND "role_not_found", "Role not found",
        "Check the id of the role; GET /roles/list_roles lists those of the organization.";
    /// The invitation is unknown.
    InvitationNotFound = NOT_FOUND "invitation_not_found", "Invitation not found",
        "Check the id, or copy the whole token from the newest mail.";
    /// The mail is unknown, or was sent.
    MailNotFound = NOT_FOUND "mail_not_found", "Mail not found",
        "GET /platform/outbox lists the mail. One that was sent cannot be sent again.";
    /// The resource does not know the method.
    MethodNotAllowed = METHOD_NOT_ALLOWED "method_not_allowed", "Method Not Allowed",
        "Use one of the methods that the Allow header lists.";
    /// The request took too long to arrive.
    RequestTimeout = REQUEST_TIMEOUT "request_timeout", "Request Timeout",
        "Send the request again, as a whole.";
    /// The address has an account.
    EmailTaken = CONFLICT "email_taken", "Email already registered",
        "Log in instead, or sign up with another address.";
    /// The account has this address already.
    EmailUnchanged = CONFLICT "email_unchanged", "Email is unchanged",
        "Send the address that the account is to move to.";
    /// The account is the caller's own.
    OwnAccount = CONFLICT "own_account", "You cannot deactivate your own account here",
        "Ask another administrator of the platform, or use DELETE /auth/me.";
    /// The short name is in use.
    SlugTaken = CONFLICT "slug_taken", "Slug already in use",
        "Choose another slug, or leave it out to get one.";
    /// The target is a member already.
    AlreadyMember = CONFLICT "already_member", "User is already a member of this organization",
        "Nothing needs doing; to change the role, assign another.";
    /// The organization would be left without an owner.
    LastOwner = CONFLICT "last_owner", "Organization needs an active owner",
        "Make another active member an owner first.";
    /// The name is in use.
    RoleNameTaken = CONFLICT "role_name_taken", "Role name already exists",
        "Choose another name.";
    /// The level is in use.
    LevelTaken = CONFLICT "level_taken", "Hierarchy level already in use",
        "Choose another hierarchy_level; it is unique within the organization.";
    /// Roles cannot exchange their levels.
    NoFreeLevel = CONFLICT "no_free_level", "No hierarchy level is free",
        "Delete a role that is not needed: an exchange needs one level from 1 to 99 that no role has.";
    /// The role is assigned or offered.
    RoleInUse = CONFLICT "role_in_use", "Role is assigned",
        "Give the members another role and revoke the invitations to it first.";
    /// The role is the system's.
    SystemRole = CONFLICT "system_role", "System roles cannot be changed",
        "Create a role of your own instead.";
    /// The invitation was accepted.
    InvitationUsed = CONFLICT "invitation_used", "Invitation already used",
        "The membership is there: log in with the invited address. Nothing else needs doing.";
    /// The invitation is settled.
    InvitationNotPending = CONFLICT "invitation_not_pending", "Invitation is no longer pending",
        "Send a new invitation if one is needed.";
    /// Another row of the request was sent to the same address.
    DuplicateInRequest = CONFLICT "duplicate_in_request", "Address appears twice in this request",
        "An earlier row invited this address, with the role of that row. Send each address once.";
    /// The invitation ran out.
    InvitationExpired = GONE "invitation_expired", "Invitation expired",
        "Ask for a new invitation.";
    /// The invitation was taken back or replaced.
    InvitationRevoked = GONE "invitation_revoked", "Invitation revoked",
        "It was taken back or replaced by a newer one. Use the newest, or ask for a new invitation.";
    /// The invitation was declined.
    InvitationDeclined = GONE "invitation_declined", "Invitation declined",
        "Ask for a new invitation.";
    /// The body is too big.
    PayloadTooLarge = PAYLOAD_TOO_LARGE "payload_too_large", "Payload Too Large",
        "Send a body of at most 64 KiB.";
    /// The address is too long.
    UriTooLong = URI_TOO_LONG "uri_too_long", "URI Too Long",
        "Shorten the query.";
    /// The head of the request is too big.
    HeadTooLarge = REQUEST_HEADER_FIELDS_TOO_LARGE "request_header_fields_too_large",
        "Request Header Fields Too Large",
        "Send fewer or shorter header fields and a shorter query.";
    /// The body is not marked as JSON.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type", "Unsupported Media Type",
        "Send a JSON body with `Content-Type: application/json`.";
    /// The route speaks another protocol.
    UpgradeRequired = UPGRADE_REQUIRED "upgrade_required", "Upgrade Required",
        "Open a WebSocket to this address, version 13.";
    /// Fields are wrong.
    ValidationFailed = UNPROCESSABLE_ENTITY "validation_failed", "Validation failed",
        "Correct the fields that errors names.";
    /// Too many of them.
    RateLimited = TOO_MANY_REQUESTS "rate_limited", "Rate limit exceeded",
        "Wait as long as Retry-After says.";
    /// It is our fault.
    InternalError = INTERNAL_SERVER_ERROR "internal_error", "Internal error",
        "Try again; if it stays, tell the operator the request_id.";
    /// Not now.
    ServiceUnavailable = SERVICE_UNAVAILABLE "service_unavailable", "Service unavailable",
        "Try again after the time that Retry-After says.";
}

impl Code {
    /// The code with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The code for a bare answer of this status; `None` if it is no error.
    pub fn of_status(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Self::PayloadTooLarge,
            StatusCode::URI_TOO_LONG => Self::UriTooLong,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::HeadTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::UPGRADE_REQUIRED => Self::UpgradeRequired,
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            StatusCode::SERVICE_UNAVAILABLE => Self::ServiceUnavailable,
            other if other.is_client_error() => Self::BadRequest,
            other if other.is_server_error() => Self::InternalError,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn texts_are_unique_and_in_snake_case() {
        let texts: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code:?}");
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }

    #[test]
    fn every_hint_is_a_sentence_or_two() {
        for code in Code::ALL {
            let hint = code.hint();
            assert!(hint.ends_with('.') && hint.len() <= 120, "{code:?}: {hint}");
        }
    }

    #[test]
    fn only_errors_have_a_code() {
        assert_eq!(Code::of_status(StatusCode::OK), None);
        assert_eq!(Code::of_status(StatusCode::FOUND), None);
        assert_eq!(Code::of_status(StatusCode::IM_A_TEAPOT), Some(Code::BadRequest));
        assert_eq!(Code::of_status(StatusCode::BAD_GATEWAY), Some(Code::InternalError));
    }
}
