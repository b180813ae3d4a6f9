//! Takes a step on one application.

mod accounts;
mod credentials;
mod invitations;
mod organizations;
mod platform;
mod queries;
mod roles;

use std::cell::RefCell;
use std::fmt::Debug;

use bailiwick::app::accounts::LogIn;
use bailiwick::app::authority::{Authenticated, Permit, PlatformAdmin, Public};
use bailiwick::app::{Actor, Allow, App, Command, Error};
use bailiwick::kernel::{ClaimedToken, OrgId, PlainToken, TokenKind, UserId};

use crate::history::Step;
use crate::kind::Kind;
use crate::known::{Known, Learned, Link, email, password};
use crate::select::Selected;

/// Why a step has no result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The use case refused.
    Refused(Error),
    /// There is nothing that the step could be about.
    Nothing(&'static str),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// The result of a step as a text that can be compared.
pub type Done = Result<String, Stop>;

/// A step on one application.
pub struct Turn<'a> {
    /// The application of a node.
    pub app: &'a App,
    /// The step.
    pub step: Step,
    /// What it is about.
    pub selected: &'a Selected,
    /// What is known before it.
    pub known: &'a Known,
    /// What it told.
    pub learned: RefCell<Vec<Learned>>,
}

impl Turn<'_> {
    /// Takes the step.
    pub async fn act(&self) -> Done {
        match self.step.kind {
            Kind::Pass | Kind::BreakMail | Kind::MendMail => Ok(String::new()),
            Kind::Housekeeping | Kind::ImportPassword | Kind::Release => self.maintain().await,
            Kind::OfferSetup
            | Kind::SetUp
            | Kind::CreateAdmin
            | Kind::IssueRecovery
            | Kind::SendMail
            | Kind::IssueTicket
            | Kind::RedeemTicket => self.act_on_platform().await,
            Kind::SignUp
            | Kind::VerifyEmail
            | Kind::ResendVerification
            | Kind::Rename
            | Kind::ChangeEmail
            | Kind::ConfirmEmail
            | Kind::DeactivateMe
            | Kind::DeactivateUser
            | Kind::ActivateUser
            | Kind::DeleteUser
            | Kind::UnlockUser
            | Kind::ExemptUser => self.act_on_account().await,
            Kind::LogIn
            | Kind::SignIn
            | Kind::VisitPage
            | Kind::ConfirmPassword
            | Kind::Refresh
            | Kind::LogOut
            | Kind::LogOutEverywhere
            | Kind::EndSession
            | Kind::EndOtherSessions
            | Kind::ChangePassword
            | Kind::ForgotPassword
            | Kind::ResetPassword => self.act_on_credentials().await,
            Kind::CreateOrganization
            | Kind::ChangeOrganization
            | Kind::DeleteOrganization
            | Kind::Leave
            | Kind::Suspend
            | Kind::Restore
            | Kind::RemoveMember
            | Kind::TransferOwnership => self.act_on_organization().await,
            Kind::CreateRole
            | Kind::ChangeRole
            | Kind::DeleteRole
            | Kind::ReorderRoles
            | Kind::AssignRole
            | Kind::AddPermission => self.act_on_role().await,
            Kind::Invite
            | Kind::InviteMany
            | Kind::ResendInvitation
            | Kind::RevokeInvitation
            | Kind::AcceptInvitation
            | Kind::DeclineInvitation
            | Kind::SignUpByInvitation
            | Kind::AcceptReceived
            | Kind::DeclineReceived => self.act_on_invitation().await,
            Kind::ReadAccount
            | Kind::ReadOrganization
            | Kind::ReadMembers
            | Kind::ReadInvitations
            | Kind::PreviewInvitation
            | Kind::ReadAudit
            | Kind::ReadPlatform
            | Kind::Check
            | Kind::WhoCan => self.read().await,
        }
    }

    /// Returns the session that acts. Without a live one it logs in.
    async fn actor(&self) -> Result<Actor, Stop> {
        if let Some(session) = self.selected.session {
            return Ok(session);
        }
        let user = self.selected.user.ok_or(Stop::Nothing("there is no account"))?;
        let number = self.known.password_of(user).ok_or(Stop::Nothing("there is no password"))?;
        let request = LogIn { email: email(self.selected.who).to_string(), password: Some(password(number)) };
        let login = self.app.log_in(&Public, &request).await?;
        self.learn_secret(&login.refresh_token);
        self.learn_session(login.access_token.reveal())
    }

    fn learn_session(&self, access_token: &str) -> Result<Actor, Stop> {
        let actor = self.app.read_token(access_token)?;
        self.learned.borrow_mut().push(Learned::Session(actor));
        Ok(actor)
    }

    fn learn_secret(&self, secret: &PlainToken) {
        self.learn_secret_of(secret, self.selected.who);
    }

    fn learn_secret_of(&self, secret: &PlainToken, of: usize) {
        let link = Link { kind: secret.kind(), of, text: secret.reveal().to_owned() };
        self.learned.borrow_mut().push(Learned::Link(link));
    }

    async fn account(&self) -> Result<Authenticated, Stop> {
        Ok(self.app.authority().authenticated(&self.actor().await?).await?)
    }

    async fn admin(&self) -> Result<PlatformAdmin, Stop> {
        Ok(self.app.authority().platform_admin(&self.actor().await?).await?)
    }

    async fn allow<P: Permit>(&self, permission: P) -> Result<Allow<P>, Stop> {
        let (actor, org) = (self.actor().await?, self.org()?);
        Ok(self.app.authority().check(&actor, org, permission).await?)
    }

    async fn run_as_account<C>(&self, command: C) -> Done
    where
        C: Command<Proof = Authenticated, Output: Debug>,
    {
        Ok(shown(&self.app.run(&self.account().await?, &command).await?))
    }

    async fn run_as_admin<C>(&self, command: C) -> Done
    where
        C: Command<Proof = PlatformAdmin, Output: Debug>,
    {
        Ok(shown(&self.app.run(&self.admin().await?, &command).await?))
    }

    async fn run_allowed<P: Permit, C>(&self, permission: P, command: C) -> Done
    where
        C: Command<Proof = Allow<P>, Output: Debug>,
    {
        Ok(shown(&self.app.run(&self.allow(permission).await?, &command).await?))
    }

    async fn run_public<C>(&self, command: C) -> Done
    where
        C: Command<Proof = Public, Output: Debug>,
    {
        Ok(shown(&self.app.run(&Public, &command).await?))
    }

    fn org(&self) -> Result<OrgId, Stop> {
        self.selected.org.ok_or(Stop::Nothing("there is no organization"))
    }

    fn target(&self) -> Result<UserId, Stop> {
        self.selected.target.ok_or(Stop::Nothing("there is no account"))
    }

    /// Returns the secret as a client sends it.
    fn token(&self) -> Result<ClaimedToken, Stop> {
        let link = self.selected.link.as_ref().ok_or(Stop::Nothing("there is no such link"))?;
        Ok(ClaimedToken::new(link.text.clone()))
    }

    fn link_of(&self, kind: TokenKind) -> Option<&Link> {
        self.selected.link.as_ref().filter(|link| link.kind == kind)
    }
}

fn shown(value: &impl Debug) -> String {
    format!("{value:?}")
}
