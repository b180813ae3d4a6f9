//! The whole HTTP layer on a store in memory, and accounts in it.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::Request;
use actix_web::body::to_bytes;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::Bytes;
use actix_web::{App as ActixApp, dev::Service};
use bailiwick_app::accounts::{LogIn, SignUp, SignedUp};
use bailiwick_app::authority::Public;
use bailiwick_app::changes::Vetoes;
use bailiwick_app::{AccessClaims, AccessTokens, App, Parts, PublicKey, Settings, Store, TokenFault};
use bailiwick_http::problem::Problem;
use bailiwick_http::{Draining, HttpSettings, Hub, mount};
use bailiwick_kernel::{Clock, DisplayName, Email, Lock, OrgId, ServerKey, SessionId, Timestamp, UserId};
use bailiwick_orgs::{Membership, MembershipStatus};
use bailiwick_roles::SystemRole;
use bailiwick_testkit::{
    CapturedMail, Delegating, FreeThrottle, ManualClock, ManualStopwatch, MemoryStore, OpenBus, QuickHasher,
    SeededIds,
};
use bailiwick_users::{Password, UserChanges, UserStatus};
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use crate::store::Waiting;
use crate::test_routes;

pub const PASSWORD: &str = "correct horse battery";

/// Access tokens of the form `user.session.exp`: three parts and no signature.
struct PlainTokens;

impl AccessTokens for PlainTokens {
    fn sign(&self, claims: &AccessClaims) -> String {
        format!("{}.{}.{}", claims.user, claims.session, claims.expires_at.unix_seconds())
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFault> {
        let parts: Vec<_> = token.split('.').collect();
        let [user, session, expiry] = parts[..] else {
            return Err(TokenFault::PartCount(parts.len()));
        };
        let expiry = expiry.parse().ok().and_then(Timestamp::from_unix_seconds);
        let expires_at = expiry.ok_or(TokenFault::NoExpiry)?;
        if expires_at <= now {
            return Err(TokenFault::Expired(now - expires_at));
        }
        Ok(AccessClaims {
            user: UserId::parse(user).ok_or(TokenFault::Malformed)?,
            session: SessionId::parse(session).ok_or(TokenFault::Malformed)?,
            issued_at: now,
            expires_at,
        })
    }

    fn public_keys(&self) -> Vec<PublicKey> {
        Vec::new()
    }
}

/// An account with an organization of its own and a valid session.
#[derive(Clone)]
pub struct Person {
    pub id: UserId,
    pub org: OrgId,
    pub token: String,
}

pub struct World {
    pub app: App,
    pub store: MemoryStore,
    pub clock: Arc<ManualClock>,
    pub settings: HttpSettings,
    pub draining: Draining,
}

impl World {
    pub fn new() -> Self {
        let (store, clock) = (MemoryStore::new(), Arc::new(ManualClock::new()));
        let app = App::new(Parts {
            store: Arc::new(Delegating(Waiting(store.clone()))),
            hasher: Arc::new(QuickHasher),
            tokens: Arc::new(PlainTokens),
            mailer: Arc::new(CapturedMail::new()),
            throttle: Arc::new(FreeThrottle),
            bus: Arc::new(OpenBus::default()),
            clock: clock.clone(),
            stopwatch: Arc::new(ManualStopwatch::default()),
            ids: Arc::new(SeededIds::default()),
            server_key: ServerKey::new(&[7; 32]),
            vetoes: Vetoes::default(),
            settings: Settings::default(),
        });
        let settings = HttpSettings {
            request_timeout: Duration::from_millis(200),
            cors_origins: vec!["https://front.example".to_owned()],
            ..HttpSettings::default()
        };
        Self { app, store, clock, settings, draining: Draining::default() }
    }

    pub async fn person(&self, name: &str) -> Person {
        let email = Email::parse(&format!("{name}@example.com")).unwrap();
        let request = SignUp {
            email: email.clone(),
            password: Password::parse(PASSWORD).unwrap(),
            first_name: DisplayName::parse(name).unwrap(),
            last_name: DisplayName::parse("Example").unwrap(),
            organization_name: None,
        };
        let SignedUp::Created(user, org) = self.app.sign_up(&Public, &request).await.unwrap() else {
            panic!("verification is not required");
        };
        let login = LogIn { email: email.to_string(), password: Password::claimed(PASSWORD) };
        let login = self.app.log_in(&Public, &login).await.unwrap();
        Person { id: user.id, org: org.id, token: login.access_token.reveal().to_owned() }
    }

