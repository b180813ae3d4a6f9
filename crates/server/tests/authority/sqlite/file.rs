//! A service on an SQLite file, and the people in it.

use std::sync::Mutex;
use std::time::Duration;

use bailiwick_testkit::app::sql;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::founding::{GRANTING, credential};
use crate::history::{Asker, Asks, Change, Elapsed, Fact, ON, Outcome, Probe, Way};
use crate::recorder::Recorder;
use crate::support::{Place, Service};
use crate::world::{Answer, Credential, PASSWORD, exchange};

use super::BOUND;

/// Number of organizations. It is large enough that most memberships stay unchanged for longer than the
/// bound.
const ORGS: u32 = 12;
const PEOPLE: u32 = 4;

const TIMEOUT: Duration = Duration::from_secs(30);

pub struct File {
    pub recorder: Recorder,
    pub place: Place,
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
    /// Starts the service and makes everybody an active member of every organization.
    pub async fn found(flaw: Option<&'static str>) -> Self {
        let place = Place::new();
        let mut environment = vec![
            ("BAILIWICK__THROTTLE__ENABLED", "false"),
            ("BAILIWICK__SERVER__WORKERS", "2"),
            ("BAILIWICK__HASHER__THREADS", "1"),
        ];
        environment.extend(flaw.map(|flaw| ("BAILIWICK_FLAW", flaw)));
        let service = tokio::task::block_in_place(|| place.serve(&environment));
        let url = format!("sqlite:{}", place.path("data/bailiwick.db").display());
        let http = Client::builder().no_proxy().timeout(TIMEOUT).tcp_nodelay(true).build().unwrap();
        let nobody = Asker { session: 0, person: 0 };
        let owner =
            Credential { asker: nobody, session: String::new(), token: String::new(), user: String::new() };
        let (people, orgs, recorder) = (Vec::new(), Vec::new(), Recorder::new());
        let (api, service) = (service.api.clone(), Mutex::new(service));
        let mut file = Self { recorder, place, flaw, owner, people, orgs, service, api, http, url };
        file.owner = file.sign_up("owner").await;
        for number in 1..=PEOPLE {
            let person = file.sign_up(&format!("p{number}")).await;
            file.people.push(person);
        }
        for _ in 0..ORGS {
            let org = file.organization().await;
            file.orgs.push(org);
        }
        let sessions = file.people.iter().map(|person| (Fact::Session(person.asker.session), ON));
        file.recorder.born(Elapsed::ZERO, sessions.collect());
        file
    }

    async fn sign_up(&self, name: &str) -> Credential {
        let email = format!("{name}@example.com");
        let account =
            json!({ "email": email, "password": PASSWORD, "first_name": name, "last_name": "Tester" });
        self.made("/auth/signup", "", account).await;
        let login = self.made("/auth/login", "", json!({ "email": email, "password": PASSWORD })).await;
        let asker = Asker { session: self.recorder.number(), person: 0 };
        credential(&login, asker)
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
            let place = place_of(number, person);
            facts.extend([
                (Fact::Account(place), ON),
                (Fact::Membership(place), ON),
                (Fact::Role(place), number),
            ]);
        }
        self.recorder.born(Elapsed::ZERO, facts);
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
            Some(400..500) => return self.recorder.odd(format!("{kind} refused: {status:?} {body}")),
            _ => Outcome::Unknown,
        };
        let (node, grace) = (Some(0), Duration::ZERO);
        self.recorder.change(Change { kind, node, start, end, grace, outcome, effects });
    }

    /// Changes authority by SQL, as another process does.
    pub async fn by_sql(&self, kind: &'static str, statement: &str, effects: Vec<(Fact, u32)>) {
        let start = self.recorder.now();
        let (url, text) = (self.url.clone(), statement.to_owned());
        let runtime = tokio::runtime::Handle::current();
        // Waiting for the file's lock blocks this thread; other tasks continue.
        tokio::task::spawn_blocking(move || runtime.block_on(sql::execute(&url, &text))).await.unwrap();
        let (end, grace, outcome) = (self.recorder.now(), BOUND, Outcome::Acknowledged);
        self.recorder.change(Change { kind, node: None, start, end, grace, outcome, effects });
    }

    /// Probes whether this person has the authority in this organization.
    pub async fn probe(&self, person: &Credential, org: &Org, asks: Asks) {
        let path = match asks {
            Asks::Life => "/auth/me".to_owned(),
            Asks::Socket => format!("/organizations/{}/users/{}", org.id, person.user),
            Asks::Permission => format!("/api/protected?org_id={}", org.id),
        };
        let answer = self.request(Method::GET, &path, &person.token, Value::Null).await;
        let asker = Asker { session: person.asker.session, person: place_of(org.number, person) };
        let (start, end, verdict) = (answer.start, answer.end, answer.verdict());
        self.recorder.probe(Probe { way: Way::Read, node: 0, asker, asks, start, end, verdict });
    }

    pub fn log(&self) -> String {
        self.service.lock().unwrap().log()
    }
}

/// Returns the number of a membership, which the history treats as a person of its own.
pub fn place_of(org: u32, person: &Credential) -> u32 {
    org * 1000 + person.asker.session
}

/// Returns an id as an SQL literal.
pub fn blob(id: &str) -> String {
    format!("unhex('{id}', '-')")
}
