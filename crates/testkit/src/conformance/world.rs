//! The store under test, and the accounts, organizations and invitations to store in it. A method
//! named `new_..` only builds an entity; the method without the prefix also stores it.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::{AuthorityQuery, Error, Store, Tx};
use bailiwick_invites::{Invitation, NewInvitation};
use bailiwick_kernel::{
    DisplayName, Email, IdSource, OrgId, PlainToken, RoleId, SessionId, Slug, StoreError, Timestamp,
    TokenHash, TokenKind, UserId,
};
use bailiwick_orgs::{Membership, Organization};
use bailiwick_rbac::Pattern;
use bailiwick_roles::{Level, ProductPermissions, Role, RoleDraft, SystemRole};
use bailiwick_users::{NewUser, PasswordHash, RefreshGrant, Session, User, UserChanges};

use super::{Capabilities, Fixture};
use crate::{ManualClock, SeededIds};

/// Maximum number of attempts of a transaction that fails with contention.
const ATTEMPTS: u32 = 100;

#[derive(Clone)]
pub struct World {
    pub store: Arc<dyn Store>,
    pub ids: Arc<SeededIds>,
    /// The time of everything that has no other time.
    pub now: Timestamp,
    pub rounds: u32,
    pub capabilities: Capabilities,
}

/// An organization with its four system roles and its owner.
#[derive(Clone)]
pub struct Org {
    pub id: OrgId,
    pub organization: Organization,
    pub owner: User,
    pub roles: Vec<Role>,
}

impl Org {
    pub fn role(&self, system: SystemRole) -> RoleId {
        self.system_role(system).id
    }

    pub fn system_role(&self, system: SystemRole) -> &Role {
        self.roles.iter().find(|role| role.system == Some(system)).unwrap()
    }
}

impl World {
    /// Builds the world of one case. `name` seeds the ids, so they differ from those of other cases.
    pub fn new(name: &str, fixture: &dyn Fixture) -> Self {
        let mut seed = DefaultHasher::new();
        name.hash(&mut seed);
        let rounds = env::var("BAILIWICK_RACE_ROUNDS").ok().map(|text| text.parse().expect("a number"));
        Self {
            store: fixture.store(),
            ids: Arc::new(SeededIds::new(seed.finish())),
            now: ManualClock::start(),
            rounds: rounds.unwrap_or_else(|| fixture.rounds()),
            capabilities: fixture.capabilities(),
        }
    }

    /// Returns the time `seconds` after [`Self::now`].
    pub fn after(&self, seconds: i64) -> Timestamp {
        self.now + time::Duration::seconds(seconds)
    }

    /// Starts a transaction, and retries after [`StoreError::Contention`].
    pub async fn begin(&self) -> Box<dyn Tx> {
        for attempt in 0..ATTEMPTS {
            match self.store.begin().await {
                Err(StoreError::Contention(_)) => pause(attempt).await,
                begun => return begun.expect("a transaction begins"),
            }
        }
        panic!("no transaction begins in {ATTEMPTS} attempts");
    }

    pub async fn begin_read(&self) -> Box<dyn Tx> {
        self.store.begin_read().await.expect("a read-only transaction begins")
    }

    /// Commits or rolls back a transaction, as its result demands; returns `None` if the caller must
    /// retry it.
    pub async fn end<T, E: Into<Error>>(
        &self,
        tx: Box<dyn Tx>,
        answer: Result<T, E>,
        attempts: &mut u32,
    ) -> Option<Result<T, Error>> {
        let answer = match answer {
            Ok(value) => tx.commit().await.map(|_| value).map_err(Error::from),
            Err(error) => {
                tx.rollback().await.expect("a transaction can be rolled back after any error");
                Err(error.into())
            }
        };
        *attempts += 1;
        let lost = matches!(answer, Err(Error::Store(StoreError::Contention(_))));
        if lost && *attempts < ATTEMPTS {
            pause(*attempts).await;
            return None;
        }
        Some(answer)
    }

    pub fn email(&self) -> Email {
        Email::parse(&format!("{}@example.com", self.word())).unwrap()
    }

    pub fn slug(&self) -> Slug {
        Slug::parse(&self.word()).unwrap()
    }

    /// Returns a word that no other call returns.
    fn word(&self) -> String {
        format!("w{}", self.ids.uuid_v7(self.now).simple())
    }

    pub fn token(&self) -> TokenHash {
        PlainToken::generate(TokenKind::Invitation, &*self.ids).hash()
    }

    pub fn new_user(&self) -> User {
        self.new_user_called(self.email(), &difficult("Ada"), &difficult("Lovelace"))
    }

    pub fn new_user_called(&self, email: Email, first: &str, last: &str) -> User {
        let new = NewUser {
            email,
            first_name: name(first),
            last_name: name(last),
            password_hash: PasswordHash::from_stored("a stored password".to_owned()),
        };
        User::sign_up(new, false, &*self.ids, self.now)
    }

    pub async fn user(&self) -> User {
        self.store_user(self.new_user()).await
    }

    pub async fn store_user(&self, user: User) -> User {
        transaction!(self, |tx| tx.users().insert(&user).await).unwrap();
        user
    }

    pub fn new_session(&self, user: UserId) -> (Session, RefreshGrant) {
        let session = Session {
            id: SessionId::generate(&*self.ids, self.now),
            user_id: user,
            device: Some(format!(" {} ", difficult("Lynx/2.9"))),
            ip: Some("2001:db8::1".to_owned()),
            created_at: self.now,
            last_seen_at: self.after(1),
            expires_at: self.after(3600),
            ended_at: None,
        };
        let refresh = RefreshGrant {
            hash: self.token(),
            session_id: session.id,
            issued_at: self.now,
            expires_at: self.after(600),
        };
        (session, refresh)
    }

