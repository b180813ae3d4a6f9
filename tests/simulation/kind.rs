//! What can be done in a history: one kind for each use case, and some events around them.

/// Declares the kinds with their weight, their sentence, the commands that they run, and the
/// audited actions that these leave.
macro_rules! kinds {
    ($($name:ident $weight:literal $sentence:literal [$($command:literal),*] [$($action:literal),*];)+) => {
        /// A kind of step. `who` acts, `on` is another person, `at` an organization or the place in a list,
        /// `what` a role or a variant.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Kind {
            $($name,)+
        }

        impl Kind {
            /// All kinds with their weights: how often each occurs in comparison with others.
            pub const ALL: &'static [(Self, u32)] = &[$((Self::$name, $weight)),+];

            /// The sentence of the kind; the runner replaces the words in braces.
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$name => $sentence,)+
                }
            }

            /// The names of the commands that steps of the kind run.
            pub const fn commands(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($command),*],)+
                }
            }

            /// The audited actions of which a step of the kind leaves one, if it changes anything.
            pub const fn actions(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($action),*],)+
                }
            }
        }
    };
}

kinds! {
    Pass 8 "{span} pass" [] [];
    Housekeeping 1 "data past its retention is deleted" [] [];
    BreakMail 2 "the mail server fails" [] [];
    MendMail 1 "the mail server works" [] [];
    ImportPassword 1 "the password of {on} is imported with an outdated hash" [] [];
    Release 1 "a release declares reports:export" ["InsertCatalogue", "GrantDeclared"] [];

    OfferSetup 1 "a setup link is offered" ["OfferSetup"] [];
    SetUp 3 "{who} sets the platform up by {link}" ["FoundPlatform"] ["account.create_admin"];
    CreateAdmin 1 "the operator makes {who} an administrator" ["RegisterAdmin"] ["account.create_admin"];
    IssueRecovery 2 "the operator issues a recovery link for {who}, variant {what}" ["IssueRecovery"] ["account.issue_recovery"];

    SignUp 5 "{who} signs up" ["Register"] ["account.sign_up"];
    VerifyEmail 4 "{who} opens {link} to verify" ["VerifyEmail"] ["account.verify_email"];
    ResendVerification 2 "{who} has the verification sent again" ["ResendVerification"] ["account.resend_verification"];
    LogIn 4 "{who} logs in with password {what}" ["CountAttempt", "OpenSession", "Conclude"] ["session.login"];
    SignIn 3 "{who} signs in at the pages" ["CountAttempt", "OpenPageSession"] ["session.login"];
    VisitPage 3 "{who} visits a page with {link}" ["ExtendPageSession"] [];
    ConfirmPassword 2 "{who} confirms password {what} at the pages" ["Conclude", "RecordConfirmation"] [];
    Refresh 4 "{who} refreshes by {link}" ["Rotate"] [];
    LogOut 2 "{who} logs out" ["LogOut"] ["session.logout"];
    LogOutEverywhere 1 "{who} logs out everywhere" ["LogOutEverywhere"] ["session.logout_all"];
    EndSession 2 "{who} ends session {at}" ["EndSession"] ["session.logout"];
    EndOtherSessions 1 "{who} ends all other sessions" ["EndOtherSessions"] ["session.logout_all"];

    Rename 2 "{who} changes name and language" ["RenameMe"] ["account.rename"];
    ChangePassword 2 "{who} changes the password" ["ReplacePassword"] ["account.change_password"];
    ForgotPassword 3 "{who} forgot the password" ["ForgotPassword"] ["account.request_reset"];
    ResetPassword 5 "{who} sets password {what} by {link}" ["SetPassword", "Recover"] ["account.reset_password", "account.recover"];
    ChangeEmail 4 "{who} wants the address of {on}" ["Rehash", "ProposeEmail"] ["account.request_email_change"];
    ConfirmEmail 4 "{who} opens {link} to move" ["ConfirmEmail"] ["account.change_email"];
    DeactivateMe 1 "{who} deactivates the own account" ["DeactivateMe"] ["account.deactivate"];
    DeactivateUser 2 "{who} deactivates {on}" ["DeactivateUser"] ["account.deactivate"];
    ActivateUser 3 "{who} activates {on}" ["ActivateUser"] ["account.activate"];
    DeleteUser 2 "{who} deletes {on}" ["DeleteUser"] ["account.delete"];
    UnlockUser 1 "{who} unlocks {on}" ["UnlockUser"] ["account.unlock"];
    ExemptUser 1 "{who} exempts {on} from login limits" ["ExemptUser"] ["account.bypass"];

    CreateOrganization 3 "{who} founds an organization, slug {what}" ["CreateOrganization"] ["organization.create"];
    ChangeOrganization 2 "{who} changes {org}, slug {what}" ["ChangeOrganization"] ["organization.update"];
    DeleteOrganization 1 "{who} deletes {org}" ["DeleteOrganization"] ["organization.delete"];
    Leave 3 "{who} leaves {org}" ["Leave"] ["member.leave"];
    Suspend 3 "{who} suspends {on} in {org}" ["ChangeMemberStatus"] ["member.suspend"];
    Restore 2 "{who} restores {on} in {org}" ["ChangeMemberStatus"] ["member.restore"];
    RemoveMember 3 "{who} removes {on} from {org}" ["RemoveMember"] ["member.remove", "invitation.revoke", "member.withdraw"];
    TransferOwnership 2 "{who} transfers {org} to {on}" ["TransferOwnership"] ["organization.transfer"];

    CreateRole 5 "{who} creates role {what} in {org}" ["CreateRole"] ["role.create"];
    ChangeRole 4 "{who} changes {role} of {org}" ["ChangeRole"] ["role.update"];
    DeleteRole 2 "{who} deletes {role} of {org}" ["DeleteRole"] ["role.delete"];
    ReorderRoles 2 "{who} reorders the roles of {org}" ["ReorderRoles"] ["role.update"];
    AssignRole 5 "{who} makes {on} {role} in {org}" ["AssignRole"] ["member.assign_role"];
    AddPermission 2 "{who} adds permission {what} to the catalogue" ["AddPermission"] ["permission.create"];

    Invite 12 "{who} invites {on} to {org} as {role}" ["Invite"] ["invitation.create"];
    InviteMany 2 "{who} invites {on} and others to {org} as {role}" ["Invite"] ["invitation.create"];
    ResendInvitation 2 "{who} sends {invitation} of {org} again" ["Resend"] ["invitation.resend"];
    RevokeInvitation 2 "{who} revokes {invitation} of {org}" ["RevokeInvitation"] ["invitation.revoke"];
    AcceptInvitation 8 "{who} accepts {link}" ["AcceptInvitation"] ["invitation.accept"];
    DeclineInvitation 2 "{who} declines {link}" ["DeclineInvitation"] ["invitation.decline"];
    SignUpByInvitation 4 "{who} signs up by {link}" ["RegisterInvited"] ["invitation.accept"];
    AcceptReceived 3 "{who} accepts the received {invitation}" ["AcceptReceivedInvitation"] ["invitation.accept"];
    DeclineReceived 3 "{who} declines the received {invitation}" ["DeclineReceivedInvitation"] ["invitation.decline"];

    SendMail 4 "{who} has mail {at} sent now" ["SendMail"] ["mail.send"];
    IssueTicket 1 "{who} gets a ticket for {org}" ["IssueTicket"] [];
    RedeemTicket 1 "{who} redeems {link}" ["Redeem"] [];

    ReadAccount 2 "{who} reads profile, sessions and received invitations" [] [];
    ReadOrganization 2 "{who} reads {org}, its roles and its catalogue" [] [];
    ReadMembers 2 "{who} reads the members of {org}, and {on}" [] [];
    ReadInvitations 2 "{who} reads the invitations of {org}, and {invitation}" [] [];
    PreviewInvitation 1 "{who} previews {link}" [] [];
    ReadAudit 2 "{who} reads the audit trail of {org}" [] [];
    ReadPlatform 2 "{who} reads the lists of the platform" [] [];
    Check 3 "{who} asks what {on} may do in {org}, and why" [] [];
    WhoCan 1 "{who} asks who may do it in {org}" [] [];
}

