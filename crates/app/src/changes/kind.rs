//! The kinds of changes, one for each audited action.

use std::fmt;

use bailiwick_kernel::{InvitationId, MailId, OrgId, PermissionId, RoleId, SessionId, UserId};

use crate::audit::{Action, Target, TargetKind};

/// A kind of change, as a type. An embedding program implements it for actions of its own.
pub trait ChangeKind: fmt::Debug + Send + Sync + 'static {
    /// The action in the audit trail.
    const ACTION: Action;
    /// The id of the object that is changed.
    type Target: TryFrom<Target> + Copy + PartialEq + fmt::Debug + Send + Sync;
}

/// A target of another kind than expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the target of the change is not of the kind that `ChangeKind::Target` names")]
pub struct OtherTarget;

macro_rules! read_targets {
    ($($kind:ident => $id:ident),+ $(,)?) => {$(
        impl TryFrom<Target> for $id {
            type Error = OtherTarget;

            fn try_from(target: Target) -> Result<Self, OtherTarget> {
                let id = Self::from_stored(target.id.as_uuid());
                (target.kind == TargetKind::$kind).then_some(id).ok_or(OtherTarget)
            }
        }
    )+};
}

read_targets! {
    User => UserId,
    Session => SessionId,
    Organization => OrgId,
    Role => RoleId,
    Permission => PermissionId,
    Invitation => InvitationId,
    Mail => MailId,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $action:ident of $target:ident;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, Debug)]
            pub struct $kind;

            impl ChangeKind for $kind {
                const ACTION: Action = Action::$action;
                type Target = $target;
            }
        )+

        #[cfg(test)]
        const ALL: &[Action] = &[$(Action::$action),+];
    };
}

kinds! {
    /// An account was created by a sign-up.
    AccountSignedUp = AccountSignUp of UserId;
    /// A mailbox was proven.
    EmailVerified = AccountVerifyEmail of UserId;
    /// Another verification link was sent.
    VerificationResent = AccountResendVerification of UserId;
    /// The name of an account was changed.
    AccountRenamed = AccountRename of UserId;
    /// An administrator of the platform was created.
    AdminCreated = AccountCreateAdmin of UserId;
    /// A recovery link was issued on the machine.
    RecoveryIssued = AccountIssueRecovery of UserId;
    /// An account was recovered.
    AccountRecovered = AccountRecover of UserId;
    /// A recovery made the account an administrator of the platform.
    AdminRecovered = AccountRecoverAdmin of UserId;
    /// A password was changed by its owner.
    PasswordChanged = AccountChangePassword of UserId;
    /// A link to choose a new password was sent.
    PasswordResetRequested = AccountRequestReset of UserId;
    /// A new password was chosen with such a link.
    PasswordReset = AccountResetPassword of UserId;
    /// A link to prove a new address was sent.
    EmailChangeRequested = AccountRequestEmailChange of UserId;
    /// The address of an account was changed.
    EmailChanged = AccountChangeEmail of UserId;
    /// An account was deactivated.
    AccountDeactivated = AccountDeactivate of UserId;
    /// An account was activated again.
    AccountActivated = AccountActivate of UserId;
    /// An account was deleted.
    AccountDeleted = AccountDelete of UserId;
    /// The failed logins of an account were cleared.
    AccountUnlocked = AccountUnlock of UserId;
    /// An account was exempted from login limits for some time.
    AccountExempted = AccountBypass of UserId;
    /// A session began.
    LoggedIn = SessionLogin of SessionId;
    /// A session was ended.
    LoggedOut = SessionLogout of SessionId;
    /// All sessions of an account were ended.
    LoggedOutEverywhere = SessionLogoutAll of UserId;
    /// A refresh token was reused, which ended its session.
    RefreshTokenReused = SessionRefreshReuse of SessionId;
    /// An organization was created.
    OrganizationCreated = OrganizationCreate of OrgId;
    /// Name or slug of an organization was changed.
    OrganizationUpdated = OrganizationUpdate of OrgId;
    /// An organization was deleted with everything in it.
    OrganizationDeleted = OrganizationDelete of OrgId;
    /// An organization was archived with its last member.
    OrganizationArchived = OrganizationArchive of OrgId;
    /// An archived organization was restored.
    OrganizationRestored = OrganizationRestore of OrgId;
    /// The ownership of an organization was transferred.
    OwnershipTransferred = OrganizationTransfer of OrgId;
    /// An invitation made an account an invited member.
    MemberInvited = MemberInvite of UserId;
    /// An invited account is no longer invited.
    MemberWithdrawn = MemberWithdraw of UserId;
    /// An account became a member by an invitation. The founder of an organization is in
    /// [`OrganizationCreated`], as the value `owner`.
    MemberJoined = MemberJoin of UserId;
    /// A member was suspended.
    MemberSuspended = MemberSuspend of UserId;
    /// A suspended member was restored.
    MemberRestored = MemberRestore of UserId;
    /// A member was removed.
    MemberRemoved = MemberRemove of UserId;
    /// A member left.
    MemberLeft = MemberLeave of UserId;
    /// A role was assigned to a member.
    RoleAssigned = MemberAssignRole of UserId;
    /// A role was created.
    RoleCreated = RoleCreate of RoleId;
    /// A role was changed.
    RoleUpdated = RoleUpdate of RoleId;
    /// A role was deleted.
    RoleDeleted = RoleDelete of RoleId;
    /// A permission was added to a catalogue.
    PermissionCreated = PermissionCreate of PermissionId;
    /// An address was invited.
    InvitationCreated = InvitationCreate of InvitationId;
    /// An invitation was sent again, with a new token.
    InvitationResent = InvitationResend of InvitationId;
    /// An invitation was accepted.
    InvitationAccepted = InvitationAccept of InvitationId;
    /// An invitation was declined.
    InvitationDeclined = InvitationDecline of InvitationId;
    /// An invitation was revoked.
    InvitationRevoked = InvitationRevoke of InvitationId;
    /// A mail in the outbox was made due at once.
    MailExpedited = MailSend of MailId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_kind() {
        assert_eq!(ALL, Action::ALL);
    }
}
