//! The take-over, as commands: each account is a transaction, and each organization with its roles and
//! members. They write by the ports of the store, so they run on PostgreSQL, too, and leave audit rows.
//!
//! A second run finds every row by its id and changes nothing.

use std::fmt;

use async_trait::async_trait;
use bailiwick::app::audit::{Action, AuditEvent};
use bailiwick::app::authority::Public;
use bailiwick::app::{App, Command, Error, Work};
use bailiwick::kernel::{Lock, OrgId, RoleId};
use bailiwick::orgs::{Membership, OrgError};
use bailiwick::roles::Role;
use bailiwick::users::UserError;

use super::dump::{Dump, MemberRow, OrganizationRow, RoleRow, UserRow};

/// What a run did.
#[derive(Default)]
pub struct Report {
    /// Number of rows that were taken over.
    pub taken: usize,
    /// Number of rows that were here already.
    pub unchanged: usize,
    /// The rows that were refused, with the reason.
    pub refused: Vec<String>,
}

/// What became of one row: `true` if it was taken over now, `false` if it was here; or the reason of its
/// refusal.
type Outcome = Result<bool, String>;

impl Report {
    fn add(&mut self, row: impl fmt::Display, outcome: Outcome) {
        match outcome {
            Ok(true) => self.taken += 1,
            Ok(false) => self.unchanged += 1,
            Err(reason) => self.refused.push(format!("{row}: {reason}")),
        }
    }
}

/// Takes a dump over. A row that breaks a rule is refused, and the others are still taken over; an error
/// means that the store failed.
pub async fn take_over(app: &App, dump: &Dump) -> Result<Report, Error> {
    let mut report = Report::default();
    for row in &dump.users {
        let outcome = app.run(&Public, &TakeOverUser(row)).await?;
        report.add(format!("user {}", row.email), outcome);
    }
    for row in &dump.organizations {
        let roles = dump.roles.iter().filter(|role| role.organization_id == row.id);
        let members = dump.organization_members.iter().filter(|member| member.organization_id == row.id);
        let command = TakeOverOrganization {
            row,
            roles: roles.map(|role| (role, dump.grants_of(role.id))).collect(),
            members: members.collect(),
        };
        match app.run(&Public, &command).await {
            Ok(outcomes) => outcomes.into_iter().for_each(|(row, outcome)| report.add(row, outcome)),
            // The whole organization is rolled back.
            Err(Error::Org(refusal)) => {
                report.add(format!("organization {}", row.name), Err(refusal.to_string()));
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(report)
}

/// Takes an account over. The program itself runs it, no route does, so its proof is public.
struct TakeOverUser<'a>(&'a UserRow);

#[async_trait]
impl Command for TakeOverUser<'_> {
    type Proof = Public;
    type Output = Outcome;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Outcome, Error> {
        let user = match self.0.to_user() {
            Ok(user) => user,
            Err(reason) => return Ok(Err(reason)),
        };
        if work.tx.users().find(user.id, Lock::None).await?.is_some() {
            return Ok(Ok(false));
        }
        if work.tx.users().find_by_email(&user.email, Lock::Update).await?.is_some() {
            return Ok(Err(UserError::EmailTaken.to_string()));
        }
        work.tx.users().insert(&user).await?;
        let event = AuditEvent::new(Action::AccountSignUp, user.id).after("email", &user.email);
        work.audit(event.after("status", &user.status));
        Ok(Ok(true))
    }
}

/// Takes an organization over, with its roles and members.
struct TakeOverOrganization<'a> {
    row: &'a OrganizationRow,
    roles: Vec<(&'a RoleRow, Vec<String>)>,
    members: Vec<&'a MemberRow>,
}

/// The roles of an organization here, and the former id of each that was taken over.
type Roles = Vec<(RoleId, Role)>;

#[async_trait]
impl Command for TakeOverOrganization<'_> {
    type Proof = Public;
    type Output = Vec<(String, Outcome)>;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Self::Output, Error> {
        let (org, name) = (self.row.id, format!("organization {}", self.row.name));
        let mut outcomes = Vec::new();
        // Every command locks the organization before anything in it.
        if work.tx.orgs().find(org, Lock::Update).await?.is_some() {
            outcomes.push((name, Ok(false)));
        } else {
            match self.found(work).await? {
                Ok(()) => outcomes.push((name, Ok(true))),
                Err(reason) => return Ok(vec![(name, Err(reason))]),
            }
        }
        let roles = self.take_over_roles(work, &mut outcomes).await?;
        for member in &self.members {
            let outcome = take_over_member(work, member, &roles).await?;
            outcomes.push((format!("member {} of {}", member.user_id, self.row.name), outcome));
        }
        // The rule that every organization has an active owner. The error rolls everything back.
        if work.tx.orgs().lock_owners(org).await?.is_empty() {
            return Err(OrgError::LastOwner.into());
        }
        Ok(outcomes)
    }
}

