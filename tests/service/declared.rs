//! Permissions that the product declares one by one, in new organizations and in those that exist.

use bailiwick::Bailiwick;
use bailiwick::app::authority::cache::CacheKey;
use bailiwick::infra::JwtKeys;
use bailiwick::rbac::Permission;
use bailiwick::roles::{DeclaredPermission, SystemRole};
use bailiwick::store::Options;
use bailiwick_testkit::app::{Caller, Engine, SECRET, TestApp, TestAppOptions, sql};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::logins::root;

fn declare(name: &str, description: &str, role: SystemRole) -> DeclaredPermission {
    DeclaredPermission::new(Permission::parse(name).unwrap(), description, role).unwrap()
}

fn options(resources: &[&str], declared: &[DeclaredPermission]) -> TestAppOptions {
    let mut options = TestAppOptions::default();
    options.settings.resources = resources.iter().map(|name| (*name).to_owned()).collect();
    options.settings.declared = declared.to_vec();
    options
}

/// Builds another node on the same database, which may serve beside this one.
async fn node(app: &TestApp, resources: &[&str], declared: &[DeclaredPermission]) -> Bailiwick {
    let database = bailiwick::store::open(app.database_url(), &Options::default()).await.unwrap();
    let builder = Bailiwick::builder()
        .database(database)
        .jwt(JwtKeys::hs256(SECRET).unwrap())
        .mailer(app.post.clone())
        .clock(app.clock.clone())
        .settings(options(resources, declared).settings);
    builder.build().await.unwrap()
}

/// Does what the start of a node does before it serves.
async fn start(app: &TestApp, resources: &[&str], declared: &[DeclaredPermission]) {
    let node = node(app, resources, declared).await;
    beside_invalidation(&node, async { node.app().complete_catalogue().await.unwrap() }).await;
}

/// Does work while the cache of the node is invalidated.
async fn beside_invalidation(node: &Bailiwick, work: impl Future<Output = ()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let work = async {
        work.await;
        drop(stop);
    };
    let stopped = Box::pin(async move { drop(stopped.await) });
    tokio::join!(work, node.app().authority().run_invalidation(stopped));
}

/// The grants of the system roles, highest first.
async fn grants(who: &Caller) -> Vec<Value> {
    let roles = who.roles().await.is(200).json();
    let system = roles.as_array().unwrap().iter().filter(|role| role["is_system_role"] == true);
    system.map(|role| role["permissions"].clone()).collect()
}

const BASIC: [&str; 4] = ["org:read", "users:read", "roles:read", "ws:connect"];

/// The grants of guests and members, with these ones behind.
fn basic(added: &[&str]) -> Value {
    json!([&BASIC, added].concat())
}

async fn count(app: &TestApp, query: &str) -> usize {
    let rows = sql::rows(app.database_url(), &format!("SELECT CAST(count(*) AS text) FROM {query}")).await;
    rows[0].parse().unwrap()
}

const GRANTED: &str = "role_permissions WHERE permission = 'kb:read'";
const AUDITED: &str = "audit_log WHERE action = 'role.update' AND actor_id IS NULL";

on_every_engine!(existing_organizations_get_a_declared_permission_at_the_next_start);

