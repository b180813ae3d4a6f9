//! Explanations of the kinds of problems, for the pages under `/problems`: usual cause and correction.

use crate::Code;

impl Code {
    /// Returns the explanation of this kind, 80 to 500 ASCII characters.
    #[expect(clippy::too_many_lines, reason = "a table")]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::BadRequest => {
                "The service could not read the request, and no other code describes the cause. Often a \
                 header is malformed or the body incomplete. The description is at /docs."
            }
            Self::MalformedJson => {
                "The body is not JSON in UTF-8, is nested too deeply, or is empty. The hint names the line \
                 and column of the error. Build the body with a JSON library instead of joining strings."
            }
            Self::InvalidOrgId => {
                "The route acts within one organization, but the request does not name it: org_id is \
                 missing or is not a UUID. Permissions apply per organization, so a token alone does not \
                 name one. Send org_id in the query, or in the body where the route takes one; GET \
                 /organizations lists yours."
            }
            Self::OrgIdConflict => {
                "Path, query and body can each name the organization, and in this request they name \
                 different ones. Often a client adds an outdated current organization to every request. \
                 Send org_id once, or send the same value everywhere."
            }
            Self::InvalidCursor => {
                "A cursor is valid only for the list that returned it, with the same organization and \
                 filters. This cursor does not belong to this list. Send next_cursor unaltered with the \
                 same filters, or start without one."
            }
            Self::EmailMismatch => {
                "An invitation is valid only for the address it was sent to, and the request names another \
                 address. Use the invited address, or ask for an invitation to this one."
            }
            Self::InvalidVerificationToken => {
                "A verification link is valid for a limited time, and only for the address it was mailed \
                 to. This link expired, or the account has another address now, was deactivated or was \
                 deleted. Ask for a new link at /auth/resend-verification."
            }
            Self::InvalidResetToken => {
                "A reset link works once, until the time that the mail names, and only the newest link \
                 works. This link was used, expired or was replaced, or the account was deactivated. Ask \
                 for a new link at /auth/forgot-password; `bailiwick admin recover` replaces a link that an \
                 operator handed out."
            }
            Self::InvalidConfirmationToken => {
                "A confirmation link is valid for a limited time, and only for the address that was \
                 requested last. A change of the password ends it too. Ask for the change again at \
                 /auth/change-email."
            }
            Self::InvalidSetupToken => {
                "The setup link creates the first administrator. The service prints the link when it \
                 starts; it works once, for 30 minutes, and a later start replaces it. Restart the service \
                 for a new link."
            }
            Self::MissingCredentials => {
                "The route requires a login, but the Authorization header is missing or empty. Some proxies \
                 and redirects drop the header. Log in at /auth/login and send `Authorization: Bearer \
                 <token>` with every request."
            }
            Self::InvalidAuthorization => {
                "The Authorization header is present, but it is not `Bearer`, one space and the token. \
                 Common causes: a lower-case scheme, a missing space, a bare token, a header sent twice."
            }
            Self::InvalidToken => {
                "The access token is not valid: it expired, was altered or cut, was signed with another \
                 secret, comes from a clock that is ahead, or its session was ended. The hint names the \
                 cause. Renew the token with the refresh token or log in again. Services that share logins \
                 must share the signing key."
            }
            Self::InvalidRefreshToken => {
                "A refresh token works once, and each response contains the next one. This token is \
                 unknown, was used before, was unused for too long, or its session has ended. A token that \
                 is sent again more than ten seconds after its use ends its session, because it may have \
                 been stolen. Log in again."
            }
            Self::BadCredentials => {
                "The address and the password do not belong to the same account. The response is the same \
                 for known and unknown addresses, so it does not reveal which accounts exist. Check both, \
                 or set a new password."
            }
            Self::AccountDeactivated => {
                "The credentials are valid, but the account is deactivated in every organization. Its owner \
                 or an administrator of the platform deactivated it. Only the latter can activate it again."
            }
            Self::EmailNotVerified => {
                "This service requires a verified e-mail address before login, and this address is not \
                 verified yet. Open the link in the mail; /auth/resend-verification sends another."
            }
            Self::PermissionRequired => {
                "The caller is an active member, but the caller's role in this organization does not grant \
                 the permission that detail names after `Required:`. Roles apply per organization: an \
                 administrator of one may be a guest of another. POST /authz/explain shows what the role \
                 grants and what would change the result. A new role takes effect at once, without a new \
                 login."
            }
            Self::OwnerRequired => {
                "Only an owner of the organization may do this, whatever permissions another role grants. \
                 Ask an owner to do it, or to transfer the ownership."
            }
            Self::PlatformAdminRequired => {
                "This operation concerns the service and not one organization, so no role within an \
                 organization is sufficient. Ask an administrator of the platform."
            }
            Self::NotAMember => {
                "The caller has no membership in the organization that org_id names, or the invitation to \
                 it expired. The response is the same for an organization that does not exist. Check org_id \
                 against GET /organizations, or ask for an invitation."
            }
            Self::MembershipSuspended => {
                "The caller is a member, but the membership is suspended and grants nothing until it is \
                 restored. An administrator of the organization can restore it, or assign a role, which \
                 restores it too."
            }
            Self::MembershipRemoved => {
                "The caller was a member of the organization and was removed, or left. Only a new \
                 invitation lets a former member return."
            }
            Self::MembershipInvited => {
                "The caller is invited to the organization and has not accepted yet, so the membership \
                 grants nothing. Accept the invitation with the link that was mailed; an administrator can \
                 send it again."
            }
            Self::BeyondOwnGrants => {
                "A caller can grant only permissions that the caller has. The role to be created, changed, \
                 assigned or offered grants more than the caller's own role. Wildcards count: `kb:*` is \
                 more than `kb:read`. Leave them out, or ask a member who holds them."
            }
            Self::TargetNotBelow => {
                "A caller can act only on members and roles with a lower hierarchy_level than the caller's \
                 own; only owners can act on other owners. Ask a member whose role is above the role of the \
                 target."
            }
            Self::InviterLostRight => {
                "An invitation is valid while its sender may still grant the offered role. The sender of \
                 this one left, was demoted, or may no longer grant this role. Ask an administrator of the \
                 organization for a new invitation."
            }
            Self::ForeignOrigin => {
                "A browser names the page that a request comes from. Sockets are accepted for pages of this \
                 service, for pages of the CORS list, and on the local machine; this page is none of them. \
                 The operator of the service can add its origin."
            }
            Self::NotFound => {
                "No route has this path. Check its spelling and its beginning: /docs lists all routes, and \
                 each of them also works under /api."
            }
            Self::UserNotFound => {
                "The caller can see no user with this id: the user does not exist, or shares no \
                 organization with the caller. Check the id."
            }
            Self::SessionNotFound => {
                "The account has no session with this id, or the session has ended. GET /auth/sessions \
                 lists the active ones."
            }
            Self::MemberNotFound => {
                "The user is not a member of the organization: the user never was one, was removed, or let \
                 the invitation expire. The response is the same for an id that is not a UUID. Check the \
                 id, or invite the user."
            }
            Self::RoleNotFound => {
                "The organization has no role with this id; a role of another organization does not count. \
                 Roles are named by id and not by name: GET /roles/list_roles lists them with both."
            }
            Self::InvitationNotFound => {
                "The token or id belongs to no invitation that the caller can see; an invitation to another \
                 organization or address counts as unknown. Take an id from the list. A token is often cut \
                 when its link is copied, so copy the whole token from the newest mail."
            }
            Self::MailNotFound => {
                "The outbox has no unsent mail with this id: the mail was sent, or never existed. GET \
                 /platform/outbox lists the mails. To send it anew, repeat the action that caused it."
            }
            Self::MethodNotAllowed => {
                "The path exists but does not support this method. The Allow header lists the methods that \
                 it supports."
            }
            Self::RequestTimeout => {
                "The request did not arrive completely: the client stopped sending, or sent the rest too \
                 late. Send the complete request again, without pauses."
            }
            Self::EmailTaken => {
                "An account with this address exists already. An address has one account only, and case \
                 does not matter. Log in, and accept an invitation from there."
            }
            Self::EmailUnchanged => {
                "The account has this address already; case does not matter. No mail was sent, and a change \
                 that waits for confirmation still does. Send the new address of the account."
            }
            Self::OwnAccount => {
                "With this route, an administrator of the platform deactivates the accounts of others and \
                 not the own account, so that the platform keeps an administrator. DELETE /auth/me \
                 deactivates the own account."
            }
            Self::SlugTaken => {
                "Another organization has this slug. Choose another one, or leave slug out to derive it \
                 from the name."
            }
            Self::AlreadyMember => {
                "The user to invite, or the user who accepts, is a member of the organization already, \
                 perhaps a suspended one. To change the role, assign another one. To restore a suspended \
                 member, set the status to active."
            }
            Self::LastOwner => {
                "An organization always has an active owner, and this request would leave it without one. \
                 Make another active member an owner first, or transfer the ownership."
            }
            Self::RoleNameTaken => {
                "The organization has a role with this name already, and case does not matter. Choose \
                 another name."
            }
            Self::LevelTaken => {
                "Each role of an organization has its own hierarchy_level, so that of two roles one is \
                 always above the other. GET /roles/list_roles shows which levels are in use; custom roles \
                 take 1 to 99."
            }
            Self::NoFreeLevel => {
                "Roles that exchange their hierarchy_level need one level from 1 to 99 that is free for a \
                 moment, and this organization uses all of them. Delete a role that is not needed first."
            }
            Self::RoleInUse => {
                "The role is assigned to members, or pending invitations offer it; detail says how many. \
                 Assign another role to the members and revoke the invitations, then delete the role."
            }
            Self::StillReferenced => {
                "Data of the program that embeds this service refers to it. Delete or move that data first."
            }
            Self::SystemRole => {
                "The four system roles that every organization has from the start cannot be changed or \
                 deleted. Create a custom role with the grants that you need."
            }
            Self::InvitationUsed => {
                "The invitation was accepted before, and it works once. The membership exists already, so \
                 log in with the invited address."
            }
            Self::InvitationNotPending => {
                "Only a pending invitation can be sent again or revoked. This one was accepted, declined or \
                 revoked, or it expired. Send a new invitation if one is needed."
            }
            Self::DuplicateInRequest => {
                "An earlier row of the same request invited this address, and an address gets one mail per \
                 request. Addresses are compared trimmed and in lower case. Send each address once."
            }
            Self::InvitationExpired => {
                "Invitations expire some time after they are sent, and this one has expired. Ask its sender \
                 for a new invitation."
            }
            Self::InvitationRevoked => {
                "The invitation was revoked, or a newer one replaced it: sending an invitation again ends \
                 the older one, its link and its id. Use the newest invitation, or ask for another."
            }
            Self::InvitationDeclined => {
                "The invitation was declined and cannot be accepted any more. Ask for a new one to join."
            }
            Self::PayloadTooLarge => {
                "The body is larger than 64 KiB, which no request of this API needs. Send less at once: \
                 lists have pages, and bulk requests can be split."
            }
            Self::UriTooLong => {
                "The request target, which is the path with its query, is too long. Shorten the query, and \
                 send long values in a body."
            }
            Self::HeadTooLarge => {
                "The header fields and the request target together are larger than the service accepts. \
                 Cookies are the most frequent cause, and this API needs none. Send fewer or shorter ones."
            }
            Self::UnsupportedMediaType => {
                "Bodies must be JSON, marked with `Content-Type: application/json`. Forms, plain text and \
                 compressed bodies are refused; the hint names the cause."
            }
            Self::UpgradeRequired => {
                "The route accepts only WebSocket handshakes, and the request is none. Often a proxy drops \
                 the headers Upgrade and Connection. Open a WebSocket of version 13, and let proxies \
                 forward the upgrade."
            }
            Self::ValidationFailed => {
                "The body is JSON, but fields are missing or have invalid values. errors names each field \
                 by a JSON pointer, with a code for programs and a message for people. Correct all of them."
            }
            Self::RateLimited => {
                "There were too many requests of this kind, or too many failed logins, in a short time. \
                 Wait for the number of seconds in Retry-After. A request sent sooner is refused, but does \
                 not lengthen the wait."
            }
            Self::InternalError => {
                "The service failed. The response does not name the cause; the log of the service does. Try \
                 again. If the error persists, send the request_id to the operator."
            }
            Self::ServiceUnavailable => {
                "The service cannot answer at the moment: it is overloaded, is about to stop, or cannot \
                 reach its database. It refuses every request that it cannot check. Try again after the \
                 number of seconds in Retry-After."
            }
            Self::Own(own) => own.title,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_kind_is_explained_in_its_own_sentences() {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            let text = code.explanation();
            assert!(text.is_ascii() && text.ends_with('.') && !text.contains("  "), "{code:?}: {text}");
            assert!(text.len() > code.hint().len() && (80..=500).contains(&text.len()), "{code:?}: {text}");
            assert!(seen.insert(text), "{code:?}");
        }
    }
}
