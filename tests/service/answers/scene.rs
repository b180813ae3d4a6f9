//! The people of every snapshot.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use reqwest::Method;
use serde_json::Value;

use crate::logins::root;

/// An id that belongs to nothing.
pub const NOBODYS: &str = "0198c5a0-7d3e-7000-8000-000000000001";

/// A service with one organization, which everybody acts in.
pub struct Scene {
    pub app: TestApp,
    /// An administrator of the platform.
    pub root: Caller,
    /// The owner of the organization.
    pub ada: Caller,
    /// A member whose role grants nothing.
    pub bob: Caller,
    /// No member; she has an organization of her own.
    pub eve: Caller,
    /// A member whose account is deactivated.
    pub off: Caller,
    pub anyone: Caller,
}

impl Scene {
    pub async fn start() -> Self {
        let app = TestApp::start(&Engine::Sqlite).await;
        let ada = app.sign_up("ada").await;
        ada.create_role("plain", 5, &[]).await;
        let root = root(&app).await.in_org(&ada);
        let bob = app.bring_in(&ada, "bob", "plain").await;
        let eve = app.sign_up("eve").await.in_org(&ada);
        let off = app.bring_in(&ada, "off", "plain").await;
        off.deactivate_me().await.is(200);
        let anyone = app.anyone().in_org(&ada);
        Self { app, root, ada, bob, eve, off, anyone }
    }
}

/// Sends the request of an answer again, with this body.
pub async fn again(who: &Caller, answer: &Reply, body: Value) -> Reply {
    let (method, path) = request_of(who, answer);
    who.send(who.request(method, &path).json(&body)).await
}

/// The method of the request of an answer, and its path with the query.
pub fn request_of(who: &Caller, answer: &Reply) -> (Method, String) {
    let (method, url) = answer.request.split_once(' ').unwrap();
    (method.parse().unwrap(), url.strip_prefix(&who.base).unwrap().to_owned())
}
