//! Audited actions: the list of the product, and those of an embedding program.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::own_name::{OwnName, is_noun_and_verb, is_reserved, is_word};

/// Declares the actions with their stored names, which are also shown to clients.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        /// An audited action. The texts are API: `noun.verb`, and never changed.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Action {
            $($(#[$doc])* $name,)+
            /// An action of an embedding program, or one that another release stored.
            Own(OwnAction),
        }

        impl Action {
            /// All actions of the product.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stored form, also used on the wire.
            pub const fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)+
                    Self::Own(own) => own.as_str(),
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
    /// Declares an action of an embedding program, `noun.verb`.
    ///
    /// ```
    /// use bailiwick_app::audit::Action;
    ///
    /// const REFUND: Action = Action::own("invoice.refund");
    /// assert_eq!(REFUND.as_str(), "invoice.refund");
    /// ```
    ///
    /// A malformed name, or a noun of the product, does not compile:
    ///
    /// ```compile_fail
    /// const BURN: bailiwick_app::audit::Action = bailiwick_app::audit::Action::own("role.burn");
    /// ```
    ///
    /// # Panics
    ///
    /// Outside of a constant it panics where it would not compile. [`OwnAction::new`] returns `None`.
    #[expect(clippy::panic, reason = "a constant does not compile then")]
    pub const fn own(text: &str) -> Self {
        match OwnAction::new(text) {
            Some(own) => Self::Own(own),
            None => panic!(
                "an own action is `noun.verb` of a to z and `_`, in at most 64 bytes; \
                 its noun is none that bailiwick uses or reserves"
            ),
        }
    }

    /// Parses the stored form. A well-formed text that is no action of the product is [`Action::Own`],
    /// because an embedding program or a newer release stored it; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let known = Self::ALL.iter().copied().find(|action| action.as_str() == text);
        known.or_else(|| OwnAction::stored(text).map(Self::Own))
    }

    fn noun(&self) -> &str {
        self.as_str().split_once('.').map_or("", |(noun, _)| noun)
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An action that is not one of the product: `noun.verb`, of lower-case ASCII letters and `_`, in at most
/// [`MAX_OWN_NAME`](crate::MAX_OWN_NAME) bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnAction(OwnName);

impl OwnAction {
    /// Checks the name of an action of an embedding program; `None` if it is malformed, or if its noun is
    /// one that the product uses or reserves.
    pub const fn new(text: &str) -> Option<Self> {
        if is_reserved(text) { None } else { Self::stored(text) }
    }

    /// Checks a stored name. Its noun may be one of the product, in a row of a newer release.
    const fn stored(text: &str) -> Option<Self> {
        match OwnName::new(text) {
            Some(name) if is_noun_and_verb(text) => Some(Self(name)),
            _ => None,
        }
    }

    /// The name.
    pub const fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for OwnAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A filter of actions: one action, or all of a noun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actions {
    /// One action.
    One(Action),
    /// All actions of a noun.
    OfNoun(Noun),
}

/// The noun of actions: lower-case ASCII letters and `_`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Noun(OwnName);

impl Noun {
    /// The noun.
    pub const fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Actions {
    /// Parses `role.create` or `role.*`; `None` if it is malformed. An unknown verb of a noun of the product
    /// is refused too, because it is more likely misspelled than stored by a newer release.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(noun) = text.strip_suffix(".*").filter(|noun| is_word(noun)) {
            return OwnName::new(noun).map(|noun| Self::OfNoun(Noun(noun)));
        }
        let action = Action::parse(text)?;
        let is_of_product = || Action::ALL.iter().any(|known| known.noun() == action.noun());
        let is_unknown = matches!(action, Action::Own(_)) && is_of_product();
        (!is_unknown).then_some(Self::One(action))
    }

    /// Whether the filter includes this action.
    pub fn contains(&self, action: Action) -> bool {
        match self {
            Self::One(one) => *one == action,
            Self::OfNoun(noun) => action.noun() == noun.as_str(),
        }
    }
}

impl From<Action> for Actions {
    fn from(action: Action) -> Self {
        Self::One(action)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_action_has_a_text_of_its_own() {
        let texts: HashSet<_> = Action::ALL.iter().map(Action::as_str).collect();
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
        let all = Actions::parse("role.*").unwrap();
        assert!(all.contains(Action::RoleCreate) && all.contains(Action::parse("role.burn").unwrap()));
        assert!(!all.contains(Action::MemberJoin) && !all.contains(Action::own("role_model.create")));
        for text in ["", "*", ".*", "role", "role.", "ro1e.*", "role.c*", "role.*.*", "ROLE.CREATE", "role.%"]
        {
            assert_eq!(Actions::parse(text), None, "{text}");
        }
    }

    #[test]
    fn own_actions_are_read_and_those_of_the_product_are_not_misspelled() {
        let refund = Action::own("invoice.refund");
        assert_eq!(Action::parse("invoice.refund"), Some(refund));
        assert_eq!(Actions::parse("invoice.refund"), Some(refund.into()));
        assert!(Actions::parse("invoice.*").unwrap().contains(refund));
        assert!(!Actions::parse("invoice_item.*").unwrap().contains(refund));
        assert_eq!(Actions::parse("role.burn"), None);
        assert_eq!(OwnAction::new("role.burn"), None);
        let from_newer_release = Action::parse("role.burn").unwrap();
        assert_eq!(from_newer_release.as_str(), "role.burn");
        let longest = format!("{}.b", "a".repeat(crate::MAX_OWN_NAME - 2));
        assert!(OwnAction::new(&longest).is_some());
        for text in ["", "invoice", "invoice.", "invoice.re-fund", "a.b.c", &format!("a{longest}")] {
            assert_eq!(Action::parse(text), None, "{text}");
            assert_eq!(OwnAction::new(text), None, "{text}");
        }
    }
}
