//! The invitation as a state machine. It is closed at most once. Its expiry is computed from the time, not
//! stored as a state.

use bailiwick_kernel::{Email, IdSource, InvitationId, OrgId, RoleId, Timestamp, UserId};
use serde::Serialize;

use crate::InviteError;

/// Stored state of an invitation, with its data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvitationState {
    /// Sent, and open until it expires.
    Pending,
    /// It was accepted.
    Accepted {
        /// Time at which it was closed.
        at: Timestamp,
    },
    /// It was declined.
    Declined {
        /// Time at which it was closed.
        at: Timestamp,
    },
    /// Revoked by the organization.
    Revoked {
        /// Time at which it was closed.
        at: Timestamp,
    },
    /// Replaced by a newer one.
    Superseded {
        /// Time at which it was closed.
        at: Timestamp,
    },
}

/// Status of an invitation as clients see it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    /// Open.
    Pending,
    /// Accepted.
    Accepted,
    /// Declined by the invited person.
    Declined,
    /// Revoked by the organization.
    Revoked,
    /// Expired before it was accepted or declined.
    Expired,
    /// Replaced by a newer one.
    Superseded,
}

impl InvitationStatus {
    /// All statuses.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Accepted, Self::Declined, Self::Revoked, Self::Expired, Self::Superseded];

    /// Returns the wire form, which is also the stored form; `expired` is never stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
        }
    }

    /// Parses the wire form; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl InvitationState {
    /// Returns the status under which the state is stored.
    pub const fn stored_status(&self) -> InvitationStatus {
        match self {
            Self::Pending => InvitationStatus::Pending,
            Self::Accepted { .. } => InvitationStatus::Accepted,
            Self::Declined { .. } => InvitationStatus::Declined,
            Self::Revoked { .. } => InvitationStatus::Revoked,
            Self::Superseded { .. } => InvitationStatus::Superseded,
        }
    }

    /// Returns the time at which the invitation was closed; `None` while it is pending.
    pub const fn closed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Pending => None,
            Self::Accepted { at }
            | Self::Declined { at }
            | Self::Revoked { at }
            | Self::Superseded { at } => Some(*at),
        }
    }

    /// Reads the stored form; `None` if status and time do not match.
    pub fn from_stored(status: &str, closed_at: Option<Timestamp>) -> Option<Self> {
        match (InvitationStatus::parse(status)?, closed_at) {
            (InvitationStatus::Pending, None) => Some(Self::Pending),
            (InvitationStatus::Accepted, Some(at)) => Some(Self::Accepted { at }),
            (InvitationStatus::Declined, Some(at)) => Some(Self::Declined { at }),
            (InvitationStatus::Revoked, Some(at)) => Some(Self::Revoked { at }),
            (InvitationStatus::Superseded, Some(at)) => Some(Self::Superseded { at }),
            _ => None,
        }
    }
}

/// The offer of a role in an organization to the holder of an e-mail address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    /// The invitation's id.
    pub id: InvitationId,
    /// The organization.
    pub org_id: OrgId,
    /// The invited address; only its holder may accept.
    pub email: Email,
    /// The role offered; `None` if the role was deleted after the invitation was closed or had expired.
    pub role_id: Option<RoleId>,
    /// The inviter; `None` if that account was deleted.
    pub inviter_id: Option<UserId>,
    /// A text from the inviter, for the mail.
    pub message: Option<String>,
    /// The stored state.
    pub state: InvitationState,
    /// Time at which it expires.
    pub expires_at: Timestamp,
    /// Time of creation.
    pub created_at: Timestamp,
}

