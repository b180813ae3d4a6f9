//! Vetoes and refusals of an embedding program, on both databases.

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service, read_body, read_body_json};
use async_trait::async_trait;
use bailiwick::app::authority::Public;
use bailiwick::app::changes::{AccountSignedUp, Change, InvitationCreated, RoleUpdated, Veto};
use bailiwick::app::ports::InvitationFilter;
use bailiwick::app::{Error, OwnRefusal, Tx};
use bailiwick::kernel::OrgId;
use bailiwick::prelude::{Running, SystemRole, permissions};
use bailiwick::{BuildError, Builder};
use bailiwick_testkit::app::{Database, Engine, sql};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Owner, ada, builder, count, engines, sign_up};

const SEATS_TAKEN: OwnRefusal = OwnRefusal::conflict(
    "seats_taken",
    "All seats are taken",
    "Remove a member, or buy seats by POST /seats.",
);
const CLOSED: OwnRefusal = OwnRefusal::forbidden("closed", "Sign-up is closed", "Ask for an invitation.");

/// Allows one pending invitation for each organization.
struct OneSeat;

#[async_trait]
impl Veto<InvitationCreated> for OneSeat {
    async fn review(&self, change: &Change<InvitationCreated>, tx: &mut dyn Tx) -> Result<(), Error> {
        let filter = InvitationFilter { org: change.org(), ..InvitationFilter::default() };
        let now = change.at();
        let pending = tx.directory().list_invitations(&filter, now, None).await?.items;
        let is_seen = pending.iter().any(|found| found.invitation.id == change.target());
        assert!(is_seen, "the veto sees the change");
        if pending.len() > 1 { Err(SEATS_TAKEN.with_detail("The only seat is taken").into()) } else { Ok(()) }
    }
}

/// Lets only accounts of one domain sign up.
struct OneDomain;

#[async_trait]
impl Veto<AccountSignedUp> for OneDomain {
    async fn review(&self, change: &Change<AccountSignedUp>, _: &mut dyn Tx) -> Result<(), Error> {
        let email = change.after("email").and_then(Value::as_str).unwrap_or_default();
        if email.ends_with("@example.com") { Ok(()) } else { Err(CLOSED.into()) }
    }
}

struct Product {
    database: Database,
    bailiwick: Running,
    org: OrgId,
    token: String,
    _outbox: TempDir,
}

fn on(database: &Database, outbox: &TempDir) -> Builder {
    builder().database_url(database.url()).mail_to_files(outbox.path())
}

impl Product {
    async fn open(engine: &Engine) -> Self {
        let (database, outbox) = (engine.create().await, tempfile::tempdir().unwrap());
        let builder = on(&database, &outbox).refusal(SEATS_TAKEN).refusal(CLOSED);
        let bailiwick =
            builder.veto(InvitationCreated, OneSeat).veto(AccountSignedUp, OneDomain).start().await.unwrap();
        let Owner { allow, token } = ada(bailiwick.app()).await;
        Self { database, org: allow.context().org, token, bailiwick, _outbox: outbox }
    }
}

/// Sends a request and returns the status and the body.
macro_rules! answer {
    ($service:expr, $request:expr) => {{
        let response = call_service($service, $request.to_request()).await;
        let status = response.status().as_u16();
        let body: Value = read_body_json(response).await;
        (status, body)
    }};
}

#[actix_web::test]
async fn a_vetoed_change_is_refused_as_the_program_says_and_leaves_nothing() {
    for engine in engines("vetoes") {
        let product = Product::open(&engine).await;
        let service = init_service(App::new().configure(product.bailiwick.routes("/identity"))).await;
        let bearer = ("authorization", format!("Bearer {}", product.token));
        let roles = format!("/identity/roles/list_roles?org_id={}", product.org);
        let (_, roles) = answer!(&service, TestRequest::get().uri(&roles).insert_header(bearer.clone()));
        let guest =
            roles.as_array().unwrap().iter().find(|role| role["name"] == "guest").unwrap()["id"].clone();
        let invite = |email: &str| {
            let body = json!({ "email": email, "org_id": product.org.to_string(), "role_id": guest });
            TestRequest::post().uri("/identity/auth/invite").insert_header(bearer.clone()).set_json(body)
        };
        assert_eq!(answer!(&service, invite("bob@example.com")).0, 200);
        let tables = ["invitations", "outbox", "audit_log"];
        let mut before = Vec::new();
        for table in tables {
            before.push(count(&product.database, table).await);
        }
        let (status, problem) = answer!(&service, invite("eve@example.com"));
        assert_eq!((status, &problem["code"]), (409, &json!("seats_taken")), "{problem}");
        assert_eq!(problem["type"], "/identity/problems/seats_taken");
        assert_eq!(problem["title"], "All seats are taken");
        assert_eq!(problem["detail"], "The only seat is taken");
        assert_eq!(problem["hint"], "Remove a member, or buy seats by POST /seats.");
        for (table, before) in tables.into_iter().zip(before) {
            assert_eq!(count(&product.database, table).await, before, "{table}");
        }
    }
}

