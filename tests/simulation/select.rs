//! What the numbers of a step select among what is known, and the sentence that says so.

use bailiwick::app::Actor;
use bailiwick::kernel::{InvitationId, MailId, OrgId, RoleId, TokenKind, UserId};
use time::Duration;

use crate::history::Step;
use crate::kind::Kind;
use crate::known::{Known, Link, NAMES};

/// What a step is about. A part is `None` if there is nothing of its sort yet.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The person who acts.
    pub who: usize,
    /// The account of that person.
    pub user: Option<UserId>,
    /// A live session of the account, or an older one if the step wants one.
    pub session: Option<Actor>,
    /// The other person.
    pub on: usize,
    /// The account that is acted on.
    pub target: Option<UserId>,
    /// The organization.
    pub org: Option<OrgId>,
    /// The role.
    pub role: Option<RoleId>,
    /// The secret that is used.
    pub link: Option<Link>,
    /// The invitation.
    pub invitation: Option<InvitationId>,
    /// The mail.
    pub mail: Option<MailId>,
    /// The session to end.
    pub ended: Option<Actor>,
}

impl Selected {
    /// Selects what `step` is about.
    pub fn new(step: &Step, known: &Known) -> Self {
        let who = actor(step, known);
        let user = known.accounts[who];
        let sessions = user.map(|user| known.sessions_near(user)).unwrap_or_default();
        let live = user.and_then(|user| known.live_session(user));
        let older = || sessions.iter().filter(|actor| Some(actor.user) == user).nth(step.session).copied();
        let org = pick(&known.orgs_near(user), step.at);
        let address = user.and_then(|user| known.state.user(user)).map(|user| user.email.clone());
        let received = matches!(step.kind, Kind::AcceptReceived | Kind::DeclineReceived);
        let invitations =
            known.invitations_near(
                |of, to| {
                    if received { Some(to) == address.as_ref() } else { Some(*of) == org }
                },
            );
        let target = target(step, known, user, org);
        Self {
            who,
            user,
            session: if step.session == 0 { live } else { older().or(live) },
            on: step.on,
            target,
            org,
            role: org.and_then(|org| role(step, known, org)),
            link: pick(&known.links_near(links_of(step.kind), who), step.at).cloned(),
            invitation: pick(&invitations, step.at),
            mail: pick(&known.mail.iter().rev().copied().collect::<Vec<_>>(), step.at),
            ended: pick(&sessions, step.at),
        }
    }

    /// Returns the sentence of the step.
    pub fn sentence(&self, step: &Step, known: &Known) -> String {
        let org = self.org.and_then(|org| known.orgs.iter().position(|one| *one == org));
        let role = self.role.and_then(|id| known.roles.iter().find(|role| role.1 == id));
        let link = self.link.as_ref().and_then(|link| known.links.iter().position(|one| one == link));
        let invitation = self.invitation.and_then(|id| known.invitations.iter().position(|one| one.1 == id));
        let target = self.target.and_then(|id| known.state.user(id)).map(|user| user.email.as_str());
        let on = target.and_then(|email| email.split('@').next()).unwrap_or(NAMES[self.on]);
        let numbered = |what: &str, number: Option<usize>| match number {
            Some(number) => format!("{what} {}", number + 1),
            None => format!("no {what}"),
        };
        let words = [
            ("{who}", NAMES[self.who].to_owned()),
            ("{on}", on.to_owned()),
            ("{org}", numbered("org", org)),
            ("{role}", role.map_or_else(|| "no role".to_owned(), |role| role_name(role, self.org))),
            ("{link}", numbered("link", link)),
            ("{invitation}", numbered("invitation", invitation)),
            ("{at}", step.at.to_string()),
            ("{what}", step.what.to_string()),
            ("{span}", span(step).to_string()),
        ];
        let sentence = step.kind.sentence().to_owned();
        let sentence = words.iter().fold(sentence, |sentence, (word, text)| sentence.replace(word, text));
        let live = self.user.and_then(|user| known.live_session(user));
        if self.session == live { sentence } else { format!("{sentence} (in an older session)") }
    }
}

fn role_name(role: &(OrgId, RoleId, String), org: Option<OrgId>) -> String {
    if Some(role.0) == org { role.2.clone() } else { format!("{} (of another org)", role.2) }
}

/// Returns the time that a step lets pass.
pub fn span(step: &Step) -> Duration {
    let spans = [
        Duration::seconds(1),
        Duration::seconds(5),
        Duration::seconds(31),
        Duration::minutes(6),
        Duration::minutes(61),
        Duration::hours(25),
        Duration::hours(49),
        Duration::days(8),
        Duration::days(15),
        Duration::days(31),
    ];
    spans[step.what % spans.len()]
}

