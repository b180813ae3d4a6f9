//! The ways in which each type of the nouns can be changed.

use bailiwick_invites::{Invitation, InvitationState, InvitationStatus};
use bailiwick_kernel::{
    AuditId, DisplayName, Email, FeedClaimId, InvitationId, Language, Lock, MailId, OrgId, PermissionId,
    RoleId, SessionId, Slug, TargetId, TokenHash, TokenKind, UserId,
};
use bailiwick_orgs::{Membership, MembershipStatus, Organization, Owners};
use bailiwick_rbac::{Pattern, Permission, PermissionSet};
use bailiwick_roles::{CatalogueEntry, Lacking, Level, RequiredGrant, Role, SystemRole};
use bailiwick_users::{
    AccountKey, Activity, Attempts, ClientKey, Exemption, MailedLink, NewSecret, PageRecord, PageSession,
    Pair, PasswordHash, RefreshGrant, RefreshRecord, SecretRef, Session, SessionScope, User, UserChanges,
    UserStatus,
};

use super::record::{choices, records, variants};
use super::text::{OF_NAMES, OF_PLAIN, texts};
use super::values::{Known, Mutate, opaque};

opaque! {
    AuditId, FeedClaimId, InvitationId, MailId, OrgId, PermissionId, RoleId, SessionId, TargetId, UserId,
    AccountKey, TokenHash, Permission,
}

texts! {
    DisplayName: OF_NAMES, as_str, Self::from_stored;
    Email: OF_PLAIN, as_str, Self::from_stored;
    Language: OF_PLAIN, as_str, Self::from_stored;
    Slug: OF_PLAIN, as_str, Self::from_stored;
    PasswordHash: OF_PLAIN, as_str, Self::from_stored;
}

choices! {
    Lock { None, Update }
    UserStatus { Active, Inactive, Pending }
    MembershipStatus { Invited, Active, Suspended, Removed }
    InvitationStatus { Pending, Accepted, Declined, Revoked, Expired, Superseded }
    SystemRole { Owner, Admin, Member, Guest }
}

records! {
    selects: false;
    User {
        id, email, first_name, last_name, status, email_verified, password_hash, platform_admin, created_at,
        last_active, pending_email, exemption, language,
    }
    UserChanges { names, status, emails, email_verified, platform_admin, exemption, language }
    Exemption { from, until }
    Session { id, user_id, device, ip, created_at, last_seen_at, expires_at, ended_at }
    Activity { user_id, session_id, at }
    RefreshGrant { hash, session_id, issued_at, expires_at }
    RefreshRecord { grant, used_at, successor, session }
    PageSession { session_id, cookie, idle_expires_at, authenticated_at }
    PageRecord { page, session }
    NewSecret { kind, user, hash, created_at, expires_at, address }
    MailedLink { kind, user, hash, address, expires_at }
    Attempts { failures, last_at, in_progress, started_at }
    Organization { id, name, slug, created_at }
    Membership { org_id, user_id, role_id, status, invited_until, created_at, joined_at }
    Role { id, org_id, name, description, level, system, permissions, created_at }
    CatalogueEntry { id, org_id, permission, description, created_at }
    Invitation { id, org_id, email, role_id, inviter_id, message, state, expires_at, created_at }
}

records! {
    selects: true;
    Pair { account, client }
    RequiredGrant { role, permission }
    Lacking { orgs, next }
}

variants! {
    SessionScope { One { 0: id }, All {}, AllExcept { 0: id } } or {
        "all for one" => |scope| matches!(scope, Self::One(_)).then_some(Self::All),
        "all for all except one" => |scope| matches!(scope, Self::AllExcept(_)).then_some(Self::All),
        "this one for all except this one" => |scope| match scope {
            Self::AllExcept(id) => Some(Self::One(*id)),
            _ => None,
        },
    };
    SecretRef { Hash { 0: hash }, Of { 0: user } };
    InvitationState {
        Pending {},
        Accepted { at: at },
        Declined { at: at },
        Revoked { at: at },
        Superseded { at: at },
    } or {
        "pending again" => |_| Some(Self::Pending),
        "declined for accepted" => |state| match state {
            Self::Accepted { at } => Some(Self::Declined { at: *at }),
            _ => None,
        },
        "accepted for declined" => |state| match state {
            Self::Declined { at } => Some(Self::Accepted { at: *at }),
            _ => None,
        },
        "superseded for revoked" => |state| match state {
            Self::Revoked { at } => Some(Self::Superseded { at: *at }),
            _ => None,
        },
        "revoked for superseded" => |state| match state {
            Self::Superseded { at } => Some(Self::Revoked { at: *at }),
            _ => None,
        },
    };
}

impl Mutate for TokenKind {
    fn ways() -> Vec<String> {
        vec!["a reset of the password for another kind".to_owned(), "a recovery for another kind".to_owned()]
    }

    fn mutate(&mut self, way: usize, _: &Known) {
        *self = if way == 0 { Self::PasswordReset } else { Self::Recovery };
    }
}

impl Mutate for Level {
    fn ways() -> Vec<String> {
        ["one lower", "one higher"].map(str::to_owned).to_vec()
    }

    fn mutate(&mut self, way: usize, _: &Known) {
        let number = i16::from(self.get());
        *self = Self::from_stored(if way == 0 { number - 1 } else { number + 1 }).unwrap_or(*self);
    }
}

impl Mutate for ClientKey {
    fn ways() -> Vec<String> {
        ["another known value", "the unknown client"].map(str::to_owned).to_vec()
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        let other = if way == 0 { known.other(self) } else { Some(Self::unknown()) };
        *self = other.unwrap_or_else(|| self.clone());
    }
}

impl Mutate for Pattern {
    fn ways() -> Vec<String> {
        ["the whole resource", "everything", "another known value"].map(str::to_owned).to_vec()
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        let wider = match way {
            0 => Self::parse(&format!("{}:*", self.resource())).ok(),
            1 => Self::parse("*").ok(),
            _ => known.other(self),
        };
        *self = wider.unwrap_or_else(|| self.clone());
    }
}

impl Mutate for PermissionSet {
    fn ways() -> Vec<String> {
        Vec::<Pattern>::ways()
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        let mut patterns: Vec<_> = self.iter().cloned().collect();
        patterns.mutate(way, known);
        *self = Self::new(patterns);
    }
}

impl Mutate for Owners {
    fn ways() -> Vec<String> {
        ["one is lost", "all are lost", "any known account is added"].map(str::to_owned).to_vec()
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        // Owners cannot be listed, but those that a test knows were passed to the store before.
        let owners = known.all().filter(|user| self.contains(**user)).copied();
        *self = Self::new(match way {
            0 => owners.skip(1).collect(),
            1 => Vec::new(),
            _ => known.all().copied().collect(),
        });
    }
}
