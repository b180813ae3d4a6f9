//! The rules alone: permissions, roles and invitations without a database, a server or a runtime.
//!
//! `cargo run -p bailiwick --example domain-only`. A program that needs only this depends on
//! `bailiwick-rbac`, `bailiwick-roles`, `bailiwick-invites` and `bailiwick-kernel`; their names here are
//! those that the crate `bailiwick` gives them.

use std::error::Error;
use std::io::{Write, stdout};

use bailiwick::invites::{Invitation, InvitationState};
use bailiwick::kernel::{DisplayName, Email, InvitationId, OrgId, RoleId, Timestamp};
use bailiwick::rbac::{Pattern, Permission, PermissionSet};
use bailiwick::roles::{Holder, Level, Role, SystemRole};

const ID: &str = "0198c5a0-7d3e-7000-8000-000000000001";
const HOUR: i64 = 3_600;

/// Prints what the rules decide.
pub fn main() -> Result<(), Box<dyn Error>> {
    run(&mut stdout())
}

/// Writes what the rules decide.
pub fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    permissions(out)?;
    containment(out)?;
    roles(out)?;
    invitation(out)
}

/// A set of grants answers whether its holder may do something, and why.
fn permissions(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let editor = PermissionSet::parse(["articles:*", "comments:read"])?;
    for name in ["articles:publish", "comments:delete", "invoices:read"] {
        writeln!(out, "{name}: {}", editor.decide(&Permission::parse(name)?))?;
    }
    Ok(())
}

/// A holder may grant a pattern only if the own grants cover all that it stands for.
fn containment(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let editor = PermissionSet::parse(["articles:*", "comments:read"])?;
    for grant in ["articles:re*", "comments:*", "*:read"] {
        writeln!(out, "may grant {grant}: {}", editor.covers(&Pattern::parse(grant)?))?;
    }
    Ok(())
}

/// A caller creates and hands out roles below the own level, and within the own permissions.
fn roles(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let held = PermissionSet::parse(["articles:*", "roles:*"])?;
    let chief = Holder { level: Level::custom(50)?, is_owner: false, permissions: &held };
    for (name, level, grant) in
        [("writer", 30, "articles:write"), ("accountant", 30, "invoices:*"), ("peer", 50, "articles:read")]
    {
        let verdict = match chief.may_create(&role(name, Level::custom(level)?, grant)?) {
            Ok(()) => "yes".to_owned(),
            Err(refusal) => refusal.to_string(),
        };
        writeln!(out, "may create {name}: {verdict}")?;
    }
    Ok(())
}

fn role(name: &str, level: Level, grant: &str) -> Result<Role, Box<dyn Error>> {
    Ok(Role {
        id: RoleId::parse(ID).ok_or("an id")?,
        org_id: OrgId::parse(ID).ok_or("an id")?,
        name: DisplayName::parse(name)?,
        description: String::new(),
        level,
        system: SystemRole::parse(name), // `None`: none of these is a system role
        permissions: vec![Pattern::parse(grant)?],
        created_at: at(0)?,
    })
}

/// An invitation is closed once. Its expiry is a question of the time, which is always an argument.
fn invitation(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut invitation = Invitation {
        id: InvitationId::parse(ID).ok_or("an id")?,
        org_id: OrgId::parse(ID).ok_or("an id")?,
        email: Email::parse("bob@example.com")?,
        role_id: RoleId::parse(ID),
        inviter_id: None,
        message: None,
        state: InvitationState::Pending,
        expires_at: at(24 * HOUR)?,
        created_at: at(0)?,
    };
    for hours in [23, 24] {
        writeln!(out, "after {hours} hours: {}", invitation.status(at(hours * HOUR)?).as_str())?;
    }
    if let Err(refusal) = invitation.require_email(&Email::parse("eve@example.com")?) {
        writeln!(out, "eve accepts: {refusal}")?;
    }
    invitation.accept(at(HOUR)?)?;
    writeln!(out, "bob accepts: {}", invitation.status(at(HOUR)?).as_str())?;
    if let Err(refusal) = invitation.accept(at(2 * HOUR)?) {
        writeln!(out, "bob accepts again: {refusal}")?;
    }
    Ok(())
}

fn at(seconds: i64) -> Result<Timestamp, &'static str> {
    Timestamp::from_unix_seconds(seconds).ok_or("a time")
}
