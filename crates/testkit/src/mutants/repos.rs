//! The repositories of a mutant.

use bailiwick_app::audit::{AuditFilter, Entry};
use bailiwick_app::feed::{FeedBatch, FeedClaim, FeedClaimRequest, FeedProgress, FeedRepo, FeedStart, ReaderName};
use bailiwick_app::platform::{MailFilter, MailRecord, OrgFilter, OrgRecord, UserFilter};
use bailiwick_app::ports::{
    AttemptRepo, AuditRepo, Delivery, DirectoryRepo, InvitationFilter, InvitationRecord, InviteRepo, MailClaim,
    MemberFilter, MemberRecord, OrgRepo, OrgScope, OrgWithRole, OutboxRepo, PlatformRepo, RoleRepo, SecretRepo,
    SessionRepo, TicketRepo, UserRepo,
};
use bailiwick_app::sockets::Ticket;
use bailiwick_app::OutgoingMail;
use bailiwick_invites::ports::InvitationKey;
use bailiwick_invites::{Invitation, InviteError};
use bailiwick_kernel::{
    Email, Lock, MailId, OrgId, Page, PageRequest, RoleId, SessionId, StoreError, Timestamp, TokenHash, TokenKind,
    UserId,
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
        fn find(id: UserId, lock: Lock) -> Option<User>;
        fn find_by_email(email: &Email, lock: Lock) -> Option<User>;
        fn insert(user: &User) -> ();
        fn update(id: UserId, changes: &UserChanges) -> ();
        fn replace_password(id: UserId, old: &PasswordHash, new: &PasswordHash) -> bool;
        fn delete(id: UserId) -> ();
    }
}

port! {
    SessionRepo for MutantTx by sessions of &mut Self, UserError {
        fn insert(session: &Session, refresh: &RefreshGrant) -> ();
        fn insert_page(session: &Session, page: &PageSession) -> ();
        fn list(user: UserId, now: Timestamp, page: PageRequest) -> Page<Session>;
        fn end(user: UserId, scope: SessionScope, now: Timestamp) -> u64;
        fn find_by_refresh(hash: &TokenHash, lock: Lock) -> Option<RefreshRecord>;
        fn rotate(used: &TokenHash, next: &RefreshGrant, now: Timestamp) -> bool;
        fn find_page(cookie: &TokenHash) -> Option<PageRecord>;
        fn extend_page(id: SessionId, until: Timestamp) -> ();
        fn confirm_page(id: SessionId, at: Timestamp) -> bool;
    }
}

port! {
    SecretRepo for MutantTx by secrets of &mut Self, UserError {
        fn issue(secret: &NewSecret) -> ();
        fn find(kind: TokenKind, hash: &TokenHash, now: Timestamp) -> Option<UserId>;
        fn consume(kind: TokenKind, secret: SecretRef, now: Timestamp) -> Option<UserId>;
        fn find_link(kind: TokenKind, hash: &TokenHash, now: Timestamp) -> Option<MailedLink>;
        fn revoke(user: UserId, kinds: &[TokenKind]) -> ();
        fn issue_setup(hash: &TokenHash, expires_at: Timestamp) -> ();
        fn is_setup(hash: &TokenHash, now: Timestamp) -> bool;
        fn consume_setup(hash: &TokenHash, now: Timestamp) -> bool;
    }
}

port! {
    AttemptRepo for MutantTx by attempts of &mut Self, UserError {
        fn find(pair: &Pair, now: Timestamp, lock: Lock) -> Attempts;
        fn store(pair: &Pair, attempts: &Attempts) -> ();
        fn clear(account: &AccountKey) -> ();
        fn delete_stale(cutoff: Timestamp, limit: usize) -> ();
    }
}

