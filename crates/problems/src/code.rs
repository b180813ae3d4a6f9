//! The closed list of all kinds of problems in responses of this service, and the kinds of an embedding
//! program.

use crate::OwnCode;

/// Generates [`Code`] from one line per kind: name, status, stable text, title, hint.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $text:literal, $title:literal, $hint:literal;)+) => {
        /// A kind of problem. Its text never changes; clients may match on it.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Code {
            $($(#[$doc])* $name,)+
            /// A kind that the embedding program defines.
            Own(OwnCode),
        }

        impl Code {
            /// Every kind of the service, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the stable text that stands in `code`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ Self::Own(own) => own.text }
            }

            /// Returns the title, the text that the contract fixes.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ Self::Own(own) => own.title }
            }

            /// Returns the status of responses with this code.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ Self::Own(own) => own.status }
            }

            /// Returns the general hint, used when the occurrence has none of its own.
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint,)+ Self::Own(own) => own.hint }
            }
        }
    };
}

codes! {
    /// The request is invalid for a reason that has no code of its own.
    BadRequest = 400 "bad_request", "Bad Request",
        "Compare the request with the description at /docs.";
    /// The body is not JSON.
    MalformedJson = 400 "malformed_json", "Malformed JSON",
        "Send a JSON object in UTF-8 and check it with a JSON parser first.";
    /// `org_id` is missing, not a UUID, or ambiguous.
    InvalidOrgId = 400 "invalid_org_id", "Invalid org id",
        "Name the organization by its UUID in org_id.";
    /// The request names several organizations.
    OrgIdConflict = 400 "org_id_conflict", "Conflicting org ids",
        "Path, query and body name different organizations. Send org_id once, or the same everywhere.";
    /// The cursor belongs to another list.
    InvalidCursor = 400 "invalid_cursor", "Invalid cursor",
        "Send next_cursor of the same list with the same filters, or start again without a cursor.";
    /// The address differs from the invited one.
    EmailMismatch = 400 "email_mismatch", "Email mismatch",
        "Use the e-mail address that the invitation was sent to.";
    /// The verification token is unknown or expired.
    InvalidVerificationToken = 400 "invalid_verification_token",
        "Invalid or expired verification token",
        "Use the newest link before it expires, or ask for a new one at /auth/resend-verification.";
    /// The reset token is unknown, used or expired.
    InvalidResetToken = 400 "invalid_reset_token", "Invalid or expired reset token",
        "Use the newest link, once and before it expires, or ask for a new one at /auth/forgot-password.";
    /// The token that confirms a new address is unknown or expired.
    InvalidConfirmationToken = 400 "invalid_confirmation_token",
        "Invalid or expired confirmation token",
        "Use the newest link before it expires, or ask for the change again at /auth/change-email.";
    /// The setup token is unknown, used or expired.
    InvalidSetupToken = 400 "invalid_setup_token", "Invalid or expired setup token",
        "Use the link that the service printed when it was last started, within 30 minutes.";
    /// No credential was sent.
    MissingCredentials = 401 "missing_credentials", "Missing authentication credentials",
        "Log in at /auth/login and send the access token as `Authorization: Bearer <token>`.";
    /// The `Authorization` header is not `Bearer <token>`.
    InvalidAuthorization = 401 "invalid_authorization", "Invalid authorization",
        "Send one header, `Authorization: Bearer <token>`.";
    /// The access token is not valid.
    InvalidToken = 401 "invalid_token", "Invalid or expired token",
        "Log in again, or renew the token with the refresh token.";
    /// The refresh token is unknown, used or expired.
    InvalidRefreshToken = 401 "invalid_refresh_token", "Invalid or expired refresh token",
        "Log in again. A refresh token works once; keep the newest one.";
    /// The address or the password is wrong.
    BadCredentials = 401 "bad_credentials", "Incorrect username or password",
        "Check the e-mail address and the password.";
    /// The account is deactivated.
    AccountDeactivated = 403 "account_deactivated", "User account is deactivated",
        "Ask an administrator to activate the account again.";
    /// The address of the account is not verified.
    EmailNotVerified = 403 "email_not_verified",
        "Email not verified. Verification required before login.",
        "Open the link in the verification mail, or ask for a new one at /auth/resend-verification.";
    /// The role of the caller does not grant the required permission.
    PermissionRequired = 403 "permission_required", "Access denied",
        "Ask an administrator of the organization for a role that grants this permission.";
    /// The operation requires an owner of the organization.
    OwnerRequired = 403 "owner_required", "Access denied. Required: owner",
        "Ask an owner of the organization to do it.";
    /// The operation requires an administrator of the platform.
    PlatformAdminRequired = 403 "platform_admin_required",
        "Access denied. Required: platform administrator",
        "Ask an administrator of the platform to do it.";
    /// The caller is not a member of the organization.
    NotAMember = 403 "not_a_member", "User is not a member of this organization",
        "Check org_id; GET /organizations lists yours. Otherwise ask for an invitation.";
    /// The caller's membership is suspended.
    MembershipSuspended = 403 "membership_suspended",
        "Access denied: User access has been suspended in this organization",
        "Ask an administrator of the organization to restore the membership.";
    /// The caller's membership was ended.
    MembershipRemoved = 403 "membership_removed",
        "Access denied: User has been removed from this organization",
        "Ask an administrator of the organization for a new invitation.";
    /// The caller was invited and has not accepted.
    MembershipInvited = 403 "membership_invited",
        "Access denied: User invitation is still pending acceptance",
        "Accept the invitation with the link that was mailed.";
    /// The role grants permissions that the caller does not have.
    BeyondOwnGrants = 403 "beyond_own_grants", "You cannot grant what you do not hold",
        "Leave out the permissions that your own role does not grant, or ask a member who holds them.";
    /// The level of the target is not below the level of the caller.
    TargetNotBelow = 403 "target_not_below", "Target is not below your level",
        "Choose a target with a lower hierarchy_level than your own, or ask a member above the target.";
    /// The inviter may no longer grant the role.
    InviterLostRight = 403 "inviter_lost_right", "Inviter may no longer grant this role",
        "Ask an administrator of the organization for a new invitation.";
    /// The origin of the page is not allowed.
    ForeignOrigin = 403 "foreign_origin", "Origin not allowed",
        "Add the origin of the page to the CORS list of the service, or send no Origin header.";
    /// No route matches the path.
    NotFound = 404 "not_found", "Not Found",
        "Check the path; /docs lists all of them.";
    /// The account is unknown to the caller.
    UserNotFound = 404 "user_not_found", "User not found",
        "Check the id of the user.";
    /// The session is unknown or has ended.
    SessionNotFound = 404 "session_not_found", "Session not found",
        "GET /auth/sessions lists the active sessions.";
    /// The target is not a member of the organization.
    MemberNotFound = 404 "member_not_found", "User is not a member of this organization",
        "Check the id of the user, or invite the user first.";
    /// The role is unknown in the organization.
    RoleNotFound = 404 "role_not_found", "Role not found",
        "Check the id of the role; GET /roles/list_roles lists those of the organization.";
    /// The invitation is unknown to the caller.
    InvitationNotFound = 404 "invitation_not_found", "Invitation not found",
        "Check the id, or copy the whole token from the newest mail.";
    /// The mail is unknown or was sent already.
    MailNotFound = 404 "mail_not_found", "Mail not found",
        "GET /platform/outbox lists the mails. A mail that was sent cannot be sent again.";
    /// The resource does not support the method.
    MethodNotAllowed = 405 "method_not_allowed", "Method Not Allowed",
        "Use one of the methods that the Allow header lists.";
    /// The request did not arrive within the time limit.
    RequestTimeout = 408 "request_timeout", "Request Timeout",
        "Send the complete request again.";
    /// Another account has the address.
    EmailTaken = 409 "email_taken", "Email already registered",
        "Log in instead, or sign up with another address.";
    /// The account has this address already.
    EmailUnchanged = 409 "email_unchanged", "Email is unchanged",
        "Send the new address of the account.";
    /// The account to deactivate is the caller's own.
    OwnAccount = 409 "own_account", "You cannot deactivate your own account here",
        "Ask another administrator of the platform, or use DELETE /auth/me.";
    /// Another organization has the slug.
    SlugTaken = 409 "slug_taken", "Slug already in use",
        "Choose another slug, or leave slug out: then the service derives one.";
    /// The target is already a member.
    AlreadyMember = 409 "already_member", "User is already a member of this organization",
        "Nothing needs to be done. To change the role, assign another one.";
    /// The change would leave the organization without an active owner.
    LastOwner = 409 "last_owner", "Organization needs an active owner",
        "Make another active member an owner first.";
    /// Another role has the name.
    RoleNameTaken = 409 "role_name_taken", "Role name already exists",
        "Choose another name.";
    /// Another role has the level.
    LevelTaken = 409 "level_taken", "Hierarchy level already in use",
        "Choose another hierarchy_level; it is unique within the organization.";
    /// Roles cannot exchange their levels because no level is free.
    NoFreeLevel = 409 "no_free_level", "No hierarchy level is free",
        "Delete a role that is not needed: an exchange needs one level from 1 to 99 that no role has.";
    /// The role is assigned or offered.
    RoleInUse = 409 "role_in_use", "Role is assigned",
        "Give the members another role and revoke the invitations to it first.";
    /// Data of the program that embeds the service refers to the object to delete.
    StillReferenced = 409 "still_referenced", "Still referenced",
        "Delete the data that refers to it first, such as the invoices of an organization.";
    /// The role is a system role.
    SystemRole = 409 "system_role", "System roles cannot be changed",
        "Create a custom role instead.";
    /// The invitation was accepted already.
    InvitationUsed = 409 "invitation_used", "Invitation already used",
        "The membership exists: log in with the invited address. Nothing else needs to be done.";
    /// The invitation was accepted, declined or revoked, or it expired.
    InvitationNotPending = 409 "invitation_not_pending", "Invitation is no longer pending",
        "Send a new invitation if one is needed.";
    /// An earlier row of the request invited the same address.
    DuplicateInRequest = 409 "duplicate_in_request", "Address appears twice in this request",
        "An earlier row invited this address, with the role of that row. Send each address once.";
    /// The invitation expired.
    InvitationExpired = 410 "invitation_expired", "Invitation expired",
        "Ask for a new invitation.";
    /// The invitation was revoked or replaced.
    InvitationRevoked = 410 "invitation_revoked", "Invitation revoked",
        "It was revoked or replaced. Use the newest invitation, or ask for another.";
    /// The invitation was declined.
    InvitationDeclined = 410 "invitation_declined", "Invitation declined",
        "Ask for a new invitation.";
    /// The body is larger than 64 KiB.
    PayloadTooLarge = 413 "payload_too_large", "Payload Too Large",
        "Send a body of at most 64 KiB.";
    /// The request target is too long.
    UriTooLong = 414 "uri_too_long", "URI Too Long",
        "Shorten the query.";
    /// The header section of the request is too large.
    HeadTooLarge = 431 "request_header_fields_too_large",
        "Request Header Fields Too Large",
        "Send fewer or shorter header fields and a shorter query.";
    /// The media type of the body is not JSON.
    UnsupportedMediaType = 415 "unsupported_media_type", "Unsupported Media Type",
        "Send a JSON body with `Content-Type: application/json`.";
    /// The route accepts only WebSocket handshakes.
    UpgradeRequired = 426 "upgrade_required", "Upgrade Required",
        "Open a WebSocket to this address, version 13.";
    /// Fields of the body or the query are invalid.
    ValidationFailed = 422 "validation_failed", "Validation failed",
        "Correct the fields that errors names.";
    /// The client or the account exceeded a rate limit.
    RateLimited = 429 "rate_limited", "Rate limit exceeded",
        "Wait for the number of seconds in Retry-After.";
    /// The service failed.
    InternalError = 500 "internal_error", "Internal error",
        "Try again. If the error persists, send the request_id to the operator.";
    /// The service cannot answer at the moment.
    ServiceUnavailable = 503 "service_unavailable", "Service unavailable",
        "Try again after the number of seconds in Retry-After.";
}

impl Code {
    /// Returns the code with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// Returns the code for a response of this status without a problem body. Returns `None` if the
    /// status is not an error.
    pub fn of_status(status: u16) -> Option<Self> {
        Some(match status {
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::RequestTimeout,
            413 => Self::PayloadTooLarge,
            414 => Self::UriTooLong,
            431 => Self::HeadTooLarge,
            415 => Self::UnsupportedMediaType,
            426 => Self::UpgradeRequired,
            429 => Self::RateLimited,
            503 => Self::ServiceUnavailable,
            400..500 => Self::BadRequest,
            500..600 => Self::InternalError,
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
            assert!((400..600).contains(&code.status()), "{code:?}");
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
        assert_eq!(Code::of_status(200), None);
        assert_eq!(Code::of_status(302), None);
        assert_eq!(Code::of_status(418), Some(Code::BadRequest));
        assert_eq!(Code::of_status(502), Some(Code::InternalError));
    }
}
