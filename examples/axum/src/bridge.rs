//! Between axum and bailiwick: the client and the caller of a request, and the answer to a refusal.

use std::fmt::Display;
use std::net::SocketAddr;

use axum::Json;
use axum::body::Body as AxumBody;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::header::{ACCEPT_LANGUAGE, ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderName, USER_AGENT};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bailiwick::Running;
use bailiwick::app::authority::{Allow, Authenticated, Permit};
use bailiwick::app::{Actor, App, ClientInfo, Context, Error};
use bailiwick::kernel::OrgId;
use bailiwick::problems::{Code, FieldError, MEDIA_TYPE, Problem};
use serde::de::DeserializeOwned;

/// The use cases on behalf of the client: limits, the audit trail and the language of mails depend on it.
pub struct Service(pub App);

/// The use cases and a caller with a valid access token.
pub struct Caller {
    pub app: App,
    actor: Actor,
}

/// A JSON body; a malformed one is refused by a problem.
pub struct Body<T>(pub T);

/// The answer to a refusal or failure: the problem that the service would send.
pub struct Refusal(Problem);

impl FromRequestParts<Running> for Service {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, bailiwick: &Running) -> Result<Self, Refusal> {
        let header = |name| header(parts, name).map(Into::into);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let ip = peer.map(|peer| peer.0.ip().to_canonical());
        let client = ClientInfo { device: header(USER_AGENT), ip };
        let accept_language = header(ACCEPT_LANGUAGE);
        Ok(Self(bailiwick.app().on_behalf(Context { request_id: None, client, accept_language })))
    }
}

impl FromRequestParts<Running> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, bailiwick: &Running) -> Result<Self, Refusal> {
        let Service(app) = Service::from_request_parts(parts, bailiwick).await?;
        let credentials = header(parts, AUTHORIZATION).ok_or(Code::MissingCredentials)?;
        let token = credentials.strip_prefix("Bearer ").ok_or(Code::InvalidAuthorization)?;
        let actor = app.read_token(token)?;
        Ok(Self { app, actor })
    }
}

impl Caller {
    /// Requires that account and session are active.
    pub async fn account(&self) -> Result<Authenticated, Error> {
        self.app.authority().authenticated(&self.actor).await
    }

    /// Requires a permission in the organization.
    pub async fn holds<P: Permit>(&self, org: OrgId, permission: P) -> Result<Allow<P>, Error> {
        self.app.authority().check(&self.actor, org, permission).await
    }

    /// Returns the verified token of the caller, for other checks of `authority()`.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::JsonDataError(error)) => Err(invalid("", error.body_text()).into()),
            Err(JsonRejection::JsonSyntaxError(_)) => Err(Code::MalformedJson.into()),
            Err(other) => Err(Code::of_status(other.status().as_u16()).unwrap_or(Code::BadRequest).into()),
        }
    }
}

/// Every error of a use case, and every code, becomes a problem.
impl<E: Into<Problem>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Some(cause) = self.0.cause() {
            eprintln!("{}: {cause}", self.0);
        }
        let mut response = Response::builder().status(self.0.status());
        for (name, value) in self.0.headers() {
            response = response.header(name, value.as_ref());
        }
        response.body(AxumBody::from(self.0.to_json())).unwrap_or_default()
    }
}

/// Replaces the errors of axum itself, such as 404 and 405, by problems.
pub async fn as_problem(response: Response) -> Response {
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == MEDIA_TYPE);
    let Some(code) = Code::of_status(response.status().as_u16()).filter(|_| !is_problem) else {
        return response;
    };
    let mut problem = Refusal::from(code).into_response();
    if let Some(methods) = response.headers().get(ALLOW) {
        problem.headers_mut().insert(ALLOW, methods.clone());
    }
    problem
}

/// Returns the problem of one invalid field, named by its JSON pointer.
pub fn invalid(pointer: &str, error: impl Display) -> Problem {
    Problem::invalid(vec![FieldError::new(pointer, "invalid", error.to_string())])
}

fn header(parts: &Parts, name: HeaderName) -> Option<&str> {
    parts.headers.get(name)?.to_str().ok()
}