port! {
    OrgRepo for MutantTx by orgs of &mut Self, OrgError {
        fn insert(org: &Organization) -> ();
        fn find(id: OrgId, lock: Lock) -> Option<Organization>;
        fn lock_owners(id: OrgId) -> Owners;
        fn update(org: &Organization) -> ();
        fn delete(id: OrgId) -> ();
        fn set_archived(id: OrgId, at: Option<Timestamp>) -> ();
        fn insert_membership(membership: &Membership) -> ();
        fn update_membership(membership: &Membership) -> ();
        fn delete_membership(org: OrgId, user: UserId) -> ();
    }
}

port! {
    RoleRepo for MutantTx by roles of &mut Self, RoleError {
        fn insert(role: &Role) -> ();
        fn find(org: OrgId, id: RoleId) -> Option<Role>;
        fn list(org: OrgId) -> Vec<Role>;
        fn update(role: &Role) -> ();
        fn set_levels(org: OrgId, levels: &[(RoleId, Level)]) -> ();
        fn delete(org: OrgId, id: RoleId, now: Timestamp) -> ();
        fn find_lacking(required: &[RequiredGrant], after: Option<OrgId>, limit: u32) -> Lacking;
        fn lock_system_roles(orgs: &[OrgId]) -> Vec<Role>;
        fn add_grants(grants: &[(RoleId, Vec<Pattern>)]) -> ();
        fn insert_entry(entry: &CatalogueEntry) -> bool;
        fn list_entries(org: Option<OrgId>, permission: Option<&Permission>) -> Vec<CatalogueEntry>;
    }
}

port! {
    InviteRepo for MutantTx by invites of &mut Self, InviteError {
        fn insert(invitation: &Invitation, token: &TokenHash) -> ();
        fn find(key: InvitationKey<'_>) -> Option<Invitation>;
        fn close(invitation: &Invitation) -> bool;
    }
}

port! {
    DirectoryRepo for MutantTx by directory of &mut Self, StoreError {
        fn find_member(org: OrgId, user: UserId) -> Option<MemberRecord>;
        fn list_memberships(user: UserId) -> Vec<MemberRecord>;
        fn list_members(org: OrgId, filter: &MemberFilter, now: Timestamp, page: PageRequest) -> Page<MemberRecord>;
        fn list_organizations(user: UserId, scope: OrgScope, page: Option<PageRequest>) -> Page<OrgWithRole>;
        fn list_invitations(filter: &InvitationFilter, now: Timestamp, page: Option<PageRequest>) -> Page<InvitationRecord>;
    }
}

port! {
    PlatformRepo for MutantTx by platform of &mut Self, StoreError {
        fn list_users(filter: &UserFilter, page: PageRequest) -> Page<User>;
        fn list_organizations(filter: &OrgFilter, page: PageRequest) -> Page<OrgRecord>;
        fn list_mail(filter: &MailFilter, page: PageRequest) -> Page<MailRecord>;
    }
}

port! {
    OutboxRepo for MutantTx by outbox of &mut Self, StoreError {
        fn enqueue(mail: &OutgoingMail, now: Timestamp) -> ();
        fn claim(claim: &MailClaim) -> Vec<OutgoingMail>;
        fn record_delivery(mail: &OutgoingMail, outcome: &Delivery) -> ();
        fn make_due(id: MailId, now: Timestamp) -> bool;
    }
}

port! {
    TicketRepo for MutantTx by tickets of &mut Self, StoreError {
        fn issue(hash: &TokenHash, ticket: &Ticket) -> ();
        fn consume(hash: &TokenHash, now: Timestamp) -> Option<Ticket>;
    }
}

port! {
    AuditRepo for MutantTx by audit of &mut Self, StoreError {
        fn append(entries: &[Entry]) -> ();
        fn list(org: Option<OrgId>, filter: &AuditFilter, page: PageRequest) -> Page<Entry>;
    }
}

port! {
    FeedRepo for MutantTx by feed of &mut Self, StoreError {
        fn register(reader: &ReaderName, start: FeedStart, now: Timestamp) -> ();
        fn forget(reader: &ReaderName) -> ();
        fn claim(request: &FeedClaimRequest) -> Option<FeedBatch>;
        fn record(claim: &FeedClaim, progress: &FeedProgress) -> bool;
    }
}

