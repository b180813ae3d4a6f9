//! The repositories of a mutant.

use bailiwick_app::OutgoingMail;
use bailiwick_app::audit::{AuditFilter, Entry};
use bailiwick_app::feed::{
    FeedBatch, FeedClaim, FeedClaimRequest, FeedProgress, FeedRepo, FeedStart, ReaderName,
};
use bailiwick_app::platform::{MailFilter, MailRecord, OrgFilter, OrgRecord, UserFilter};
use bailiwick_app::ports::{
    AttemptRepo, AuditRepo, Delivery, DirectoryRepo, InvitationFilter, InvitationRecord, InviteRepo,
    MailClaim, MemberFilter, MemberRecord, OrgRepo, OrgScope, OrgWithRole, OutboxRepo, PlatformRepo,
    RoleRepo, SecretRepo, SessionRepo, TicketRepo, UserRepo,
};
use bailiwick_app::sockets::Ticket;
use bailiwick_invites::ports::InvitationKey;
use bailiwick_invites::{Invitation, InviteError};
use bailiwick_kernel::{
    Email, Lock, MailId, OrgId, Page, PageRequest, RoleId, SessionId, StoreError, Timestamp, TokenHash,
    TokenKind, UserId,
};
use bailiwick_orgs::{Membership, OrgError, Organization, Owners};
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_roles::{CatalogueEntry, Lacking, Level, RequiredGrant, Role, RoleError};
use bailiwick_users::{
    AccountKey, Attempts, MailedLink, NewSecret, PageRecord, PageSession, Pair, PasswordHash, RefreshGrant,
    RefreshRecord, SecretRef, Session, SessionScope, User, UserChanges, UserError,
};

use super::port::port;
use super::tx::MutantTx;

port! {
    UserRepo for MutantTx by users of &mut Self, UserError {
        reads find(id: UserId, lock: Lock) -> Option<User>;
        reads find_by_email(email: &Email, lock: Lock) -> Option<User>;
        writes insert(user: &User) -> ();
        writes update(id: UserId, changes: &UserChanges) -> ();
        writes replace_password(id: UserId, old: &PasswordHash, new: &PasswordHash) -> bool;
        writes delete(id: UserId) -> ();
    }
}

port! {
    SessionRepo for MutantTx by sessions of &mut Self, UserError {
        writes insert(session: &Session, refresh: &RefreshGrant) -> ();
        writes insert_page(session: &Session, page: &PageSession) -> ();
        reads list(user: UserId, now: Timestamp, page: PageRequest) -> Page<Session>;
        writes end(user: UserId, scope: SessionScope, now: Timestamp) -> u64;
        reads find_by_refresh(hash: &TokenHash, lock: Lock) -> Option<RefreshRecord>;
        writes rotate(used: &TokenHash, next: &RefreshGrant, now: Timestamp) -> bool;
        reads find_page(cookie: &TokenHash) -> Option<PageRecord>;
        writes extend_page(id: SessionId, until: Timestamp) -> ();
        writes confirm_page(id: SessionId, at: Timestamp) -> bool;
    }
}

port! {
    SecretRepo for MutantTx by secrets of &mut Self, UserError {
        writes issue(secret: &NewSecret) -> ();
        reads find(kind: TokenKind, hash: &TokenHash, now: Timestamp) -> Option<UserId>;
        writes consume(kind: TokenKind, secret: SecretRef, now: Timestamp) -> Option<UserId>;
        reads find_link(kind: TokenKind, hash: &TokenHash, now: Timestamp) -> Option<MailedLink>;
        writes revoke(user: UserId, kinds: &[TokenKind]) -> ();
        writes issue_setup(hash: &TokenHash, expires_at: Timestamp) -> ();
        reads is_setup(hash: &TokenHash, now: Timestamp) -> bool;
        writes consume_setup(hash: &TokenHash, now: Timestamp) -> bool;
    }
}

port! {
    AttemptRepo for MutantTx by attempts of &mut Self, UserError {
        reads find(pair: &Pair, now: Timestamp, lock: Lock) -> Attempts;
        writes store(pair: &Pair, attempts: &Attempts) -> ();
        writes clear(account: &AccountKey) -> ();
        writes delete_stale(cutoff: Timestamp, limit: usize) -> ();
    }
}

