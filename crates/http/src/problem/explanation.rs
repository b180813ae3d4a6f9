//! What each kind of problem is about, at length: when it happens, what is behind
//! it most of the time, what to do. For people who look the kind up.

use crate::problem::Code;

impl Code {
    /// The kind, explained in a few sentences.
    #[expect(clippy::too_many_lines, reason = "a table")]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::BadRequest => {
                "The request was not understood, and no other code describes why. \
                 Often its headers are malformed or its body broke off. Compare it with the description at /docs."
            }
            Self::MalformedJson => {
                "The body is not JSON in UTF-8, is nested too deep, or is empty. \
                 The hint says at which line and column reading stopped. \
                 Build the body with a JSON library and not by joining texts."
            }
            Self::InvalidOrgId => {
                "The route acts within an organization and could not tell which: org_id is missing, or is no UUID. \
                 Permissions hold per organization, so a token alone names none. \
                 Send org_id in the query, or in the body where the route takes one; GET /organizations lists yours."
            }
            Self::OrgIdConflict => {
                "Path, query and body may each name the organization, and here they name different ones. \
                 A client that adds its current organization to every request often has an outdated one. \
                 Send org_id once, or the same everywhere."
            }
            Self::InvalidCursor => {
                "A cursor belongs to the list it came from, with its organization and filters, and this one does not. \
                 Send next_cursor unaltered with the same filters, or start again without a cursor."
            }
            Self::EmailMismatch => {
                "An invitation is for the address it was sent to, and the one given is another. \
                 Use the invited address, or ask for an invitation to this one."
            }
            Self::InvalidVerificationToken => {
                "The link that proves an address works for a limited time, and for the address it was mailed to. \
                 This one ran out, or the account moved to another address, was switched off or is gone. \
                 Ask for a new one at /auth/resend-verification."
            }
            Self::InvalidResetToken => {
                "The link that sets a new password works once, until the time that the mail names, and only the newest one works. \
                 This one was used, ran out or was replaced, or the account was switched off. \
                 Ask for a new one at /auth/forgot-password; one that an operator handed out is replaced by \
                 `bailiwick admin recover`."
            }
            Self::InvalidConfirmationToken => {
                "The link that confirms a new e-mail address works for a limited time, and for the address that was \
                 asked for last; a change of the password ends it too. Ask for the change again at \
                 /auth/change-email."
            }
            Self::InvalidSetupToken => {
                "The link that makes the first administrator is printed when the service starts, and works once, \
                 for 30 minutes. A later start replaces it. Restart the service for a new one."
            }
            Self::MissingCredentials => {
                "The route needs somebody who is logged in, and there is no Authorization header, or an empty one. \
                 Some proxies and redirections drop the header on the way. \
                 Log in at /auth/login and send `Authorization: Bearer <token>` with every request."
            }
            Self::InvalidAuthorization => {
                "There is an Authorization header, but it is not `Bearer`, one space and the token. \
                 Common causes are a lower-case scheme, a missing space, the bare token, or the header sent twice. \
                 The hint says which of them it is."
            }
            Self::InvalidToken => {
                "The access token proves nobody: it expired, was altered or cut, was signed with another secret, \
                 comes from a clock that is ahead, or its session was ended. \
                 The hint says which. Renew it with the refresh token or log in again; \
                 services that share logins must share the signing key."
            }
            Self::InvalidRefreshToken => {
                "A refresh token works once: each answer brings the next one. This one is unknown, was used before, \
                 lay unused for too long, or its session has ended. A token that is shown again later than ten \
                 seconds after its use ends its session, because one of the two who have it is a thief. Log in again."
            }
            Self::BadCredentials => {
                "Address and password do not belong together. \
                 The answer is the same whether or not the address is known, so it does not tell which one is wrong. \
                 Check both, or set a new password."
            }
            Self::AccountDeactivated => {
                "The token is genuine, but the account is switched off everywhere, whatever the organization. \
                 Its owner or an administrator has done that. An administrator can activate it again."
            }
            Self::EmailNotVerified => {
                "This service demands a proven e-mail address before login, and this one is not proven yet. \
                 Open the link in the verification mail; /auth/resend-verification sends a new one."
            }
            Self::PermissionRequired => {
                "The caller is an active member, but the role held in this organization does not grant what detail \
                 names after `Required:`. Roles hold per organization: an administrator of one may be a guest \
                 of another. POST /authz/explain tells what the role grants instead and what would change it; \
                 a new role takes effect at once, without a new login."
            }
            Self::OwnerRequired => {
                "Only an owner of the organization may do this, whatever permissions another role grants. \
                 Ask an owner to do it, or to hand the ownership over."
            }
            Self::PlatformAdminRequired => {
                "This concerns the service as a whole, not one organization, so no role within an organization \
                 is enough. Ask an administrator of the platform."
            }
            Self::NotAMember => {
                "The caller has no membership in the organization that org_id names, or the invitation to it ran out; \
                 an organization that does not exist is answered in the same way. \
                 Check org_id against GET /organizations, or ask for an invitation."
            }
            Self::MembershipSuspended => {
                "The caller is a member, but the membership is suspended: it grants nothing for the time being. \
                 An administrator of the organization can restore it, or assign a role, which restores it too."
            }
            Self::MembershipRemoved => {
                "The caller was a member of the organization and was removed, or left. \
                 Who was removed comes back by a new invitation only."
            }
            Self::MembershipInvited => {
                "The caller is invited to the organization and has not accepted yet, so there is no authority yet. \
                 Accept by the link that was mailed; an administrator can send it again."
            }
            Self::BeyondOwnGrants => {
                "Nobody hands out more than they hold. The role that was to be created, changed, assigned or \
                 offered grants something that the caller's own role does not, wildcards considered: \
                 `kb:*` is more than `kb:read`. Leave that out, or ask somebody who holds it."
            }
            Self::TargetNotBelow => {
                "People act only on members and roles of a lower hierarchy_level than their own; \
                 only owners act on their equals. Ask somebody whose role stands above the target's."
            }
            Self::InviterLostRight => {
                "An invitation is worth what its sender may still grant. Whoever sent this one has left, was demoted, \
                 or may not hand out this role any more. Ask an administrator of the organization for a new one."
            }
            Self::ForeignOrigin => {
                "A browser says from which page a request comes, and sockets are opened for pages of this service, \
                 for those of the CORS list, and on one's own machine. This page is none of them. \
                 Whoever runs the service can add its origin."
            }
            Self::NotFound => {
                "Nothing answers at this path. Check its spelling and what stands before it: \
                 /docs lists all routes, and each answers once more under /api."
            }
            Self::UserNotFound => {
                "No user with this id is known to the caller: there is none, \
                 or the user shares no organization with the caller. Check the id."
            }
            Self::SessionNotFound => {
                "The account has no such session, or it has ended already. GET /auth/sessions lists those that live."
            }
            Self::MemberNotFound => {
                "The user named is no member of the organization: never was one, was removed, \
                 or let the invitation run out. An id that is no UUID is answered in the same way. \
                 Check the id, or invite the person."
            }
            Self::RoleNotFound => {
                "The organization has no role with this id; one of another organization does not count. \
                 Roles are named by id and not by name: GET /roles/list_roles lists them with both."
            }
            Self::InvitationNotFound => {
                "The token or id belongs to no invitation that the caller can see: one to another organization or address \
                 counts as none. An id comes from the list of invitations; a token is often cut when its link is copied, \
                 so take the whole one from the newest mail."
            }
            Self::MailNotFound => {
                "The outbox holds no unsent mail with this id: it was sent, or there never was one. \
                 GET /platform/outbox lists the mail with its status; a mail that was sent is sent anew only by what caused it."
            }
            Self::MethodNotAllowed => {
                "The path exists but does not know the method. The Allow header lists those it knows."
            }
            Self::RequestTimeout => {
                "The request did not arrive as a whole: the rest was awaited in vain, or the client sent no more. \
                 Send it again, at once and to its end."
            }
            Self::EmailTaken => {
                "An account has this address already; an address has one account only, in whatever case it is written. \
                 Log in, and accept an invitation from there."
            }
            Self::EmailUnchanged => {
                "The account has this address already, in whatever case it is written. No mail was sent, \
                 and a change that waits for confirmation still does. Send the address that the account is to move to."
            }
            Self::OwnAccount => {
                "An administrator of the platform deactivates the accounts of others here, not the own one, \
                 so that the platform keeps an administrator. DELETE /auth/me deactivates the own account."
            }
            Self::SlugTaken => {
                "Another organization has this short name. Choose another one, \
                 or leave slug out: then one is derived from the name."
            }
            Self::AlreadyMember => {
                "Who is to be invited or to join is a member of the organization already, perhaps a suspended one. \
                 To change the role, assign another; to restore a suspended member, set the status to active."
            }
            Self::LastOwner => {
                "An organization always has an active owner, and the request would have left it without one. \
                 Make another active member an owner first, or transfer the ownership."
            }
            Self::RoleNameTaken => {
                "The organization has a role of this name, perhaps in another case. Choose another name."
            }
            Self::LevelTaken => {
                "Each role of an organization has a hierarchy_level of its own, so that of two roles one always \
                 stands above the other. GET /roles/list_roles shows which are in use; 1 to 99 can be chosen."
            }
            Self::NoFreeLevel => {
                "Roles that exchange their hierarchy_level need one level of 1 to 99 that is free for a moment, \
                 and this organization uses all of them. Delete a role that is not needed, then reorder again."
            }
            Self::RoleInUse => {
                "Members hold the role, or open invitations offer it; detail says how many. \
                 Assign them another role and revoke the invitations, then delete it."
            }
            Self::SystemRole => {
                "The four roles that every organization is born with stay as they are. \
                 Create a role of your own with the grants that you need."
            }
            Self::InvitationUsed => {
                "The invitation was accepted before, and works once. The membership is there: whoever is not logged in \
                 logs in with the invited address."
            }
            Self::InvitationNotPending => {
                "Only an invitation that is still open can be sent again or revoked; this one was accepted, declined \
                 or revoked, or it ran out. Send a new one if one is needed."
            }
            Self::DuplicateInRequest => {
                "An earlier row of the same request invited this address, and an address gets one mail per request. \
                 Addresses are compared trimmed and in lower case. Send each address once."
            }
            Self::InvitationExpired => {
                "Invitations run out some time after they are sent, and this one has. \
                 Ask whoever invited you to send a new one."
            }
            Self::InvitationRevoked => {
                "The invitation was taken back, or replaced by a newer one: sending again ends the older invitation, its \
                 link and its id. Use the newest invitation, or ask for another."
            }
            Self::InvitationDeclined => {
                "The invitation was declined, which settles it for good. Ask for a new one to come in after all."
            }
            Self::PayloadTooLarge => {
                "The body is larger than 64 KiB, which no request of this API needs. \
                 Send less at once: lists have pages, and bulk requests can be split."
            }
            Self::UriTooLong => {
                "The address with its query is too long. Shorten the query; long values belong into a body."
            }
            Self::HeadTooLarge => {
                "The header fields with the address are larger than the service reads. Cookies are the most frequent \
                 cause: this API needs none. Send fewer or shorter fields."
            }
            Self::UnsupportedMediaType => {
                "Bodies are JSON, marked with `Content-Type: application/json`. Forms, plain text and compressed bodies \
                 are refused; the hint says which of them it is."
            }
            Self::UpgradeRequired => {
                "The address is for WebSockets, and the request did not ask for one. \
                 Often a proxy on the way drops the headers Upgrade and Connection. \
                 Open it as a WebSocket of version 13, and have proxies pass the upgrade on."
            }
            Self::ValidationFailed => {
                "The body is JSON, but fields are missing or have values that cannot be. errors names each one \
                 by a JSON pointer, with a code for programs and a message for people. Correct all of them at once."
            }
            Self::RateLimited => {
                "There were too many requests of this kind, or too many failed logins, in a short time. \
                 Wait as long as Retry-After says; trying sooner is refused but does no harm."
            }
            Self::InternalError => {
                "Something went wrong on our side; the answer says nothing about the cause, the log of the service does. \
                 Try again, and if it stays, tell the operator the request_id."
            }
            Self::ServiceUnavailable => {
                "The service cannot answer right now: it is overloaded, about to stop, or its database is away. \
                 Nothing is allowed on the strength of a guess meanwhile. Try again after Retry-After."
            }
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