impl TakeOverOrganization<'_> {
    /// Stores the organization and the four system roles that every one has.
    async fn found(&self, work: &mut Work<'_, Public>) -> Result<Result<(), String>, Error> {
        let org = match self.row.to_organization() {
            Ok(org) => org,
            Err(reason) => return Ok(Err(reason)),
        };
        work.tx.orgs().insert(&org).await?; // `SlugTaken` refuses the organization
        for role in Role::born_with(org.id, work.settings.product(), work.ids, work.now) {
            work.tx.roles().insert(&role).await?;
        }
        let event = AuditEvent::new(Action::OrganizationCreate, org.id).within(org.id);
        work.audit(event.after("name", &org.name).after("slug", &org.slug));
        Ok(Ok(()))
    }

    /// Returns the roles that members may have.
    async fn take_over_roles(
        &self,
        work: &mut Work<'_, Public>,
        outcomes: &mut Vec<(String, Outcome)>,
    ) -> Result<Roles, Error> {
        let mut roles = Roles::new();
        for (row, grants) in &self.roles {
            let outcome = match take_over_role(work, self.row.id, row, grants).await? {
                Ok((role, is_new)) => {
                    roles.push((row.id, role));
                    Ok(is_new)
                }
                Err(reason) => Err(reason),
            };
            outcomes.push((format!("role {} of {}", row.name, self.row.name), outcome));
        }
        Ok(roles)
    }
}

/// Returns the role of a row, and whether it is new. A refused statement would end the transaction of
/// PostgreSQL, so name and level are compared before the role is inserted.
async fn take_over_role(
    work: &mut Work<'_, Public>,
    org: OrgId,
    row: &RoleRow,
    grants: &[String],
) -> Result<Result<(Role, bool), String>, Error> {
    let existing = work.tx.roles().list(org).await?;
    if row.is_system_role {
        let role = row.to_system_role().map(|system| existing.into_iter().find(|r| r.system == Some(system)));
        return Ok(role.and_then(|role| Ok((role.ok_or("the organization lacks this role")?, false))));
    }
    if let Some(role) = existing.iter().find(|role| role.id == row.id) {
        return Ok(Ok((role.clone(), false)));
    }
    let role = match row.to_custom_role(grants, work.now) {
        Ok(role) => role,
        Err(reason) => return Ok(Err(reason)),
    };
    let is_same = |name: &str| name.to_lowercase() == role.name.as_str().to_lowercase();
    if let Some(other) =
        existing.iter().find(|other| is_same(other.name.as_str()) || other.level == role.level)
    {
        return Ok(Err(format!("role {} has its name or its level, {}", other.name, other.level.get())));
    }
    work.tx.roles().insert(&role).await?;
    let event = AuditEvent::new(Action::RoleCreate, role.id).within(org).after("name", &role.name);
    work.audit(event.after("level", &role.level).after("permissions", &role.permissions));
    Ok(Ok((role, true)))
}

async fn take_over_member(
    work: &mut Work<'_, Public>,
    row: &MemberRow,
    roles: &Roles,
) -> Result<Outcome, Error> {
    let (org, user) = (row.organization_id, row.user_id);
    let Some((_, role)) = roles.iter().find(|(former, _)| *former == row.role_id) else {
        return Ok(Err("the role is not taken over".to_owned()));
    };
    let status = match row.to_status() {
        Ok(status) => status,
        Err(reason) => return Ok(Err(reason)),
    };
    if work.tx.users().find(user, Lock::None).await?.is_none() {
        return Ok(Err("the user is not taken over".to_owned()));
    }
    if work.tx.directory().find_member(org, user).await?.is_some() {
        return Ok(Ok(false));
    }
    let membership = Membership { status, ..Membership::active(org, user, role.id, work.now) };
    work.tx.orgs().insert_membership(&membership).await?;
    let event = AuditEvent::new(Action::MemberJoin, user).within(org).after("role", role);
    work.audit(event.after("status", &status));
    Ok(Ok(true))
}
