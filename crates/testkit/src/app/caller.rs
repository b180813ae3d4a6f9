//! A client of the service.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::app::{Reply, description};

/// A client, logged in or not.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The connections.
    pub http: reqwest::Client,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// The access token; empty for nobody.
    pub token: String,
    /// The user's id.
    pub id: String,
    /// The address.
    pub email: String,
    /// The organization owned since sign-up, if any.
    pub org: String,
    /// Where its requests come from, said to be by a proxy; empty for this machine.
    pub address: String,
}

impl Caller {
    /// A request to be completed by the test.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = match self.address.as_str() {
            "" => request,
            address => request.header("x-forwarded-for", address),
        };
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Sends a request and reads the answer, which must be as the description of the API says.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let request = request.build().expect("a request");
        let (method, url) = (request.method().clone(), request.url().clone());
        let name = format!("{method} {url}");
        let response = self.http.execute(request).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let reply = Reply { request: name, status, headers, text };
        // A request of the test's own to another server is not compared.
        if let Some(target) = url.as_str().strip_prefix(&self.base) {
            let path = target.split(['?', '#']).next().unwrap_or_default();
            description::check(method.as_str(), path, &reply);
        }
        reply
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// PUT with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    /// PATCH with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    /// The same caller with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The same caller at another address: of this machine, which the service trusts as
    /// a proxy.
    pub fn from(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    /// Tries to log in; the answer alone.
    pub async fn try_log_in(&self, email: &str, password: &str) -> Reply {
        self.post("/auth/login", json!({ "email": email, "password": password })).await
    }

    /// The id of a role of `org`, by name.
    pub async fn role_id(&self, org: &str, name: &str) -> String {
        let roles = self.get(&format!("/roles/list_roles?org_id={org}")).await.is(200).json();
        let role = roles.as_array().and_then(|all| all.iter().find(|role| role["name"] == name));
        role.and_then(|role| role["id"].as_str())
            .unwrap_or_else(|| panic!("no role {name}: {roles}"))
            .to_owned()
    }

    /// Defines a role in `org` and gives its id.
    pub async fn create_role(&self, org: &str, name: &str, level: u8, permissions: &[&str]) -> String {
        let body = json!({ "name": name, "hierarchy_level": level, "permissions": permissions });
        self.post(&format!("/roles?org_id={org}"), body).await.is(201).text_of("/id")
    }
}