    pub async fn session(&self, user: UserId) -> Session {
        let (session, refresh) = self.new_session(user);
        transaction!(self, |tx| tx.sessions().insert(&session, &refresh).await).unwrap();
        session
    }

    pub fn new_organization(&self) -> Organization {
        Organization::found(name(&difficult("Acme")), Some(self.slug()), &*self.ids, self.now).unwrap()
    }

    /// Stores an organization with its system roles and an owner.
    pub async fn org(&self) -> Org {
        let (owner, organization) = (self.new_user(), self.new_organization());
        let resources = ["kb".to_owned()];
        let product = ProductPermissions { resources: &resources, ..ProductPermissions::default() };
        let roles = Role::born_with(organization.id, product, &*self.ids, self.now);
        let org = Org { id: organization.id, organization, owner, roles };
        let membership = Membership::active(org.id, org.owner.id, org.role(SystemRole::Owner), self.now);
        transaction!(self, |tx| {
            tx.users().insert(&org.owner).await?;
            tx.orgs().insert(&org.organization).await?;
            for role in &org.roles {
                tx.roles().insert(role).await?;
            }
            tx.orgs().insert_membership(&membership).await?;
            Ok::<_, Error>(())
        })
        .unwrap();
        org
    }

    /// Stores a new account with an active membership.
    pub async fn member(&self, org: &Org, system: SystemRole) -> User {
        let user = self.user().await;
        self.join(org, user.id, org.role(system)).await;
        user
    }

    pub async fn join(&self, org: &Org, user: UserId, role: RoleId) -> Membership {
        let membership = Membership::active(org.id, user, role, self.now);
        transaction!(self, |tx| tx.orgs().insert_membership(&membership).await).unwrap();
        membership
    }

    pub async fn membership(&self, org: OrgId, user: UserId) -> Option<Membership> {
        read!(self, |tx| tx.directory().find_member(org, user).await).map(|member| member.membership)
    }

    /// Changes a stored membership by one of its own transitions.
    pub async fn change<E>(
        &self,
        org: &Org,
        user: UserId,
        how: impl Fn(&mut Membership) -> Result<(), E>,
    ) -> Membership
    where
        E: std::fmt::Debug,
    {
        let mut membership = self.membership(org.id, user).await.unwrap();
        how(&mut membership).unwrap();
        transaction!(self, |tx| tx.orgs().update_membership(&membership).await).unwrap();
        membership
    }

    pub fn new_role(&self, org: OrgId, title: &str, level: i64, grants: &[&str]) -> Role {
        let draft = RoleDraft {
            name: name(title),
            description: format!(" {} ", difficult(&format!("What a {title} does"))),
            level: Level::custom(level).unwrap(),
            permissions: patterns(grants),
        };
        Role::custom(org, draft, &*self.ids, self.now)
    }

    pub async fn custom_role(&self, org: &Org, title: &str, level: i64) -> Role {
        let role = self.new_role(org.id, title, level, &["kb:read", "kb:*"]);
        transaction!(self, |tx| tx.roles().insert(&role).await).unwrap();
        role
    }

    /// Returns an invitation by the owner that expires after an hour.
    pub fn new_invitation(&self, org: &Org, email: Email, role: RoleId) -> Invitation {
        let new = NewInvitation {
            org_id: org.id,
            email,
            role_id: role,
            inviter_id: org.owner.id,
            message: Some(format!(" {}\n", difficult("Come in"))),
            expires_at: self.after(3600),
        };
        Invitation::new(new, &*self.ids, self.now)
    }

    pub async fn invite(&self, org: &Org, email: Email, role: RoleId) -> (Invitation, TokenHash) {
        self.store_invitation(self.new_invitation(org, email, role)).await
    }

    pub async fn store_invitation(&self, invitation: Invitation) -> (Invitation, TokenHash) {
        let token = self.token();
        transaction!(self, |tx| tx.invites().insert(&invitation, &token).await).unwrap();
        (invitation, token)
    }

    /// Closes a stored invitation by one of its own transitions.
    pub async fn close<E: std::fmt::Debug>(
        &self,
        invitation: &Invitation,
        how: impl Fn(&mut Invitation, Timestamp) -> Result<(), E>,
    ) -> Invitation {
        let mut settled = invitation.clone();
        how(&mut settled, self.after(5)).unwrap();
        assert!(transaction!(self, |tx| tx.invites().close(&settled).await).unwrap());
        settled
    }
}

/// The query for one membership.
pub fn within(org: OrgId, user: UserId) -> AuthorityQuery {
    AuthorityQuery { user, session: None, org: Some(org) }
}

/// Returns a text of 100 characters that begins with `start` and contains what stores have changed:
/// composed and decomposed letters, a character of four bytes, quotes, backslashes and wildcards.
pub fn difficult(start: &str) -> String {
    let text = format!("{start} \u{e9}e\u{301} \u{1f511} '\"\\ %_ ");
    text.chars().chain(std::iter::repeat('Z')).take(100).collect()
}

pub fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).unwrap()
}

pub fn renamed(first: &DisplayName, last: &DisplayName) -> UserChanges {
    UserChanges { names: Some((first.clone(), last.clone())), ..UserChanges::default() }
}

pub fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::parse(text).unwrap()).collect()
}

/// Asserts that a transaction failed with `reason`.
#[track_caller]
pub fn assert_refused<T>(answer: Result<T, Error>, reason: impl Into<Error>) {
    assert_eq!(answer.map(|_| "accepted"), Err(reason.into()));
}

async fn pause(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(u64::from(attempt.min(20)))).await;
}
