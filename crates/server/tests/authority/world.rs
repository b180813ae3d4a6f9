//! Organizations, people, and their requests to the service.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::history::{Asker, Asks, Elapsed, Probe, Verdict, Way};
use crate::recorder::Recorder;

pub const PASSWORD: &str = "correct horse battery";

/// Number of ended credentials per seat that are still presented.
const REMEMBERED: usize = 3;

/// The cluster, its organizations and people, and the recorder of one history.
pub struct World {
    pub cluster: Cluster,
    pub recorder: Recorder,
    pub admin: Credential,
    pub orgs: Vec<Org>,
    strikes: Mutex<JoinSet<()>>,
}

pub struct Org {
    pub id: String,
    pub owner: Credential,
    pub roles: Vec<Role>,
    pub seats: Vec<Arc<Socket>>,
}

/// A role that is edited.
#[derive(Clone, Debug)]
pub struct Role {
    pub number: u32,
    pub id: String,
    pub level: u32,
}

/// A credential of a login.
#[derive(Clone, Debug)]
pub struct Credential {
    pub asker: Asker,
    pub session: String,
    pub token: String,
    pub user: String,
}

/// A membership in an organization, held by one person after another.
pub struct Socket {
    pub org: String,
    holder: Mutex<Holder>,
}

#[derive(Clone, Default)]
struct Holder {
    live: Vec<Arc<Credential>>,
    ended: VecDeque<Arc<Credential>>,
}

/// The response to a request.
#[derive(Debug)]
pub struct Answer {
    pub start: Elapsed,
    pub end: Elapsed,
    /// The status, if an answer came.
    pub status: Option<u16>,
    pub body: Value,
    /// Whether the request was never sent.
    pub unsent: bool,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the request certainly changed nothing.
    pub fn is_refusal(&self) -> bool {
        self.unsent || self.status.is_some_and(|status| (400..500).contains(&status))
    }

    pub fn text(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// What the response says about the authority of the caller. A 408 says nothing, because a node that
    /// was stopped reads the head of a request too late.
    pub fn verdict(&self) -> Verdict {
        match self.status {
            None | Some(408 | 503) => Verdict::Unavailable,
            Some(401 | 403) => Verdict::Denied,
            Some(200..300 | 400 | 404 | 409 | 422) => Verdict::Allowed,
            Some(other) => Verdict::Broken(other),
        }
    }
}

impl Socket {
    pub fn new(org: &str) -> Self {
        Self { org: org.to_owned(), holder: Mutex::default() }
    }

    /// The credentials not known to have ended; the newest is last.
    pub fn live(&self) -> Vec<Arc<Credential>> {
        self.holder.lock().unwrap().live.clone()
    }

    /// The same, and the latest that ended.
    pub fn all(&self) -> Vec<Arc<Credential>> {
        let holder = self.holder.lock().unwrap();
        holder.live.iter().chain(&holder.ended).cloned().collect()
    }

    /// The newest credential not known to have ended, and the latest that ended.
    fn latest(&self) -> Vec<Arc<Credential>> {
        let holder = self.holder.lock().unwrap();
        holder.live.last().into_iter().chain(holder.ended.back()).cloned().collect()
    }

    pub fn logged_in(&self, credential: Credential) {
        self.holder.lock().unwrap().live.push(Arc::new(credential));
    }

    /// Records that `sessions` have ended or may have ended.
    pub fn ended(&self, sessions: &[u32]) {
        let mut holder = self.holder.lock().unwrap();
        let (gone, live) = std::mem::take(&mut holder.live)
            .into_iter()
            .partition(|login| sessions.contains(&login.asker.session));
        let gone: Vec<_> = gone;
        holder.live = live;
        holder.ended.extend(gone);
        while holder.ended.len() > REMEMBERED {
            holder.ended.pop_front();
        }
    }
}

impl World {
    pub fn new(cluster: Cluster, recorder: Recorder, admin: Credential, orgs: Vec<Org>) -> Self {
        Self { cluster, recorder, admin, orgs, strikes: Mutex::default() }
    }

