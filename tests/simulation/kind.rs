//! What can be done in a history: one kind for each use case, and some events around them.

/// Declares the kinds with their weight, their sentence, and the commands that they run.
macro_rules! kinds {
    ($($name:ident $weight:literal $sentence:literal [$($command:literal),*];)+) => {
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
        }
    };
}

kinds! {
    Pass 8 "{span} pass" [];
    Housekeeping 1 "data past its retention is deleted" [];
    BreakMail 1 "the mail server fails" [];
    MendMail 1 "the mail server works" [];
    ImportPassword 1 "the password of {on} is imported with an outdated hash" [];
    Release 1 "a release declares reports:export" ["InsertCatalogue", "GrantDeclared"];

    OfferSetup 1 "a setup link is offered" ["OfferSetup"];
    SetUp 1 "{who} sets the platform up by {link}" ["FoundPlatform"];
    CreateAdmin 1 "the operator makes {who} an administrator" ["RegisterAdmin"];
    IssueRecovery 2 "the operator issues a recovery link for {who}, variant {what}" ["IssueRecovery"];

    SignUp 5 "{who} signs up" ["Register"];
    VerifyEmail 4 "{who} opens {link} to verify" ["VerifyEmail"];
    ResendVerification 2 "{who} has the verification sent again" ["ResendVerification"];
    LogIn 4 "{who} logs in with password {what}" ["CountAttempt", "OpenSession", "Conclude"];
    SignIn 3 "{who} signs in at the pages" ["CountAttempt", "OpenPageSession"];
    VisitPage 3 "{who} visits a page with {link}" ["ExtendPageSession"];
    ConfirmPassword 2 "{who} confirms password {what} at the pages" ["Conclude", "RecordConfirmation"];
    Refresh 4 "{who} refreshes by {link}" ["Rotate"];
    LogOut 2 "{who} logs out" ["LogOut"];
    LogOutEverywhere 1 "{who} logs out everywhere" ["LogOutEverywhere"];
    EndSession 2 "{who} ends session {at}" ["EndSession"];
    EndOtherSessions 1 "{who} ends all other sessions" ["EndOtherSessions"];

    Rename 2 "{who} changes name and language" ["RenameMe"];
    ChangePassword 2 "{who} changes the password" ["ReplacePassword"];
    ForgotPassword 3 "{who} forgot the password" ["ForgotPassword"];
    ResetPassword 5 "{who} sets password {what} by {link}" ["SetPassword", "Recover"];
    ChangeEmail 4 "{who} wants the address of {on}" ["Rehash", "ProposeEmail"];
    ConfirmEmail 4 "{who} opens {link} to move" ["ConfirmEmail"];
    DeactivateMe 1 "{who} deactivates the own account" ["DeactivateMe"];
    DeactivateUser 2 "{who} deactivates {on}" ["DeactivateUser"];
    ActivateUser 3 "{who} activates {on}" ["ActivateUser"];
    DeleteUser 2 "{who} deletes {on}" ["DeleteUser"];
    UnlockUser 1 "{who} unlocks {on}" ["UnlockUser"];
    ExemptUser 1 "{who} exempts {on} from login limits" ["ExemptUser"];

    CreateOrganization 3 "{who} founds an organization, slug {what}" ["CreateOrganization"];
    ChangeOrganization 2 "{who} changes {org}, slug {what}" ["ChangeOrganization"];
    DeleteOrganization 1 "{who} deletes {org}" ["DeleteOrganization"];
    Leave 3 "{who} leaves {org}" ["Leave"];
    Suspend 3 "{who} suspends {on} in {org}" ["ChangeMemberStatus"];
    Restore 2 "{who} restores {on} in {org}" ["ChangeMemberStatus"];
    RemoveMember 3 "{who} removes {on} from {org}" ["RemoveMember"];
    TransferOwnership 2 "{who} transfers {org} to {on}" ["TransferOwnership"];

    CreateRole 5 "{who} creates role {what} in {org}" ["CreateRole"];
    ChangeRole 4 "{who} changes {role} of {org}" ["ChangeRole"];
    DeleteRole 2 "{who} deletes {role} of {org}" ["DeleteRole"];
    ReorderRoles 2 "{who} reorders the roles of {org}" ["ReorderRoles"];
    AssignRole 5 "{who} makes {on} {role} in {org}" ["AssignRole"];
    AddPermission 2 "{who} adds permission {what} to the catalogue" ["AddPermission"];

    Invite 12 "{who} invites {on} to {org} as {role}" ["Invite"];
    InviteMany 2 "{who} invites {on} and others to {org} as {role}" ["Invite"];
    ResendInvitation 2 "{who} sends {invitation} of {org} again" ["Resend"];
    RevokeInvitation 2 "{who} revokes {invitation} of {org}" ["RevokeInvitation"];
    AcceptInvitation 8 "{who} accepts {link}" ["AcceptInvitation"];
    DeclineInvitation 2 "{who} declines {link}" ["DeclineInvitation"];
    SignUpByInvitation 4 "{who} signs up by {link}" ["RegisterInvited"];
    AcceptReceived 3 "{who} accepts the received {invitation}" ["AcceptReceivedInvitation"];
    DeclineReceived 1 "{who} declines the received {invitation}" ["DeclineReceivedInvitation"];

    SendMail 2 "{who} has mail {at} sent now" ["SendMail"];
    IssueTicket 1 "{who} gets a ticket for {org}" ["IssueTicket"];
    RedeemTicket 1 "{who} redeems {link}" ["Redeem"];

    ReadAccount 2 "{who} reads profile, sessions and received invitations" [];
    ReadOrganization 2 "{who} reads {org}, its roles and its catalogue" [];
    ReadMembers 2 "{who} reads the members of {org}, and {on}" [];
    ReadInvitations 2 "{who} reads the invitations of {org}, and {invitation}" [];
    PreviewInvitation 1 "{who} previews {link}" [];
    ReadAudit 2 "{who} reads the audit trail of {org}" [];
    ReadPlatform 2 "{who} reads the lists of the platform" [];
    Check 3 "{who} asks what {on} may do in {org}, and why" [];
    WhoCan 1 "{who} asks who may do it in {org}" [];
}