port! {
    OrgRepo for MutantTx by orgs of &mut Self, OrgError {
        writes insert(org: &Organization) -> ();
        reads find(id: OrgId, lock: Lock) -> Option<Organization>;
        reads lock_owners(id: OrgId) -> Owners;
        writes update(org: &Organization) -> ();
        writes delete(id: OrgId) -> ();
        writes set_archived(id: OrgId, at: Option<Timestamp>) -> ();
        writes insert_membership(membership: &Membership) -> ();
        writes update_membership(membership: &Membership) -> ();
        writes delete_membership(org: OrgId, user: UserId) -> ();
    }
}

port! {
    RoleRepo for MutantTx by roles of &mut Self, RoleError {
        writes insert(role: &Role) -> ();
        reads find(org: OrgId, id: RoleId) -> Option<Role>;
        reads list(org: OrgId) -> Vec<Role>;
        writes update(role: &Role) -> ();
        writes set_levels(org: OrgId, levels: &[(RoleId, Level)]) -> ();
        writes delete(org: OrgId, id: RoleId, now: Timestamp) -> ();
        reads find_lacking(required: &[RequiredGrant], after: Option<OrgId>, limit: u32) -> Lacking;
        reads lock_system_roles(orgs: &[OrgId]) -> Vec<Role>;
        writes add_grants(grants: &[(RoleId, Vec<Pattern>)]) -> ();
        writes insert_entry(entry: &CatalogueEntry) -> bool;
        reads list_entries(org: Option<OrgId>, permission: Option<&Permission>) -> Vec<CatalogueEntry>;
    }
}

port! {
    InviteRepo for MutantTx by invites of &mut Self, InviteError {
        writes insert(invitation: &Invitation, token: &TokenHash) -> ();
        reads find(key: InvitationKey<'_>) -> Option<Invitation>;
        writes close(invitation: &Invitation) -> bool;
    }
}

port! {
    DirectoryRepo for MutantTx by directory of &mut Self, StoreError {
        reads find_member(org: OrgId, user: UserId) -> Option<MemberRecord>;
        reads list_memberships(user: UserId) -> Vec<MemberRecord>;
        reads list_members(org: OrgId, filter: &MemberFilter, now: Timestamp, page: PageRequest) -> Page<MemberRecord>;
        reads list_organizations(user: UserId, scope: OrgScope, page: Option<PageRequest>) -> Page<OrgWithRole>;
        reads list_invitations(filter: &InvitationFilter, now: Timestamp, page: Option<PageRequest>) -> Page<InvitationRecord>;
    }
}

port! {
    PlatformRepo for MutantTx by platform of &mut Self, StoreError {
        reads list_users(filter: &UserFilter, page: PageRequest) -> Page<User>;
        reads list_organizations(filter: &OrgFilter, page: PageRequest) -> Page<OrgRecord>;
        reads list_mail(filter: &MailFilter, page: PageRequest) -> Page<MailRecord>;
    }
}

port! {
    OutboxRepo for MutantTx by outbox of &mut Self, StoreError {
        writes enqueue(mail: &OutgoingMail, now: Timestamp) -> ();
        writes claim(claim: &MailClaim) -> Vec<OutgoingMail>;
        writes record_delivery(mail: &OutgoingMail, outcome: &Delivery) -> ();
        writes make_due(id: MailId, now: Timestamp) -> bool;
    }
}

port! {
    TicketRepo for MutantTx by tickets of &mut Self, StoreError {
        writes issue(hash: &TokenHash, ticket: &Ticket) -> ();
        writes consume(hash: &TokenHash, now: Timestamp) -> Option<Ticket>;
    }
}

port! {
    AuditRepo for MutantTx by audit of &mut Self, StoreError {
        writes append(entries: &[Entry]) -> ();
        reads list(org: Option<OrgId>, filter: &AuditFilter, page: PageRequest) -> Page<Entry>;
    }
}

port! {
    FeedRepo for MutantTx by feed of &mut Self, StoreError {
        writes register(reader: &ReaderName, start: FeedStart, now: Timestamp) -> ();
        writes forget(reader: &ReaderName) -> ();
        writes claim(request: &FeedClaimRequest) -> Option<FeedBatch>;
        writes record(claim: &FeedClaim, progress: &FeedProgress) -> bool;
    }
}