async fn existing_organizations_get_a_declared_permission_at_the_next_start(engine: Engine) {
    let app = TestApp::start_with(&engine, options(&[], &[])).await;
    let ada = app.sign_up("ada").await;
    let other = app.sign_up("zoe").await;
    ada.create_role("reader", 5, &[]).await;
    let (bob, eve) = (app.bring_in(&ada, "bob", "guest").await, app.bring_in(&ada, "eve", "reader").await);
    while !app.cache().holds_lease() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    for _ in 0..2 {
        bob.protected().await.refuses(403, "Access denied. Required: kb:read");
    }
    let before = grants(&ada).await;

    let declared = [
        declare("kb:read", "Read articles", SystemRole::Guest),
        declare("kb:edit", "Edit", SystemRole::Member),
    ];
    let guest = ada.role_id("guest").await;
    let mut changes = app.cache().watch();
    start(&app, &[], &declared).await;
    if engine == Engine::Sqlite {
        // The service finds the change of another process in the file.
        let is_guest = |key: &CacheKey| matches!(key, CacheKey::Role(_, id) if id.to_string() == guest);
        while !changes.recv().await.unwrap().any(is_guest) {}
    }
    bob.protected().await.is(200);
    eve.protected().await.refuses(403, "Access denied. Required: kb:read");
    for who in [&ada, &other] {
        let now = grants(who).await;
        assert_eq!(now[0], json!(["*:*"]));
        let admin =
            [before[1].as_array().unwrap().clone(), vec![json!("kb:read"), json!("kb:edit")]].concat();
        assert_eq!(now[1], json!(admin));
        assert_eq!(now[2], basic(&["kb:read", "kb:edit"]));
        assert_eq!(now[3], basic(&["kb:read"]));
    }
    let catalogue = ada.catalogue().await.is(200).json();
    let entry =
        catalogue.as_array().unwrap().iter().find(|entry| entry["name"] == "kb:read").unwrap().clone();
    assert_eq!(entry["description"], "Read articles");

    let rows = ada.audit_by("action=role.update").await.is(200).field("/items");
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 3, "one for each role: {rows:?}");
    let row = rows.iter().find(|row| row["target"]["id"] == guest.as_str()).unwrap();
    assert_eq!(row["actor_id"], Value::Null);
    assert_eq!(row["before"], json!({ "permissions": before[3] }));
    assert_eq!(row["after"], json!({ "permissions": basic(&["kb:read"]) }));

    let written = async || {
        let tables = ["role_permissions", "audit_log", "permissions"];
        let mut rows = Vec::new();
        for table in tables {
            rows.push(count(&app, table).await);
        }
        rows
    };
    let before = written().await;
    start(&app, &[], &declared).await;
    assert_eq!(written().await, before, "a second start writes nothing");
    assert_eq!(count(&app, AUDITED).await, 6);
}

on_every_engine!(a_removed_or_raised_declaration_takes_nothing_away);

async fn a_removed_or_raised_declaration_takes_nothing_away(engine: Engine) {
    let declared = [declare("kb:read", "Read articles", SystemRole::Guest)];
    let mut app = TestApp::start_with(&engine, options(&[], &declared)).await;
    let ada = app.sign_up("ada").await;
    let at = |app: &TestApp| Caller { base: app.base.clone(), ..ada.clone() };
    let born = grants(&ada).await;
    assert_eq!(born[3], basic(&["kb:read"]), "a new organization has it");
    for later in [&[][..], &[declare("kb:read", "Read", SystemRole::Admin)]] {
        app.restart_with(options(&[], later)).await;
        let ada = at(&app);
        assert_eq!(grants(&ada).await, born);
        let catalogue = ada.catalogue().await.is(200).json();
        let entry = catalogue.as_array().unwrap().iter().find(|entry| entry["name"] == "kb:read").unwrap();
        assert_eq!(entry["description"], "Read articles");
    }
    assert_eq!(count(&app, AUDITED).await, 0);
    // A new organization follows the declaration of today.
    let new = at(&app).found_org("New").await.is(201).text_of("/id");
    let new = grants(&at(&app).in_org(&new)).await;
    assert_eq!((&new[2], &new[3]), (&basic(&[]), &basic(&[])));
}

on_every_engine!(a_role_whose_grants_cover_a_declared_permission_stays_as_it_is);

async fn a_role_whose_grants_cover_a_declared_permission_stays_as_it_is(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let before = grants(&ada).await;
    let declared =
        [declare("kb:print", "Print", SystemRole::Member), declare("kb:refund", "Refund", SystemRole::Admin)];
    start(&app, &["kb"], &declared).await;
    let now = grants(&ada).await;
    assert_eq!((&now[1], &now[3]), (&before[1], &before[3]), "kb:* covers both");
    assert_eq!(now[2], basic(&["kb:read", "kb:write", "kb:print"]));
    assert_eq!(count(&app, AUDITED).await, 1);
}

