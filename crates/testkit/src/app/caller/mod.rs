//! An HTTP client of the service, for tests.
//!
//! [`Caller::request`] and the methods named after those of HTTP send any request. The verbs send the
//! requests of the domain: `ada.suspend(&bob)`, `ada.assign(&bob, "editor")`, `ada.read_org()`. They
//! act in the organization of the caller, [`Caller::in_org`] names another one, and they return the
//! [`Reply`], so that a test can assert a refusal.

mod accounts;
mod authority;
mod credentials;
mod invitations;
mod members;
mod organizations;
mod pages;
mod platform;
mod roles;
mod sockets;
mod target;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

pub use target::{OrgTarget, UserTarget};

use crate::app::{Checks, Reply, description};

/// An HTTP client, logged in or not.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The HTTP client, which holds the connections.
    pub http: reqwest::Client,
    /// The base URL, `http://127.0.0.1:PORT`.
    pub base: String,
    /// The access token. If it is empty, requests carry no credential.
    pub token: String,
    /// The id of the account; empty without one.
    pub id: String,
    /// The e-mail address of the account; empty without one.
    pub email: String,
    /// The id of the organization that the verbs act in: the one founded at sign-up, or the one
    /// whose invitation the account accepted; empty without one.
    pub org: String,
    /// The client address sent in `X-Forwarded-For`; if it is empty, no such header is sent.
    pub address: String,
    /// What is checked without the test asking for it.
    pub checks: Checks,
}

impl Caller {
    /// Returns a client without an account of a service at this URL, `http://127.0.0.1:8080/identity`: that
    /// of a [`TestApp`](crate::app::TestApp), or of a program that runs elsewhere.
    pub fn at(base: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let nothing = String::new();
        Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            token: nothing.clone(),
            id: nothing.clone(),
            email: nothing.clone(),
            org: nothing.clone(),
            address: nothing,
            checks: Checks::default(),
        }
    }

    /// Returns a request with the caller's credential and address, which the test may complete.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = match self.address.as_str() {
            "" => request,
            address => request.header("x-forwarded-for", address),
        };
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Sends a request and reads the answer. Unless [`Self::checks`] says otherwise, it must be as the description of
    /// the API says.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let request = request.build().expect("a request");
        let (method, url) = (request.method().clone(), request.url().clone());
        let name = format!("{method} {url}");
        let response = self.http.execute(request).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let reply = Reply { request: name, status, headers, text };
        // A request of the test's own to another server is not compared.
        if self.checks.description
            && let Some(target) = url.as_str().strip_prefix(&self.base)
        {
            let path = target.split(['?', '#']).next().unwrap_or_default();
            description::check(method.as_str(), path, &reply);
        }
        reply
    }

    /// Sends a GET request.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a DELETE request.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Sends a POST request with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// Sends a PUT request with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    /// Sends a PATCH request with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    /// Returns the same caller with another access token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Returns the same caller at another client address. The service accepts the address because it
    /// trusts this machine as a proxy.
    pub fn from(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    /// Returns the same caller acting in another organization.
    pub fn in_org(&self, org: &(impl OrgTarget + ?Sized)) -> Self {
        Self { org: org.org_id().to_owned(), ..self.clone() }
    }
}