/// Returns the person who acts: one with an account, if the step needs one.
fn actor(step: &Step, known: &Known) -> usize {
    let account = |person: &usize| known.accounts[*person].and_then(|id| known.state.user(id));
    if step.who < 5
        && let Some(newest) = known.links_near(links_of(step.kind), step.who).first()
    {
        return newest.of;
    }
    if is_public(step.kind) {
        return step.who;
    }
    let is_admin = |person: &usize| account(person).is_some_and(|user| user.platform_admin);
    if is_for_administrators(step.kind)
        && step.who < 4
        && let Some(admin) = (0..NAMES.len()).find(is_admin)
    {
        return admin;
    }
    let people = || (0..NAMES.len()).filter(|person| account(person).is_some());
    let is_member = |person: &usize| {
        let memberships = known.accounts[*person].and_then(|id| known.state.memberships.get(&id));
        memberships.is_some_and(|all| all.iter().any(|record| record.membership.is_member()))
    };
    let members: Vec<_> = people().filter(is_member).collect();
    let chosen = if step.who < 5 { pick(&members, step.who) } else { None };
    chosen.or_else(|| pick(&people().collect::<Vec<_>>(), step.who)).unwrap_or(step.who)
}

/// Returns a role of the organization, or of any if the step wants one; a custom role, if it is to be changed.
fn role(step: &Step, known: &Known, org: OrgId) -> Option<RoleId> {
    let mut custom = known.state.roles.get(&org).into_iter().flatten().filter(|role| role.system.is_none());
    if matches!(step.kind, Kind::ChangeRole | Kind::DeleteRole)
        && step.what < 9
        && let Some(role) = custom.next()
    {
        return Some(role.id);
    }
    let roles = known.roles_near(org);
    let own: Vec<_> = roles.iter().filter(|role| role.0 == org).cloned().collect();
    let chosen = if step.what < 10 { pick(&own, step.what) } else { None };
    chosen.or_else(|| pick(&roles, step.what)).map(|role| role.1)
}

/// Returns the account that is acted on: members first, where the step is about an organization.
fn target(step: &Step, known: &Known, user: Option<UserId>, org: Option<OrgId>) -> Option<UserId> {
    if matches!(step.kind, Kind::Invite | Kind::InviteMany | Kind::ChangeEmail) {
        return None;
    }
    let accounts: Vec<_> = known.accounts.iter().flatten().copied().collect();
    if is_for_administrators(step.kind) || step.kind == Kind::ImportPassword {
        return pick(&accounts, step.on);
    }
    let is_member = |account: &UserId| org.is_some_and(|org| known.state.member(org, *account).is_some());
    let others = |account: &&UserId| Some(**account) != user;
    let (mut near, far): (Vec<_>, Vec<_>) = accounts.iter().filter(others).partition(|one| is_member(one));
    near.extend(far);
    near.extend(user);
    pick(&near, step.on)
}

fn is_public(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::SetUp
            | Kind::CreateAdmin
            | Kind::IssueRecovery
            | Kind::SignUp
            | Kind::VerifyEmail
            | Kind::ResendVerification
            | Kind::ForgotPassword
            | Kind::ResetPassword
            | Kind::ConfirmEmail
            | Kind::DeclineInvitation
            | Kind::SignUpByInvitation
            | Kind::PreviewInvitation
    )
}

fn is_for_administrators(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::DeactivateUser
            | Kind::ActivateUser
            | Kind::DeleteUser
            | Kind::UnlockUser
            | Kind::ExemptUser
            | Kind::SendMail
            | Kind::ReadPlatform
    )
}

/// Returns the kinds of the secrets that a step uses.
fn links_of(kind: Kind) -> &'static [TokenKind] {
    match kind {
        Kind::SetUp => &[TokenKind::Setup],
        Kind::VerifyEmail => &[TokenKind::EmailVerification],
        Kind::VisitPage | Kind::SignIn => &[TokenKind::PageSession],
        Kind::Refresh => &[TokenKind::Refresh],
        Kind::ResetPassword => &[TokenKind::PasswordReset, TokenKind::Recovery, TokenKind::AdminRecovery],
        Kind::ConfirmEmail => &[TokenKind::EmailChange],
        Kind::RedeemTicket => &[TokenKind::Ticket],
        Kind::AcceptInvitation
        | Kind::DeclineInvitation
        | Kind::SignUpByInvitation
        | Kind::PreviewInvitation => &[TokenKind::Invitation],
        _ => &[],
    }
}

fn pick<T: Clone>(all: &[T], at: usize) -> Option<T> {
    all.get(at % all.len().max(1)).cloned()
}