    pub fn seats(&self) -> Vec<Arc<Socket>> {
        self.orgs.iter().flat_map(|org| org.seats.iter().cloned()).collect()
    }

    /// Probes whether the credential has the authority `asks`, and records the answer.
    pub async fn probe(&self, node: usize, login: &Credential, org: &str, way: Way, asks: Asks) {
        let answer = match (way, asks) {
            (Way::Write, _) => {
                let path = format!("/roles/permission?org_id={org}");
                let action = format!("a{}", self.recorder.now().as_micros());
                let body = serde_json::json!({ "resource": "kb", "action": action, "description": "" });
                ask(self, node, Method::POST, &path, &login.token, body).await
            }
            (_, Asks::Life) => get(self, node, "/auth/me", &login.token).await,
            (_, Asks::Socket) => {
                get(self, node, &format!("/organizations/{org}/users/{}", login.user), &login.token).await
            }
            (_, Asks::Permission) => {
                get(self, node, &format!("/api/protected?org_id={org}"), &login.token).await
            }
        };
        self.note(node, login.asker, way, asks, &answer);
    }

    /// Records what the response says about the authority of its caller.
    pub fn note(&self, node: usize, asker: Asker, way: Way, asks: Asks, answer: &Answer) {
        let (start, end, verdict) = (answer.start, answer.end, answer.verdict());
        self.recorder.probe(Probe { way, node, asker, asks, start, end, verdict });
    }

    /// Probes every node about these people at once, without waiting for the answers. Stale authority is
    /// most likely to be seen right after a change was acknowledged.
    pub fn strike(self: &Arc<Self>, seats: &[Arc<Socket>]) {
        let mut strikes = self.strikes.lock().unwrap();
        while strikes.try_join_next().is_some() {}
        for seat in seats {
            for login in seat.latest() {
                for node in 0..self.cluster.nodes.len() {
                    let (world, login, org) = (self.clone(), login.clone(), seat.org.clone());
                    strikes.spawn(async move {
                        world.probe(node, &login, &org, Way::Read, Asks::Permission).await;
                    });
                }
            }
        }
    }

    /// Waits for the answers to these probes.
    pub async fn wait_for_quiet(&self) {
        let mut strikes = std::mem::take(&mut *self.strikes.lock().unwrap());
        while strikes.join_next().await.is_some() {}
    }
}

pub async fn get(world: &World, node: usize, path: &str, token: &str) -> Answer {
    ask(world, node, Method::GET, path, token, Value::Null).await
}

pub async fn post(world: &World, node: usize, path: &str, token: &str, body: Value) -> Answer {
    ask(world, node, Method::POST, path, token, body).await
}

pub async fn ask(world: &World, node: usize, method: Method, path: &str, token: &str, body: Value) -> Answer {
    call(&world.cluster, &world.recorder, node, method, path, token, body).await
}

/// Does the same before a world exists. A body of null is not sent.
pub async fn call(
    cluster: &Cluster,
    recorder: &Recorder,
    node: usize,
    method: Method,
    path: &str,
    token: &str,
    body: Value,
) -> Answer {
    let request = cluster.nodes[node].request(method, path, token);
    exchange(recorder, if body.is_null() { request } else { request.json(&body) }).await
}

/// Sends a request and waits for the response.
pub async fn exchange(recorder: &Recorder, request: RequestBuilder) -> Answer {
    let start = recorder.now();
    let response = request.send().await;
    // The response counts as received when its head is.
    let end = recorder.now();
    match response {
        Ok(response) => {
            let status = Some(response.status().as_u16());
            let body = response.json().await.unwrap_or_default();
            Answer { start, end, status, body, unsent: false }
        }
        Err(error) => Answer { start, end, status: None, body: Value::Null, unsent: error.is_connect() },
    }
}