on_every_engine!(an_archived_organization_returns_with_the_permission);

async fn an_archived_organization_returns_with_the_permission(engine: Engine) {
    let app = TestApp::start_with(&engine, options(&[], &[])).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    ada.deactivate_me().await.is(200);
    start(&app, &[], &[declare("kb:read", "Read articles", SystemRole::Guest)]).await;
    root.activate(&ada).await.is(204);
    let ada = app.log_in_again(&ada).await;
    assert_eq!(grants(&ada).await[3], basic(&["kb:read"]));
}

/// Adds a thousand organizations with their system roles.
async fn add_organizations(app: &TestApp) {
    let sqlite = app.database_url().starts_with("sqlite:");
    let (id, now) = if sqlite { ("randomblob(16)", "0") } else { ("gen_random_uuid()", "now()") };
    let statement = format!(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
        INSERT INTO organizations (id, name, slug, created_at)
            SELECT {id}, 'Acme', 'acme-' || n, {now} FROM numbers;
        INSERT INTO roles (id, org_id, name, name_key, level, system, created_at)
            SELECT {id}, organizations.id, system, system, level, system, {now} FROM organizations,
                (SELECT 'owner' AS system, 100 AS level UNION ALL SELECT 'admin', 80
                    UNION ALL SELECT 'member', 20 UNION ALL SELECT 'guest', 10) AS systems
            WHERE slug LIKE 'acme-%';
        INSERT INTO role_permissions (role_id, permission, position)
            SELECT roles.id, CASE WHEN level = 100 THEN '*:*' ELSE 'org:read' END, 0
            FROM roles JOIN organizations ON organizations.id = org_id WHERE slug LIKE 'acme-%'"
    );
    sql::execute(app.database_url(), &statement).await;
}

/// Starts three nodes at once while the service answers.
async fn start_beside_requests(app: &TestApp, ada: &Caller, declared: &[DeclaredPermission]) {
    let requests = async {
        for n in 0..20 {
            ada.change_org(json!({ "name": format!("Acme {n}") })).await.is(200);
        }
    };
    tokio::join!(start(app, &[], declared), start(app, &[], declared), start(app, &[], declared), requests);
}

on_every_engine!(a_thousand_organizations_are_completed_once_by_nodes_that_start_at_once);

async fn a_thousand_organizations_are_completed_once_by_nodes_that_start_at_once(engine: Engine) {
    let app = TestApp::start_with(&engine, options(&[], &[])).await;
    add_organizations(&app).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "guest").await;
    let declared = [declare("kb:read", "Read articles", SystemRole::Guest)];

    // A start that ends after its first step leaves what it did.
    let first = node(&app, &[], &declared).await;
    let step = async {
        let lacking = first.app().find_lacking(None).await.unwrap();
        assert_eq!((lacking.orgs.len(), lacking.next), (500, lacking.orgs.last().copied()));
        first.app().grant_declared(&lacking.orgs).await.unwrap();
    };
    beside_invalidation(&first, step).await;
    assert_eq!(count(&app, GRANTED).await, 3 * 500);
    drop(first);

    if engine == Engine::Sqlite {
        // One instance serves from a file, so starts follow each other.
        start(&app, &[], &declared).await;
        start(&app, &[], &declared).await;
    } else {
        Box::pin(start_beside_requests(&app, &ada, &declared)).await;
    }
    assert_eq!(count(&app, GRANTED).await, 3 * 1001);
    assert_eq!(count(&app, AUDITED).await, 3 * 1001, "one row for each role");
    let targets =
        "SELECT DISTINCT target_id FROM audit_log WHERE action = 'role.update' AND actor_id IS NULL";
    assert_eq!(count(&app, &format!("({targets}) AS targets")).await, 3 * 1001);
    if engine != Engine::Sqlite {
        bob.protected().await.is(200);
    }
}
