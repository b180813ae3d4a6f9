//! What the people of a history know: ids and secrets, from which the numbers of a step select.

use bailiwick::app::Actor;
use bailiwick::kernel::{Email, InvitationId, MailId, OrgId, RoleId, SessionId, TokenKind, UserId};
use bailiwick::orgs::MembershipStatus;
use bailiwick::users::Password;
use bailiwick_testkit::QuickHasher;

use crate::snapshot::Snapshot;

/// The first names, and the local parts of the addresses.
pub const NAMES: [&str; 6] = ["ada", "bob", "carol", "dave", "eve", "root"];
/// The passwords that people choose from.
pub const PASSWORDS: [&str; 3] = ["correct horse battery", "wrong donkey charger", "rusty mule generator"];

/// A secret that a mail or an answer delivered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Its kind.
    pub kind: TokenKind,
    /// The person who has it.
    pub of: usize,
    /// The secret.
    pub text: String,
}

/// What the answer to a step tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Learned {
    /// A session was opened.
    Session(Actor),
    /// A secret was delivered.
    Link(Link),
}

/// Ids and secrets that occurred in the history, also those of what is gone.
#[derive(Clone, Default)]
pub struct Known {
    /// The state after the last step.
    pub state: Snapshot,
    /// Organizations in the order of their creation.
    pub orgs: Vec<OrgId>,
    /// Roles with their organizations, in the order of their creation.
    pub roles: Vec<(OrgId, RoleId, String)>,
    /// Invitations with organization and recipient, in the order of their creation.
    pub invitations: Vec<(OrgId, InvitationId, Email)>,
    /// The last account of each address.
    pub accounts: [Option<UserId>; NAMES.len()],
    /// The mail, oldest first.
    pub mail: Vec<MailId>,
    /// Sessions in the order in which they were opened.
    pub sessions: Vec<Actor>,
    /// Secrets in the order in which they were delivered.
    pub links: Vec<Link>,
}

/// Returns the address of a person.
pub fn email(person: usize) -> Email {
    Email::parse(&format!("{}@example.com", NAMES[person % NAMES.len()])).unwrap()
}

/// Returns the person of an address.
pub fn person(email: &Email) -> usize {
    let name = email.as_str().split('@').next().unwrap_or_default();
    NAMES.iter().position(|known| *known == name).unwrap()
}

/// Returns a password.
pub fn password(number: usize) -> Password {
    Password::parse(PASSWORDS[number % PASSWORDS.len()]).unwrap()
}

impl Known {
    /// Takes what a step told.
    pub fn learn(&mut self, learned: Vec<Learned>) {
        for item in learned {
            match item {
                Learned::Session(actor) => self.sessions.push(actor),
                Learned::Link(link) if self.links.contains(&link) => {}
                Learned::Link(link) => self.links.push(link),
            }
        }
    }

    /// Takes the state after a step.
    pub fn update(&mut self, state: Snapshot) {
        for user in &state.users {
            self.accounts[person(&user.email)] = Some(user.id);
        }
        let mut orgs: Vec<_> = state.orgs.iter().map(|org| org.id).chain(state.archived.clone()).collect();
        orgs.sort_unstable();
        add_new(&mut self.orgs, orgs.into_iter());
        let roles = state.roles.values().flatten();
        let mut roles: Vec<_> = roles.map(|role| (role.org_id, role.id, role.name.to_string())).collect();
        roles.sort_by_key(|(_, id, _)| *id);
        for role in roles {
            match self.roles.iter_mut().find(|known| known.1 == role.1) {
                Some(known) => *known = role,
                None => self.roles.push(role),
            }
        }
        let invitations = state.invitations.iter();
        add_new(&mut self.invitations, invitations.map(|row| (row.org_id, row.id, row.email.clone())));
        add_new(&mut self.mail, state.mail.iter().rev().map(|mail| mail.id));
        self.state = state;
    }

    /// Returns the number of the password of an account; `None` if it has another.
    pub fn password_of(&self, user: UserId) -> Option<usize> {
        let stored = &self.state.user(user)?.password_hash;
        let fits = |number: &usize| {
            let password = password(*number);
            *stored == QuickHasher::current(&password) || *stored == QuickHasher::outdated(&password)
        };
        (0..PASSWORDS.len()).find(fits)
    }

    /// Returns the newest live session of an account.
    pub fn live_session(&self, user: UserId) -> Option<Actor> {
        let live = self.state.sessions.get(&user)?;
        let is_live = |id: SessionId| live.iter().any(|session| session.id == id);
        self.sessions.iter().rev().copied().find(|actor| actor.user == user && is_live(actor.session))
    }

    /// Returns the sessions, those of `user` first, the newest first of each.
    pub fn sessions_near(&self, user: UserId) -> Vec<Actor> {
        nearest(self.sessions.iter().rev().copied(), |actor| actor.user == user)
    }

    /// Returns the secrets of these kinds, those of `person` first, the newest first of each.
    pub fn links_near(&self, kinds: &[TokenKind], person: usize) -> Vec<&Link> {
        let links = self.links.iter().rev().filter(|link| kinds.contains(&link.kind));
        nearest(links, |link| link.of == person)
    }

    /// Returns the organizations, those of which `user` is an active member first.
    pub fn orgs_near(&self, user: Option<UserId>) -> Vec<OrgId> {
        let member = |org| self.state.member(org, user?).map(|record| record.membership.status);
        nearest(self.orgs.iter().copied(), |org| member(*org) == Some(MembershipStatus::Active))
    }

    /// Returns the roles, those of `org` first.
    pub fn roles_near(&self, org: OrgId) -> Vec<(OrgId, RoleId, String)> {
        nearest(self.roles.iter().cloned(), |role| role.0 == org)
    }

    /// Returns the invitations, those that `is_near` first, the newest first of each.
    pub fn invitations_near(&self, is_near: impl Fn(&OrgId, &Email) -> bool) -> Vec<InvitationId> {
        let all = self.invitations.iter().rev();
        nearest(all, |(org, _, to)| is_near(org, to)).into_iter().map(|(_, id, _)| *id).collect()
    }
}

fn nearest<T>(all: impl Iterator<Item = T>, is_near: impl Fn(&T) -> bool) -> Vec<T> {
    let (mut near, far): (Vec<_>, Vec<_>) = all.partition(is_near);
    near.extend(far);
    near
}

fn add_new<T: PartialEq>(known: &mut Vec<T>, found: impl Iterator<Item = T>) {
    for item in found {
        if !known.contains(&item) {
            known.push(item);
        }
    }
}
