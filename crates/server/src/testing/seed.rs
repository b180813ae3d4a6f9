//! People who are there at once: organizations with roles and members, by the use cases that a client has.

use std::collections::BTreeMap;
use std::time::Duration;

use bailiwick::app::accounts::{LogIn, LoggedIn, Me, SignUp, VerifyEmail};
use bailiwick::app::authority::permission::{InvitationsWrite, RolesRead, RolesWrite, UsersWrite};
use bailiwick::app::authority::{Allow, Authenticated, Permit, Public};
use bailiwick::app::invitations::{AcceptInvitation, Invite, SignUpByInvitation};
use bailiwick::app::organizations::{ChangeMemberStatus, CreateOrganization, MemberStatusChange};
use bailiwick::app::roles::{CreateRole, ListRoles};
use bailiwick::app::{Actor, App, Error};
use bailiwick::kernel::{ClaimedToken, DisplayName, Email, OrgId, RoleId, UserId};
use bailiwick::problems::Problem;
use bailiwick::rbac::Pattern;
use bailiwick::roles::{Level, RoleDraft};
use bailiwick::users::Password;
use serde::{Deserialize, Serialize};

use super::control::invalid;
use super::mailbox::Mailbox;

/// The password of all accounts.
const PASSWORD: &str = "correct horse battery";
/// How long a mail may take.
const MAIL: Duration = Duration::from_secs(20);

/// What is to be there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    organizations: Vec<Organization>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Organization {
    name: String,
    #[serde(default)]
    roles: Vec<CustomRole>,
    /// The first is the owner.
    members: Vec<Member>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomRole {
    name: String,
    level: i64,
    permissions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    /// The account is `NAME@example.com`. A name that occurs again is the same account.
    name: String,
    role: String,
    #[serde(default)]
    suspended: bool,
}

/// What is there now.
#[derive(Default, Serialize)]
pub struct Created {
    organizations: BTreeMap<String, CreatedOrganization>,
    people: BTreeMap<String, Person>,
}

#[derive(Serialize)]
struct CreatedOrganization {
    id: OrgId,
    /// Ids of all roles by name.
    roles: BTreeMap<String, RoleId>,
}

/// An account with a session of its own.
#[derive(Clone, Serialize)]
struct Person {
    id: UserId,
    email: Email,
    password: &'static str,
    access_token: String,
    refresh_token: String,
}

/// Creates what a seed names. A fault is a problem that points to the field; what was created before it stays.
pub async fn create(app: &App, mailbox: &Mailbox, seed: &Seed) -> Result<Created, Problem> {
    let mut creator = Creator { app, mailbox, created: Created::default() };
    for (number, organization) in seed.organizations.iter().enumerate() {
        creator.organization(organization, &format!("/organizations/{number}")).await?;
    }
    Ok(creator.created)
}

struct Creator<'a> {
    app: &'a App,
    mailbox: &'a Mailbox,
    created: Created,
}