    /// Makes an account a guest of `org`, with this status.
    pub async fn make_guest(&self, org: OrgId, user: UserId, status: MembershipStatus) {
        let mut tx = self.store.begin().await.unwrap();
        let roles = tx.roles().list(org).await.unwrap();
        let role = roles.iter().find(|role| role.system == Some(SystemRole::Guest)).unwrap();
        let mut membership = Membership::active(org, user, role.id, self.clock.now());
        membership.status = status;
        tx.orgs().insert_membership(&membership).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn deactivate(&self, user: UserId) {
        let mut tx = self.store.begin().await.unwrap();
        let mut account = tx.users().find(user, Lock::None).await.unwrap().unwrap();
        account.status = UserStatus::Inactive;
        tx.users().update(account.id, &UserChanges::status_of(&account)).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets the cache answer checks of this person in `org`, until the end of the test.
    pub async fn warm_up(&self, person: &Person, org: OrgId) {
        let (app, stop) = (self.app.clone(), std::future::pending());
        actix_web::rt::spawn(async move { app.authority().run_invalidation(Box::pin(stop)).await });
        let actor = self.app.read_token(&person.token).unwrap();
        let authority = self.app.authority();
        while authority.member_cached(&actor, org).is_none()
            || authority.authenticated_cached(&actor).is_none()
        {
            tokio::task::yield_now().await;
            authority.authenticated(&actor).await.unwrap();
            authority.member(&actor, org).await.unwrap();
        }
    }

    pub async fn api(&self) -> Api {
        let (app, settings) = (self.app.clone(), self.settings.clone());
        let sockets = Hub::new(app.clone(), &settings, &self.draining);
        let service = init_service(
            ActixApp::new().configure(|cfg| mount(cfg, &app, &settings, &sockets, test_routes::configure)),
        )
        .await;
        let service = Rc::new(service);
        let call = move |request: Request| -> LocalBoxFuture<'static, Reply> {
            let service = service.clone();
            Box::pin(async move {
                let response =
                    service.call(request).await.expect("the middleware turns errors into responses");
                let (status, headers) = (response.status(), response.headers().clone());
                let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
                let cause = problem.and_then(Problem::cause).map(str::to_owned);
                let body = to_bytes(response.into_body()).await.expect("a body in memory");
                Reply { status, headers, body, cause }
            })
        };
        Api(Box::new(call))
    }
}

type Call = dyn Fn(Request) -> LocalBoxFuture<'static, Reply>;

pub struct Api(Box<Call>);

#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The cause of a problem, which only the log shows.
    pub cause: Option<String>,
}

impl Api {
    pub async fn send(&self, request: TestRequest) -> Reply {
        (self.0)(request.to_request()).await
    }

    pub async fn get(&self, uri: &str) -> Reply {
        self.send(TestRequest::get().uri(uri)).await
    }

    pub async fn call(&self, method: Method, uri: &str, token: &str) -> Reply {
        self.send(bearer(TestRequest::default().method(method).uri(uri), token)).await
    }

    pub async fn post(&self, uri: &str, token: &str, body: &str) -> Reply {
        let request = TestRequest::post().uri(uri).insert_header(("content-type", "application/json"));
        self.send(bearer(request, token).set_payload(body.to_owned())).await
    }
}

pub fn bearer(request: TestRequest, token: &str) -> TestRequest {
    request.insert_header((AUTHORIZATION, format!("Bearer {token}")))
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// Asserts the common members of a problem; returns its status and detail.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = self.json();
        let code = body["code"].as_str().unwrap();
        assert_eq!(body["type"], format!("/problems/{code}"));
        assert_eq!(body["status"], self.status.as_u16());
        assert_eq!(body["request_id"], self.header("x-request-id"));
        assert!(body["title"].is_string() && body["hint"].is_string());
        (self.status.as_u16(), body["detail"].as_str().unwrap().to_owned())
    }

    pub fn code(&self) -> String {
        self.problem();
        self.json()["code"].as_str().unwrap().to_owned()
    }
}
