//! Organizations, people, and their requests to the service.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::history::{Caller, Elapsed, Probe, ProbeKind, Requirement, Verdict};
use crate::recorder::Recorder;

pub const PASSWORD: &str = "correct horse battery";

/// Number of ended credentials per membership with which requests are still sent.
const REMEMBERED: usize = 3;

/// The cluster, its organizations and people, and the recorder of one history.
pub struct World {
    pub cluster: Cluster,
    pub recorder: Recorder,
    pub admin: Credential,
    pub orgs: Vec<Org>,
    pending_probes: Mutex<JoinSet<()>>,
}

pub struct Org {
    pub id: String,
    pub owner: Credential,
    pub roles: Vec<Role>,
    pub memberships: Vec<Arc<Membership>>,
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
    pub caller: Caller,
    pub session: String,
    pub token: String,
    pub user: String,
}

/// A membership in an organization, held by one person after another.
pub struct Membership {
    pub org: String,
    logins: Mutex<Logins>,
}

/// The credentials of the holder of a membership.
#[derive(Clone, Default)]
struct Logins {
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

    /// Returns whether the request certainly changed nothing.
    pub fn is_refusal(&self) -> bool {
        self.unsent || self.status.is_some_and(|status| (400..500).contains(&status))
    }

    pub fn text(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Returns whether the response shows that the caller has the authority. A 408 shows nothing, because a
    /// node that was stopped reads the head of a request too late.
    pub fn verdict(&self) -> Verdict {
        match self.status {
            None | Some(408 | 503) => Verdict::Unavailable,
            Some(401 | 403) => Verdict::Denied,
            Some(200..300 | 400 | 404 | 409 | 422) => Verdict::Allowed,
            Some(other) => Verdict::Broken(other),
        }
    }
}

impl Membership {
    pub fn new(org: &str) -> Self {
        Self { org: org.to_owned(), logins: Mutex::default() }
    }

    /// Returns the credentials not known to have ended; the newest is last.
    pub fn live(&self) -> Vec<Arc<Credential>> {
        self.logins.lock().unwrap().live.clone()
    }

    /// Returns the credentials not known to have ended and those that ended last.
    pub fn all(&self) -> Vec<Arc<Credential>> {
        let logins = self.logins.lock().unwrap();
        logins.live.iter().chain(&logins.ended).cloned().collect()
    }

    /// Returns the newest credential not known to have ended, and the one that ended last.
    fn latest(&self) -> Vec<Arc<Credential>> {
        let logins = self.logins.lock().unwrap();
        logins.live.last().into_iter().chain(logins.ended.back()).cloned().collect()
    }

    pub fn logged_in(&self, credential: Credential) {
        self.logins.lock().unwrap().live.push(Arc::new(credential));
    }

    /// Records that `sessions` have ended or may have ended.
    pub fn ended(&self, sessions: &[u32]) {
        let mut logins = self.logins.lock().unwrap();
        let (gone, live) = std::mem::take(&mut logins.live)
            .into_iter()
            .partition(|login| sessions.contains(&login.caller.session));
        let gone: Vec<_> = gone;
        logins.live = live;
        logins.ended.extend(gone);
        while logins.ended.len() > REMEMBERED {
            logins.ended.pop_front();
        }
    }
}

impl World {
    pub fn new(cluster: Cluster, recorder: Recorder, admin: Credential, orgs: Vec<Org>) -> Self {
        Self { cluster, recorder, admin, orgs, pending_probes: Mutex::default() }
    }

    pub fn memberships(&self) -> Vec<Arc<Membership>> {
        self.orgs.iter().flat_map(|org| org.memberships.iter().cloned()).collect()
    }

    /// Probes whether the credential has the authority `requires`, and records the answer.
    pub async fn probe(
        &self,
        node: usize,
        login: &Credential,
        org: &str,
        kind: ProbeKind,
        requires: Requirement,
    ) {
        let answer = match (kind, requires) {
            (ProbeKind::Write, _) => {
                let path = format!("/roles/permission?org_id={org}");
                let action = format!("a{}", self.recorder.now().as_micros());
                let body = serde_json::json!({ "resource": "kb", "action": action, "description": "" });
                request(self, node, Method::POST, &path, &login.token, body).await
            }
            (_, Requirement::Session) => get(self, node, "/auth/me", &login.token).await,
            (_, Requirement::Membership) => {
                get(self, node, &format!("/organizations/{org}/users/{}", login.user), &login.token).await
            }
            (_, Requirement::Permission) => {
                get(self, node, &format!("/api/protected?org_id={org}"), &login.token).await
            }
        };
        self.record_answer(node, login.caller, kind, requires, &answer);
    }

    /// Records the response as a probe, because it shows whether its caller has the authority.
    pub fn record_answer(
        &self,
        node: usize,
        caller: Caller,
        kind: ProbeKind,
        requires: Requirement,
        answer: &Answer,
    ) {
        let (start, end, verdict) = (answer.start, answer.end, answer.verdict());
        self.recorder.record_probe(Probe { kind, node, caller, requires, start, end, verdict });
    }

    /// Probes every node about these memberships, without waiting for the answers. Stale authority is most
    /// likely right after a change was acknowledged.
    pub fn probe_everywhere(self: &Arc<Self>, memberships: &[Arc<Membership>]) {
        let mut pending_probes = self.pending_probes.lock().unwrap();
        while pending_probes.try_join_next().is_some() {}
        for membership in memberships {
            for login in membership.latest() {
                for node in 0..self.cluster.nodes.len() {
                    let (world, login, org) = (self.clone(), login.clone(), membership.org.clone());
                    pending_probes.spawn(async move {
                        world.probe(node, &login, &org, ProbeKind::Read, Requirement::Permission).await;
                    });
                }
            }
        }
    }

    /// Waits for the answers to the probes of [`World::probe_everywhere`].
    pub async fn wait_for_probes(&self) {
        let mut pending_probes = std::mem::take(&mut *self.pending_probes.lock().unwrap());
        while pending_probes.join_next().await.is_some() {}
    }
}

pub async fn get(world: &World, node: usize, path: &str, token: &str) -> Answer {
    request(world, node, Method::GET, path, token, Value::Null).await
}

pub async fn post(world: &World, node: usize, path: &str, token: &str, body: Value) -> Answer {
    request(world, node, Method::POST, path, token, body).await
}

pub async fn request(
    world: &World,
    node: usize,
    method: Method,
    path: &str,
    token: &str,
    body: Value,
) -> Answer {
    call(&world.cluster, &world.recorder, node, method, path, token, body).await
}

/// Sends a request to a node and returns the response. A body of null is not sent.
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