impl Creator<'_> {
    async fn organization(&mut self, organization: &Organization, at: &str) -> Result<(), Problem> {
        let Some((owner, others)) =
            organization.members.split_first().filter(|(first, _)| first.role == "owner")
        else {
            return Err(invalid(&format!("{at}/members/0/role"), "the first member is the owner"));
        };
        let name = display_name(&organization.name, &format!("{at}/name"))?;
        let (owner, org) = self.found(owner, name, &format!("{at}/members/0")).await?;
        for (number, role) in organization.roles.iter().enumerate() {
            let draft = draft(role, &format!("{at}/roles/{number}"))?;
            self.app.run(&self.allow::<RolesWrite>(&owner, org).await?, &CreateRole { draft }).await?;
        }
        let listed = self.app.query(&self.allow::<RolesRead>(&owner, org).await?, &ListRoles).await?;
        let roles: BTreeMap<String, RoleId> =
            listed.iter().map(|role| (role.name.to_string(), role.id)).collect();
        for (number, member) in others.iter().enumerate() {
            let at = format!("{at}/members/{}", number + 1);
            let role =
                *roles.get(&member.role).ok_or_else(|| invalid(&format!("{at}/role"), "no such role"))?;
            self.member(&owner, org, member, role, &at).await?;
        }
        self.created.organizations.insert(organization.name.clone(), CreatedOrganization { id: org, roles });
        Ok(())
    }

    /// Creates the organization, with a new account or one that is there.
    async fn found(
        &mut self,
        owner: &Member,
        name: DisplayName,
        at: &str,
    ) -> Result<(Person, OrgId), Problem> {
        if let Some(person) = self.created.people.get(&owner.name).cloned() {
            let command = CreateOrganization { name, slug: None };
            let org = self.app.run(&self.authenticated(&person).await?, &command).await?.id;
            return Ok((person, org));
        }
        let email = email(owner, at)?;
        let request = SignUp {
            email: email.clone(),
            password: password()?,
            first_name: display_name(&owner.name, &format!("{at}/name"))?,
            last_name: no_name()?,
            organization_name: Some(name),
        };
        self.app.sign_up(&Public, &request).await?;
        let token = self.mailed("verify_email", &email).await?;
        self.app.run(&Public, &VerifyEmail { token }).await?;
        let person = self.log_in(&owner.name, email).await?;
        let me = self.app.query(&self.authenticated(&person).await?, &Me).await?;
        let founded = me.organizations.first().ok_or_else(Problem::internal)?;
        Ok((person, founded.org.id))
    }

    /// Invites a person, who signs up or accepts, and suspends it if the seed says so.
    async fn member(
        &mut self,
        owner: &Person,
        org: OrgId,
        member: &Member,
        role: RoleId,
        at: &str,
    ) -> Result<(), Problem> {
        let email = email(member, at)?;
        let invite = Invite { email: email.clone(), role, message: None };
        self.app.run(&self.allow::<InvitationsWrite>(owner, org).await?, &invite).await?;
        let token = self.mailed("invitation", &email).await?;
        let person = self.join(member, token, email, at).await?;
        if member.suspended {
            let command = ChangeMemberStatus { user: person.id, change: MemberStatusChange::Suspend };
            self.app.run(&self.allow::<UsersWrite>(owner, org).await?, &command).await?;
        }
        Ok(())
    }

    /// Uses an invitation, by an account that is there or a new one.
    async fn join(
        &mut self,
        member: &Member,
        token: ClaimedToken,
        email: Email,
        at: &str,
    ) -> Result<Person, Problem> {
        if let Some(person) = self.created.people.get(&member.name).cloned() {
            self.app.run(&self.authenticated(&person).await?, &AcceptInvitation { token }).await?;
            return Ok(person);
        }
        let request = SignUpByInvitation {
            token,
            email: email.clone(),
            password: password()?,
            first_name: display_name(&member.name, &format!("{at}/name"))?,
            last_name: no_name()?,
        };
        self.app.sign_up_by_invitation(&Public, &request).await?;
        self.log_in(&member.name, email).await
    }

    async fn log_in(&mut self, name: &str, email: Email) -> Result<Person, Problem> {
        let request = LogIn { email: email.to_string(), password: Password::claimed(PASSWORD) };
        let LoggedIn { access_token, refresh_token, .. } = self.app.log_in(&Public, &request).await?;
        let access_token = access_token.reveal().to_owned();
        let id = self.app.read_token(&access_token).map_err(Error::from)?.user;
        let refresh_token = refresh_token.reveal().to_owned();
        let person = Person { id, email, password: PASSWORD, access_token, refresh_token };
        self.created.people.insert(name.to_owned(), person.clone());
        Ok(person)
    }

    /// Returns the token of the newest mail of this kind to an address, and forgets the mail to it.
    async fn mailed(&self, kind: &str, to: &Email) -> Result<ClaimedToken, Problem> {
        let token = self.mailbox.token(kind, to, MAIL).await;
        self.mailbox.clear(Some(to));
        let token =
            token.ok_or_else(|| Problem::internal_because(format!("no mail of kind {kind} to {to}")))?;
        Ok(ClaimedToken::new(token))
    }

    fn actor(&self, person: &Person) -> Result<Actor, Problem> {
        Ok(self.app.read_token(&person.access_token).map_err(Error::from)?)
    }

    async fn authenticated(&self, person: &Person) -> Result<Authenticated, Problem> {
        Ok(self.app.authority().authenticated(&self.actor(person)?).await?)
    }

    async fn allow<P: Permit>(&self, person: &Person, org: OrgId) -> Result<Allow<P>, Problem> {
        Ok(self.app.authority().check_uncached(&self.actor(person)?, org).await?)
    }
}

fn email(member: &Member, at: &str) -> Result<Email, Problem> {
    let text = format!("{}@example.com", member.name);
    Email::parse(&text).map_err(|error| invalid(&format!("{at}/name"), &error.to_string()))
}

fn display_name(text: &str, at: &str) -> Result<DisplayName, Problem> {
    DisplayName::parse(text).map_err(|error| invalid(at, &error.to_string()))
}

fn draft(role: &CustomRole, at: &str) -> Result<RoleDraft, Problem> {
    let level =
        Level::custom(role.level).map_err(|error| invalid(&format!("{at}/level"), &error.to_string()))?;
    let pattern = |text: &String| {
        Pattern::parse(text).map_err(|error| invalid(&format!("{at}/permissions"), &error.to_string()))
    };
    let permissions = role.permissions.iter().map(pattern).collect::<Result<_, _>>()?;
    let name = display_name(&role.name, &format!("{at}/name"))?;
    Ok(RoleDraft { name, description: String::new(), level, permissions })
}

fn password() -> Result<Password, Problem> {
    Password::parse(PASSWORD).map_err(Problem::internal_because)
}

/// A person needs no family name.
fn no_name() -> Result<DisplayName, Problem> {
    DisplayName::parse_optional("").map_err(Problem::internal_because)
}
