//! A service on a SQLite file, with its accounts and organizations.

use std::sync::Mutex;
use std::time::Duration;

use bailiwick_testkit::app::sql;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::history::{Caller, Change, Elapsed, Fact, ON, Outcome, Probe, ProbeKind, Requirement};
use crate::recorder::Recorder;
use crate::setup::{GRANTING, credential};
use crate::support::{Service, WorkDir};
use crate::world::{Answer, Credential, PASSWORD, exchange};

use super::BOUND;

/// Number of organizations. It is large enough that most memberships stay unchanged for longer than the
/// bound.
const ORGS: u32 = 12;
const PEOPLE: u32 = 4;

const TIMEOUT: Duration = Duration::from_secs(30);

pub struct File {
    pub recorder: Recorder,
    pub work_dir: WorkDir,
    pub flaw: Option<&'static str>,
    pub owner: Credential,
    /// The people. Each has a membership in each organization.
    pub people: Vec<Credential>,
    pub orgs: Vec<Org>,
    service: Mutex<Service>,
    api: String,
    http: Client,
    url: String,
}

/// An organization and the role of its members.
pub struct Org {
    pub id: String,
    pub role: String,
    /// The number of the role in the history.
    pub number: u32,
}

impl File {
    /// Starts the service and makes every person an active member of every organization.
    pub async fn start(flaw: Option<&'static str>) -> Self {
        let work_dir = WorkDir::new();
        let mut environment = vec![
            ("BAILIWICK__THROTTLE__ENABLED", "false"),
            ("BAILIWICK__SERVER__WORKERS", "2"),
            ("BAILIWICK__HASHER__THREADS", "1"),
        ];
        environment.extend(flaw.map(|flaw| ("BAILIWICK_FLAW", flaw)));
        let service = tokio::task::block_in_place(|| work_dir.serve(&environment));
        let url = format!("sqlite:{}", work_dir.path("data/bailiwick.db").display());
        let http = Client::builder().no_proxy().timeout(TIMEOUT).tcp_nodelay(true).build().unwrap();
        let nobody = Caller { session: 0, person: 0 };
        let owner =
            Credential { caller: nobody, session: String::new(), token: String::new(), user: String::new() };
        let (people, orgs, recorder) = (Vec::new(), Vec::new(), Recorder::new());
        let (api, service) = (service.api.clone(), Mutex::new(service));
        let mut file = Self { recorder, work_dir, flaw, owner, people, orgs, service, api, http, url };
        file.owner = file.sign_up("owner").await;
        for number in 1..=PEOPLE {
            let person = file.sign_up(&format!("p{number}")).await;
            file.people.push(person);
        }
        for _ in 0..ORGS {
            let org = file.organization().await;
            file.orgs.push(org);
        }
        let sessions = file.people.iter().map(|person| (Fact::Session(person.caller.session), ON));
        file.recorder.record_initial(Elapsed::ZERO, sessions.collect());
        file
    }

    async fn sign_up(&self, name: &str) -> Credential {
        let email = format!("{name}@example.com");
        let account =
            json!({ "email": email, "password": PASSWORD, "first_name": name, "last_name": "Tester" });
        self.made("/auth/signup", "", account).await;
        let login = self.made("/auth/login", "", json!({ "email": email, "password": PASSWORD })).await;
        let caller = Caller { session: self.recorder.number(), person: 0 };
        credential(&login, caller)
    }

    async fn organization(&self) -> Org {
        let number = self.recorder.number();
        let body = json!({ "name": format!("Organization {number}") });
        let id = self.made("/organizations", &self.owner.token, body).await.text("/id");
        let body = json!({ "name": "Level 35", "hierarchy_level": 35, "permissions": GRANTING });
        let role = self.made(&format!("/roles?org_id={id}"), &self.owner.token, body).await.text("/id");
        let mut facts = vec![(Fact::RoleGrants(number), ON)];
        for person in &self.people {
            let insert = format!(
                "INSERT INTO memberships (org_id, user_id, role_id, status, created_at)
                 VALUES ({}, {}, {}, 'active', 0)",
                blob(&id),
                blob(&person.user),
                blob(&role)
            );
            sql::execute(&self.url, &insert).await;
            let member = membership_number(number, person);
            facts.extend([
                (Fact::Account(member), ON),
                (Fact::Membership(member), ON),
                (Fact::Role(member), number),
            ]);
        }
        self.recorder.record_initial(Elapsed::ZERO, facts);
        Org { id, role, number }
    }

    async fn made(&self, path: &str, token: &str, body: Value) -> Answer {
        let answer = self.request(Method::POST, path, token, body).await;
        assert!(answer.is_success(), "{path}: {answer:?}: {}", self.log());
        answer
    }

    pub async fn request(&self, method: Method, path: &str, token: &str, body: Value) -> Answer {
        let request = self.http.request(method, format!("{}{path}", self.api)).bearer_auth(token);
        exchange(&self.recorder, if body.is_null() { request } else { request.json(&body) }).await
    }

    /// Changes authority by HTTP, as the owner.
    pub async fn by_http(
        &self,
        kind: &'static str,
        method: Method,
        path: &str,
        body: Value,
        effects: Vec<(Fact, u32)>,
    ) {
        let Answer { start, end, status, body, .. } =
            self.request(method, path, &self.owner.token, body).await;
        let outcome = match status {
            Some(200..300) => Outcome::Acknowledged,
            Some(400..500) => {
                return self.recorder.record_remark(format!("{kind} refused: {status:?} {body}"));
            }
            _ => Outcome::Unknown,
        };
        let (node, grace) = (Some(0), Duration::ZERO);
        self.recorder.record_change(Change { kind, node, start, end, grace, outcome, effects });
    }

    /// Changes authority by SQL, as another process does.
    pub async fn by_sql(&self, kind: &'static str, statement: &str, effects: Vec<(Fact, u32)>) {
        let start = self.recorder.now();
        let (url, text) = (self.url.clone(), statement.to_owned());
        let runtime = tokio::runtime::Handle::current();
        // Waiting for the file's lock blocks this thread; other tasks continue.
        tokio::task::spawn_blocking(move || runtime.block_on(sql::execute(&url, &text))).await.unwrap();
        let (end, grace, outcome) = (self.recorder.now(), BOUND, Outcome::Acknowledged);
        self.recorder.record_change(Change { kind, node: None, start, end, grace, outcome, effects });
    }

    /// Probes whether this person has the authority in this organization.
    pub async fn probe(&self, person: &Credential, org: &Org, requires: Requirement) {
        let path = match requires {
            Requirement::Session => "/auth/me".to_owned(),
            Requirement::Membership => format!("/organizations/{}/users/{}", org.id, person.user),
            Requirement::Permission => format!("/api/protected?org_id={}", org.id),
        };
        let answer = self.request(Method::GET, &path, &person.token, Value::Null).await;
        let caller = Caller { session: person.caller.session, person: membership_number(org.number, person) };
        let (start, end, verdict) = (answer.start, answer.end, answer.verdict());
        self.recorder.record_probe(Probe {
            kind: ProbeKind::Read,
            node: 0,
            caller,
            requires,
            start,
            end,
            verdict,
        });
    }

    pub fn log(&self) -> String {
        self.service.lock().unwrap().log()
    }
}

/// Returns the number of a membership. The history treats each membership as a person of its own.
pub fn membership_number(org: u32, person: &Credential) -> u32 {
    org * 1000 + person.caller.session
}

/// Returns an id as an SQL literal.
pub fn blob(id: &str) -> String {
    format!("unhex('{id}', '-')")
}
