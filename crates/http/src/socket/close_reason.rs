//! Why a socket ends: the code and the reason that a client sees (RFC 6455, section 7.4).
//!
//! The lower-case word "token" is in the reason of a token's failure and in no other, because clients
//! decide by it whether a new token would help.

use std::borrow::Cow;

use actix_ws::{CloseCode, CloseReason as CloseFrame};
use bailiwick_app::{Denial, TokenFault};

use crate::problem::Problem;

/// Why a socket ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum CloseReason {
    /// The server closes it with this code and this reason.
    Close(CloseCode, Cow<'static, str>),
    /// The client disconnected or closed it.
    Gone,
}

impl CloseReason {
    pub const MISSING_TOKEN: Self = Self::policy_violation("Missing token");
    pub const MISSING_ORG: Self = Self::policy_violation("Missing org_id");
    pub const INVALID_ORG: Self = Self::policy_violation("Invalid org id");
    pub const INVALID_TICKET: Self = Self::policy_violation("Invalid ticket");
    pub const EXPIRED: Self = Self::policy_violation("Invalid token: expired");
    pub const TOO_MANY_OF_USER: Self = Self::policy_violation("Too many connections of this user");
    pub const TOO_MANY_FROM_ADDRESS: Self = Self::policy_violation("Too many connections from this address");
    pub const TOO_MANY_ON_NODE: Self = Self::try_again_later("Too many connections on this node");
    pub const SLOW: Self = Self::try_again_later("Too slow to take what is sent");
    pub const UNCERTAIN: Self = Self::try_again_later("Authority cannot be established now");
    pub const DRAINING: Self = Self::Close(CloseCode::Restart, Cow::Borrowed("Service restart"));
    pub const TOO_LARGE: Self = Self::Close(CloseCode::Size, Cow::Borrowed("Frame over 64 KiB"));
    pub const MESSAGE_TOO_LARGE: Self = Self::Close(CloseCode::Size, Cow::Borrowed("Message over 64 KiB"));
    pub const NOT_UTF8: Self = Self::Close(CloseCode::Invalid, Cow::Borrowed("Text is not UTF-8"));
    pub const PROTOCOL: Self = Self::Close(CloseCode::Protocol, Cow::Borrowed("Protocol error"));

    /// The client sent a close frame, which is answered.
    pub const CLOSED: Self = Self::Close(CloseCode::Normal, Cow::Borrowed(""));

    const fn policy_violation(reason: &'static str) -> Self {
        Self::Close(CloseCode::Policy, Cow::Borrowed(reason))
    }

    const fn try_again_later(reason: &'static str) -> Self {
        Self::Close(CloseCode::Again, Cow::Borrowed(reason))
    }

    /// Returns the close frame, if one is sent.
    pub fn reason(self) -> Option<CloseFrame> {
        match self {
            Self::Close(code, reason) => {
                let description = Some(reason.into_owned()).filter(|reason| !reason.is_empty());
                Some(CloseFrame { code, description })
            }
            Self::Gone => None,
        }
    }
}

/// Converts a refusal. Its text is the one of HTTP, except for tokens.
impl From<Denial> for CloseReason {
    fn from(denial: Denial) -> Self {
        let reason = match denial {
            Denial::Token(fault) => Cow::Owned(format!("Invalid token: {}", kind(fault))),
            denial @ (Denial::Deactivated
            | Denial::NotMember
            | Denial::Suspended
            | Denial::Removed
            | Denial::StillInvited
            | Denial::Missing(_)
            | Denial::OwnerRequired
            | Denial::PlatformAdminRequired) => Cow::Owned(Problem::from(denial).detail().to_owned()),
        };
        Self::Close(CloseCode::Policy, reason)
    }
}

/// Returns one of four reasons, because programs match them.
fn kind(fault: TokenFault) -> &'static str {
    match fault {
        TokenFault::Expired(_) => "expired",
        TokenFault::Revoked => "revoked",
        TokenFault::BadSignature | TokenFault::WrongAlgorithm => "bad signature",
        TokenFault::PartCount(_)
        | TokenFault::Malformed
        | TokenFault::NoExpiry
        | TokenFault::NotYetValid
        | TokenFault::TwoSubjects
        | TokenFault::WrongParty => "malformed",
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_app::authority::Missing;
    use bailiwick_rbac::Permission;
    use time::Duration;

    use super::*;

    fn text(end: &CloseReason) -> &str {
        let CloseReason::Close(_, reason) = end else { panic!("{end:?}") };
        reason
    }

    #[test]
    fn refusals_have_the_texts_of_the_contract() {
        let required = Permission::parse("ws:connect").unwrap();
        let missing = Missing { required, nearest: Vec::new(), roles: None };
        for (denial, reason) in [
            (TokenFault::Expired(Duration::SECOND).into(), "Invalid token: expired"),
            (TokenFault::Malformed.into(), "Invalid token: malformed"),
            (TokenFault::PartCount(1).into(), "Invalid token: malformed"),
            (TokenFault::BadSignature.into(), "Invalid token: bad signature"),
            (TokenFault::Revoked.into(), "Invalid token: revoked"),
            (Denial::Deactivated, "User account is deactivated"),
            (Denial::NotMember, "User is not a member of this organization"),
            (Denial::Suspended, "Access denied: User access has been suspended in this organization"),
            (Denial::Removed, "Access denied: User has been removed from this organization"),
            (Denial::StillInvited, "Access denied: User invitation is still pending acceptance"),
            (Denial::Missing(Box::new(missing)), "Access denied. Required: ws:connect"),
        ] {
            let is_of_token = matches!(denial, Denial::Token(_));
            let end = CloseReason::from(denial);
            assert_eq!((text(&end), &end), (reason, &CloseReason::Close(CloseCode::Policy, reason.into())));
            assert_eq!(text(&end).contains("token"), is_of_token);
        }
    }

    #[test]
    fn the_word_token_is_only_in_reasons_of_token_failures() {
        for end in [
            CloseReason::MISSING_ORG,
            CloseReason::INVALID_ORG,
            CloseReason::INVALID_TICKET,
            CloseReason::TOO_MANY_OF_USER,
            CloseReason::TOO_MANY_FROM_ADDRESS,
            CloseReason::TOO_MANY_ON_NODE,
            CloseReason::SLOW,
            CloseReason::UNCERTAIN,
            CloseReason::DRAINING,
            CloseReason::TOO_LARGE,
            CloseReason::NOT_UTF8,
            CloseReason::PROTOCOL,
        ] {
            assert!(!text(&end).contains("token") && text(&end).len() <= 123, "{end:?}");
        }
        assert!(
            text(&CloseReason::MISSING_TOKEN).contains("token")
                && text(&CloseReason::EXPIRED).contains("token")
        );
    }
}