#[actix_web::test]
async fn a_public_use_case_is_vetoed_too() {
    for engine in engines("vetoes") {
        let product = Product::open(&engine).await;
        let refused = product.bailiwick.app().sign_up(&Public, &sign_up("eve@example.org")).await;
        assert_eq!(refused.unwrap_err(), Error::Own(CLOSED));
        assert_eq!(count(&product.database, "users").await, "1");
    }
}

#[actix_web::test]
async fn declared_refusals_are_explained_and_described() {
    let product = Product::open(&Engine::Sqlite).await;
    let service = init_service(App::new().configure(product.bailiwick.routes("/identity"))).await;
    let (status, kind) = answer!(&service, TestRequest::get().uri("/identity/problems/seats_taken"));
    assert_eq!((status, &kind["title"]), (200, &json!("All seats are taken")));
    let (_, kinds) = answer!(&service, TestRequest::get().uri("/identity/problems"));
    assert!(kinds.as_array().unwrap().iter().any(|kind| kind["code"] == "closed"));
    let page = TestRequest::get().uri("/identity/problems").insert_header(("accept", "text/html"));
    let page = read_body(call_service(&service, page.to_request()).await).await;
    assert!(String::from_utf8(page.to_vec()).unwrap().contains("problems/seats_taken"));
    let (_, description) = answer!(&service, TestRequest::get().uri("/identity/openapi.json"));
    let codes = &description["components"]["schemas"]["ProblemCode"]["enum"];
    assert!(codes.as_array().unwrap().contains(&json!("seats_taken")));
    let response = &description["paths"]["/auth/invite"]["post"]["responses"]["409"]["$ref"];
    let name = response.as_str().unwrap().rsplit('/').next().unwrap();
    let text = description["components"]["responses"][name]["description"].as_str().unwrap();
    assert!(text.contains("`seats_taken`: All seats are taken"), "{text}");
}

#[actix_web::test]
async fn a_refusal_with_the_code_of_another_problem_is_not_built() {
    const LAST_OWNER: OwnRefusal = OwnRefusal::conflict("last_owner", "Last owner", "Stay.");
    let (database, outbox) = (Engine::Sqlite.create().await, tempfile::tempdir().unwrap());
    for refusals in [vec![LAST_OWNER], vec![CLOSED, CLOSED]] {
        let mut builder = on(&database, &outbox);
        for refusal in refusals {
            builder = builder.refusal(refusal);
        }
        let error = builder.build().await.unwrap_err();
        assert!(matches!(error, BuildError::Refusal("last_owner" | "closed")), "{error}");
    }
}

/// Refuses every change of a role.
struct NoRoles;

#[async_trait]
impl Veto<RoleUpdated> for NoRoles {
    async fn review(&self, _: &Change<RoleUpdated>, _: &mut dyn Tx) -> Result<(), Error> {
        Err(CLOSED.into())
    }
}

permissions! {
    /// May see invoices.
    InvoicesRead = "invoices:read";
}

#[actix_web::test]
async fn a_start_grants_what_is_declared_whatever_a_veto_says() {
    for engine in engines("vetoes") {
        let product = Product::open(&engine).await;
        product.bailiwick.stop().await;
        let Product { database, bailiwick, _outbox: outbox, .. } = product;
        drop(bailiwick);
        let builder = on(&database, &outbox).veto(RoleUpdated, NoRoles);
        builder.permission::<InvoicesRead>("See invoices", SystemRole::Guest).start().await.unwrap();
        let granted =
            "SELECT CAST(count(*) AS TEXT) FROM role_permissions WHERE permission = 'invoices:read'";
        assert_eq!(sql::rows(database.url(), granted).await, ["3"]);
    }
}