/// The values of a new invitation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewInvitation {
    /// The organization.
    pub org_id: OrgId,
    /// The invited address.
    pub email: Email,
    /// The role offered.
    pub role_id: RoleId,
    /// The inviter.
    pub inviter_id: UserId,
    /// A text from the inviter, for the mail.
    pub message: Option<String>,
    /// Time at which it expires.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// Creates a pending invitation.
    pub fn new(new: NewInvitation, ids: &dyn IdSource, now: Timestamp) -> Self {
        Self {
            id: InvitationId::generate(ids, now),
            org_id: new.org_id,
            email: new.email,
            role_id: Some(new.role_id),
            inviter_id: Some(new.inviter_id),
            message: new.message,
            state: InvitationState::Pending,
            expires_at: new.expires_at,
            created_at: now,
        }
    }

    /// Returns the status at `now`, as clients see it.
    pub fn status(&self, now: Timestamp) -> InvitationStatus {
        match self.state.stored_status() {
            InvitationStatus::Pending if self.expires_at <= now => InvitationStatus::Expired,
            status => status,
        }
    }

    /// Requires that the invitation is pending at `now`; the error names the reason why it is not.
    pub fn require_open(&self, now: Timestamp) -> Result<(), InviteError> {
        match self.status(now) {
            InvitationStatus::Pending => Ok(()),
            InvitationStatus::Accepted => Err(InviteError::AlreadyUsed),
            InvitationStatus::Declined => Err(InviteError::Declined),
            InvitationStatus::Revoked | InvitationStatus::Superseded => Err(InviteError::Revoked),
            InvitationStatus::Expired => Err(InviteError::Expired),
        }
    }

    /// Requires that this address is the invited one; [`InviteError::EmailMismatch`] otherwise.
    pub fn require_email(&self, email: &Email) -> Result<(), InviteError> {
        if self.email == *email { Ok(()) } else { Err(InviteError::EmailMismatch) }
    }

    /// Accepts it. Fails as [`Self::require_open`] does.
    pub fn accept(&mut self, now: Timestamp) -> Result<(), InviteError> {
        self.require_open(now)?;
        self.state = InvitationState::Accepted { at: now };
        Ok(())
    }

    /// Declines it. Fails as [`Self::require_open`] does.
    pub fn decline(&mut self, now: Timestamp) -> Result<(), InviteError> {
        self.require_open(now)?;
        self.state = InvitationState::Declined { at: now };
        Ok(())
    }

    /// Revokes it. [`InviteError::NotPending`] if it is closed or expired.
    pub fn revoke(&mut self, now: Timestamp) -> Result<(), InviteError> {
        self.require_pending(now)?;
        self.state = InvitationState::Revoked { at: now };
        Ok(())
    }

    /// Marks the invitation as replaced by a newer one. [`InviteError::NotPending`] if it is closed; an
    /// expired invitation can be replaced.
    pub fn supersede(&mut self, now: Timestamp) -> Result<(), InviteError> {
        if self.state != InvitationState::Pending {
            return Err(InviteError::NotPending);
        }
        self.state = InvitationState::Superseded { at: now };
        Ok(())
    }

    fn require_pending(&self, now: Timestamp) -> Result<(), InviteError> {
        self.require_open(now).map_err(|_| InviteError::NotPending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    fn pending() -> Invitation {
        Invitation {
            id: InvitationId::from_stored(Uuid::nil()),
            org_id: OrgId::from_stored(Uuid::nil()),
            email: Email::parse("a@example.com").unwrap(),
            role_id: None,
            inviter_id: None,
            message: None,
            state: InvitationState::Pending,
            expires_at: at(10),
            created_at: at(0),
        }
    }

    #[test]
    fn an_invitation_is_open_until_it_expires() {
        assert_eq!(pending().accept(at(9)), Ok(()));
        assert_eq!(pending().accept(at(10)), Err(InviteError::Expired));
        assert_eq!(pending().status(at(10)), InvitationStatus::Expired);
    }

    #[test]
    fn a_closed_invitation_names_the_reason() {
        type Change = fn(&mut Invitation, Timestamp) -> Result<(), InviteError>;
        let cases: [(Change, InviteError); 4] = [
            (Invitation::accept, InviteError::AlreadyUsed),
            (Invitation::decline, InviteError::Declined),
            (Invitation::revoke, InviteError::Revoked),
            (Invitation::supersede, InviteError::Revoked),
        ];
        for (close, reason) in cases {
            let mut invitation = pending();
            close(&mut invitation, at(1)).unwrap();
            assert_eq!(invitation.accept(at(2)), Err(reason.clone()));
            assert_eq!(invitation.decline(at(2)), Err(reason));
            assert_eq!(invitation.revoke(at(2)), Err(InviteError::NotPending));
            assert_eq!(invitation.state.closed_at(), Some(at(1)));
        }
    }

    #[test]
    fn states_are_read_from_their_stored_form() {
        let mut invitation = pending();
        invitation.decline(at(3)).unwrap();
        let status = invitation.state.stored_status().as_str();
        assert_eq!(InvitationState::from_stored(status, Some(at(3))), Some(invitation.state));
        assert_eq!(InvitationState::from_stored("accepted", None), None);
        assert_eq!(InvitationState::from_stored("expired", Some(at(3))), None);
    }
}