impl Kind {
    /// Whether a logged-in person acts, so that the audit trail names that person.
    pub const fn is_of_account(self) -> bool {
        matches!(
            self,
            Self::LogOut
                | Self::LogOutEverywhere
                | Self::EndSession
                | Self::EndOtherSessions
                | Self::Rename
                | Self::ChangePassword
                | Self::ChangeEmail
                | Self::DeactivateMe
                | Self::DeactivateUser
                | Self::ActivateUser
                | Self::DeleteUser
                | Self::UnlockUser
                | Self::ExemptUser
                | Self::CreateOrganization
                | Self::ChangeOrganization
                | Self::DeleteOrganization
                | Self::Leave
                | Self::Suspend
                | Self::Restore
                | Self::RemoveMember
                | Self::TransferOwnership
                | Self::CreateRole
                | Self::ChangeRole
                | Self::DeleteRole
                | Self::ReorderRoles
                | Self::AssignRole
                | Self::AddPermission
                | Self::Invite
                | Self::InviteMany
                | Self::ResendInvitation
                | Self::RevokeInvitation
                | Self::AcceptInvitation
                | Self::AcceptReceived
                | Self::DeclineReceived
                | Self::SendMail
        )
    }

    /// Whether a step that succeeds always changes something.
    pub const fn always_changes(self) -> bool {
        matches!(
            self,
            Self::SetUp
                | Self::CreateAdmin
                | Self::IssueRecovery
                | Self::LogIn
                | Self::SignIn
                | Self::LogOut
                | Self::LogOutEverywhere
                | Self::EndSession
                | Self::EndOtherSessions
                | Self::ChangePassword
                | Self::ResetPassword
                | Self::DeactivateMe
                | Self::DeleteUser
                | Self::UnlockUser
                | Self::ExemptUser
                | Self::CreateOrganization
                | Self::DeleteOrganization
                | Self::Leave
                | Self::RemoveMember
                | Self::TransferOwnership
                | Self::CreateRole
                | Self::DeleteRole
                | Self::Invite
                | Self::ResendInvitation
                | Self::RevokeInvitation
                | Self::AcceptInvitation
                | Self::DeclineInvitation
                | Self::SignUpByInvitation
                | Self::AcceptReceived
                | Self::DeclineReceived
                | Self::SendMail
        )
    }
}
