//! Databases for the tests, and accounts to store in them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bailiwick_app::{Store, Tx};
use bailiwick_kernel::{
    DisplayName, Email, IdSource, OrgId, PlainToken, RoleId, SessionId, Slug, Timestamp, TokenKind, UserId,
};
use bailiwick_orgs::{Membership, Organization};
use bailiwick_roles::{ProductPermissions, Role, SystemRole};
use bailiwick_store::{Database, Options, open};
use bailiwick_testkit::app::{self, Engine, sql};
use bailiwick_testkit::conformance::ROUNDS;
use bailiwick_users::{NewUser, PasswordHash, RefreshGrant, Session, User};
use uuid::Uuid;

/// The time `seconds` after the start of the test.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_800_000_000_123_456 + seconds * 1_000_000).unwrap()
}

/// Ids that count up.
pub struct Ids(AtomicU64);

impl Ids {
    pub fn new() -> Self {
        Self(AtomicU64::new(1))
    }
}

impl IdSource for Ids {
    fn uuid_v7(&self, _: Timestamp) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }

    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes.iter_mut().zip(number.iter().cycle()).for_each(|(to, from)| *to = *from);
    }
}

/// Options that name a schema.
pub fn in_schema(schema: &str) -> Options {
    Options { schema: Some(schema.to_owned()), ..Options::default() }
}

/// An empty, migrated database and what it needs while it is open.
pub struct Fixture {
    pub url: String,
    pub database: Database,
    pub store: Arc<dyn Store>,
    pub ids: Ids,
    /// Number of rounds of a race in the conformance suite.
    pub rounds: u32,
    /// Declared last, so that the database is dropped last.
    _place: app::Database,
}

impl Fixture {
    pub async fn sqlite() -> Self {
        Self::on(&Engine::Sqlite).await
    }

    /// Creates a database on PostgreSQL; reports and returns `None` without a server.
    pub async fn postgres() -> Option<Self> {
        Some(Self::on(&Engine::postgres_or_left_out("the store")?).await)
    }

    pub async fn on(engine: &Engine) -> Self {
        let place = engine.create_migrated().await;
        let database = open(place.url(), &Options::default()).await.unwrap();
        Self {
            store: database.store(),
            url: place.url().to_owned(),
            database,
            ids: Ids::new(),
            rounds: ROUNDS,
            _place: place,
        }
    }

    /// Creates a schema of its own in a PostgreSQL database that other tests may use. Statements of
    /// [`Self::operator`] name the schema.
    pub async fn in_schema(place: &app::Database, schema: &str) -> Self {
        Self::of(place, open(place.url(), &in_schema(schema)).await.unwrap()).await
    }

    /// Migrates a database that was opened there.
    pub async fn of(place: &app::Database, database: Database) -> Self {
        database.migrate().await.unwrap();
        Self {
            store: database.store(),
            url: place.url().to_owned(),
            database,
            ids: Ids::new(),
            rounds: ROUNDS,
            _place: place.shared(),
        }
    }

    /// Creates a database of every kind that this machine can test.
    pub async fn all() -> Vec<Self> {
        let mut all = vec![Self::sqlite().await];
        all.extend(Self::postgres().await);
        all
    }

    pub fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    /// Runs one statement as an operator would, without the adapter.
    pub async fn operator(&self, statement: &str) {
        sql::execute(&self.url, statement).await;
    }

    /// Stores an organization with its four roles and an active owner.
    pub async fn found(&self, slug: &str, owner: &User) -> Founded {
        let mut tx = self.store.begin().await.unwrap();
        let founded = found(tx.as_mut(), &self.ids, slug, owner).await;
        tx.commit().await.unwrap();
        founded
    }

    pub async fn user(&self, name: &str) -> User {
        let user = new_user(&self.ids, name);
        let mut tx = self.store.begin().await.unwrap();
        tx.users().insert(&user).await.unwrap();
        tx.commit().await.unwrap();
        user
    }
}

pub struct Founded {
    pub org: OrgId,
    pub roles: Vec<Role>,
}

impl Founded {
    pub fn role(&self, system: SystemRole) -> RoleId {
        self.roles.iter().find(|role| role.system == Some(system)).unwrap().id
    }
}

pub async fn found(tx: &mut dyn Tx, ids: &Ids, slug: &str, owner: &User) -> Founded {
    let slug = Slug::parse(slug).unwrap();
    let org = Organization::found(DisplayName::parse("Acme").unwrap(), Some(slug), ids, at(0)).unwrap();
    tx.orgs().insert(&org).await.unwrap();
    let resources = ["kb".to_owned()];
    let product = ProductPermissions { resources: &resources, ..ProductPermissions::default() };
    let roles = Role::born_with(org.id, product, ids, at(0));
    for role in &roles {
        tx.roles().insert(role).await.unwrap();
    }
    let founded = Founded { org: org.id, roles };
    let membership = Membership::active(org.id, owner.id, founded.role(SystemRole::Owner), at(0));
    tx.orgs().insert_membership(&membership).await.unwrap();
    founded
}

pub fn new_user(ids: &Ids, name: &str) -> User {
    let new = NewUser {
        email: Email::parse(&format!("{name}@example.org")).unwrap(),
        first_name: DisplayName::parse(name).unwrap(),
        last_name: DisplayName::parse("Lovelace").unwrap(),
        password_hash: PasswordHash::from_stored("$argon2id$stub".to_owned()),
    };
    User::sign_up(new, false, ids, at(0))
}

pub fn new_session(ids: &Ids, user: UserId) -> (Session, RefreshGrant) {
    let session = Session {
        id: SessionId::generate(ids, at(0)),
        user_id: user,
        device: Some("curl".to_owned()),
        ip: None,
        created_at: at(0),
        last_seen_at: at(0),
        expires_at: at(3600),
        ended_at: None,
    };
    let refresh = RefreshGrant {
        hash: PlainToken::generate(TokenKind::Refresh, ids).hash(),
        session_id: session.id,
        issued_at: at(0),
        expires_at: at(600),
    };
    (session, refresh)
}
