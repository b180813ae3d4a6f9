//! The initial state of a world.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::history::{Caller, Fact, ON};
use crate::postgres::connect;
use crate::recorder::Recorder;
use crate::world::{Answer, Credential, Membership, Org, PASSWORD, Role, World, call};

/// The permissions of a role that grants the permissions that are probed.
pub const GRANTING: [&str; 3] = ["kb:read", "roles:write", "ws:connect"];
/// The permissions of a role that does not grant the permissions that are probed.
pub const REDUCED: [&str; 1] = ["ws:connect"];

const ROLES_OF_AN_ORG: u32 = 2;

/// The size of a world: the number of organizations, and of memberships in each.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub orgs: usize,
    pub memberships: usize,
}

struct Setup {
    cluster: Cluster,
    recorder: Recorder,
}

/// Creates the accounts and organizations of a world. The memberships have no holders yet, and all roles
/// grant the permissions that are probed.
pub async fn set_up(cluster: Cluster, size: Size) -> Arc<World> {
    let setup = Setup { cluster, recorder: Recorder::new() };
    setup.sign_up("admin@example.com").await;
    let made = "UPDATE users SET platform_admin = true WHERE email = 'admin@example.com'";
    connect(&setup.cluster.url).await.unwrap().batch_execute(made).await.unwrap();
    let admin = setup.log_in("admin@example.com").await;
    let mut orgs = Vec::new();
    for number in 0..size.orgs {
        orgs.push(setup.organization(number, size.memberships).await);
    }
    Arc::new(World::new(setup.cluster, setup.recorder, admin, orgs))
}

impl Setup {
    async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        // The nodes have just been started, and may answer 503 at first.
        for _ in 0..50 {
            let answer =
                call(&self.cluster, &self.recorder, 0, Method::POST, path, token, body.clone()).await;
            if answer.is_success() {
                return answer;
            }
            assert!(!answer.is_refusal(), "{path}: {answer:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("{path}: the service is not available: {}", self.cluster.logs());
    }

    async fn sign_up(&self, email: &str) -> Answer {
        let body =
            json!({ "email": email, "password": PASSWORD, "first_name": "Ada", "last_name": "Tester" });
        self.post("/auth/signup", "", body).await
    }

    async fn log_in(&self, email: &str) -> Credential {
        let answer = self.post("/auth/login", "", json!({ "email": email, "password": PASSWORD })).await;
        let (person, role) = (self.recorder.number(), self.recorder.number());
        let session = self.recorder.number();
        let facts =
            [Fact::Session(session), Fact::Account(person), Fact::Membership(person), Fact::RoleGrants(role)];
        let facts = facts.map(|fact| (fact, ON)).into_iter().chain([(Fact::Role(person), role)]);
        self.recorder.record_initial(answer.start, facts.collect());
        credential(&answer, Caller { session, person })
    }

    async fn organization(&self, number: usize, memberships: usize) -> Org {
        let email = format!("owner{number}@example.com");
        let id = self.sign_up(&email).await.text("/organization/id");
        let owner = self.log_in(&email).await;
        let mut roles = Vec::new();
        for level in (1..=ROLES_OF_AN_ORG).map(|rank| rank * 10 + 25) {
            roles.push(self.role(&id, &owner, level).await);
        }
        let memberships = (0..memberships).map(|_| Arc::new(Membership::new(&id))).collect();
        Org { id, owner, roles, memberships }
    }

    async fn role(&self, org: &str, owner: &Credential, level: u32) -> Role {
        let body =
            json!({ "name": format!("Level {level}"), "hierarchy_level": level, "permissions": GRANTING });
        let answer = self.post(&format!("/roles?org_id={org}"), &owner.token, body).await;
        let number = self.recorder.number();
        self.recorder.record_initial(answer.start, vec![(Fact::RoleGrants(number), ON)]);
        Role { number, id: answer.text("/id"), level }
    }
}

/// Returns the credential in a login response.
pub fn credential(answer: &Answer, caller: Caller) -> Credential {
    let token = answer.text("/access_token");
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    let claim = |name: &str| claims[name].as_str().unwrap().to_owned();
    Credential { caller, session: claim("sid"), user: claim("id"), token }
}
