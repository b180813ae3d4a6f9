//! The closed list of audited actions.

/// Declares the actions with their stored names, which are also shown to clients.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        /// An audited action. The texts are API: `noun.verb`, and never changed.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            /// All actions.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stored form, also used on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

actions! {
    /// A sign-up.
    AccountSignUp = "account.sign_up";
    /// A mailbox was proven.
    AccountVerifyEmail = "account.verify_email";
    /// Another verification link was sent.
    AccountResendVerification = "account.resend_verification";
    /// A name was changed.
    AccountRename = "account.rename";
    /// An administrator of the platform was created.
    AccountCreateAdmin = "account.create_admin";
    /// A recovery link was issued on the machine.
    AccountIssueRecovery = "account.issue_recovery";
    /// An account was recovered with such a link: it has a new password and is active.
    AccountRecover = "account.recover";
    /// A recovery made the account an administrator of the platform.
    AccountRecoverAdmin = "account.recover_admin";
    /// A password was changed by its owner.
    AccountChangePassword = "account.change_password";
    /// A link to choose a new password was sent.
    AccountRequestReset = "account.request_reset";
    /// A new password was chosen with such a link.
    AccountResetPassword = "account.reset_password";
    /// A link to prove a new address was sent.
    AccountRequestEmailChange = "account.request_email_change";
    /// An address was changed.
    AccountChangeEmail = "account.change_email";
    /// An account was deactivated.
    AccountDeactivate = "account.deactivate";
    /// An account was activated again.
    AccountActivate = "account.activate";
    /// An account was deleted, or replaced by another account of its address.
    AccountDelete = "account.delete";
    /// The failed logins of an account were cleared.
    AccountUnlock = "account.unlock";
    /// An account was exempted from login limits for some time.
    AccountBypass = "account.bypass";
    /// A login.
    SessionLogin = "session.login";
    /// A session was ended.
    SessionLogout = "session.logout";
    /// All sessions of an account were ended.
    SessionLogoutAll = "session.logout_all";
    /// A refresh token was reused, which ended its session.
    SessionRefreshReuse = "session.refresh_reuse";
    /// An organization was founded.
    OrganizationCreate = "organization.create";
    /// Name or slug was changed.
    OrganizationUpdate = "organization.update";
    /// An organization was deleted with everything in it.
    OrganizationDelete = "organization.delete";
    /// An organization was archived with its last member.
    OrganizationArchive = "organization.archive";
    /// An archived organization was restored.
    OrganizationRestore = "organization.restore";
    /// The ownership of an organization was transferred.
    OrganizationTransfer = "organization.transfer";
    /// An invitation made an account an invited member.
    MemberInvite = "member.invite";
    /// An invited account is no longer invited.
    MemberWithdraw = "member.withdraw";
    /// An account became a member.
    MemberJoin = "member.join";
    /// A member was suspended.
    MemberSuspend = "member.suspend";
    /// A suspended member was restored.
    MemberRestore = "member.restore";
    /// A member was removed.
    MemberRemove = "member.remove";
    /// A member left.
    MemberLeave = "member.leave";
    /// A role was assigned to a member.
    MemberAssignRole = "member.assign_role";
    /// A role was created.
    RoleCreate = "role.create";
    /// A role was changed.
    RoleUpdate = "role.update";
    /// A role was deleted.
    RoleDelete = "role.delete";
    /// A permission was added to a catalogue.
    PermissionCreate = "permission.create";
    /// An address was invited.
    InvitationCreate = "invitation.create";
    /// An invitation was sent again, with a new token.
    InvitationResend = "invitation.resend";
    /// An invitation was accepted.
    InvitationAccept = "invitation.accept";
    /// An invitation was declined.
    InvitationDecline = "invitation.decline";
    /// An invitation was revoked.
    InvitationRevoke = "invitation.revoke";
    /// A mail in the outbox was made due at once.
    MailSend = "mail.send";
}

impl Action {
    /// Parses the stored form; `None` for an unknown action.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text)
    }
}

/// A filter of actions: one action, or all of a noun.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actions(Vec<Action>);

impl Actions {
    /// Parses `role.create` or `role.*`; `None` if there is no such action.
    pub fn parse(text: &str) -> Option<Self> {
        let Some(noun) = text.strip_suffix(".*") else {
            return Action::parse(text).map(Self::from);
        };
        let is_of_noun = |action: &Action| action.as_str().split_once('.').is_some_and(|(of, _)| of == noun);
        let found: Vec<_> = Action::ALL.iter().copied().filter(is_of_noun).collect();
        (!found.is_empty()).then_some(Self(found))
    }

    /// Whether the filter includes this action.
    pub fn contains(&self, action: Action) -> bool {
        self.0.contains(&action)
    }

    /// The stored forms of the actions.
    pub fn texts(&self) -> Vec<&'static str> {
        self.0.iter().map(|action| action.as_str()).collect()
    }
}

impl From<Action> for Actions {
    fn from(action: Action) -> Self {
        Self(vec![action])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_action_has_a_text_of_its_own() {
        let texts: HashSet<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
        assert_eq!(texts.len(), Action::ALL.len());
        for action in Action::ALL {
            let text = action.as_str();
            assert_eq!(Action::parse(text), Some(*action));
            let is_word = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(
                text.split_once('.').is_some_and(|(noun, verb)| is_word(noun) && is_word(verb)),
                "{text}"
            );
        }
    }

    #[test]
    fn one_action_or_all_of_a_noun_are_read() {
        assert_eq!(Actions::parse("role.create"), Some(Action::RoleCreate.into()));
        assert_eq!(Actions::parse("role.*").unwrap().texts(), ["role.create", "role.update", "role.delete"]);
        for text in ["", "*", ".*", "role", "role.", "rol.*", "role.c*", "role.*.*", "ROLE.CREATE", "role.%"]
        {
            assert_eq!(Actions::parse(text), None, "{text}");
        }
    }
}
