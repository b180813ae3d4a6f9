//! Finds the service of a request by the token in its path.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_http::{Method, Request};
use actix_service::{Service, always_ready};
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, Response};
use actix_web::{HttpResponse, ResponseError};
use bailiwick::problems::{Code, Problem};
use futures_util::future::LocalBoxFuture;
use tokio::sync::OnceCell;

use super::instance::{Common, Instance};

/// Maximum length of a token in bytes.
const LONGEST_TOKEN: usize = 64;

/// The services of all tokens.
pub struct Dispatcher {
    common: Arc<Common>,
    config: AppConfig,
    instances: Instances,
}

type Instances = Rc<RefCell<HashMap<String, Rc<OnceCell<Instance>>>>>;

impl Dispatcher {
    /// Has no service yet.
    pub fn new(common: Arc<Common>, config: AppConfig) -> Self {
        Self { common, config, instances: Rc::default() }
    }

    /// Ends the service of a token, if there is one.
    fn end(&self, token: &str) -> <Self as Service<Request>>::Future {
        let ended = self.instances.borrow_mut().remove(token);
        Box::pin(async move {
            if let Some(instance) = ended.as_deref().and_then(OnceCell::get) {
                instance.stop().await;
            }
            Ok(HttpResponse::NoContent().finish().into())
        })
    }
}

impl Service<Request> for Dispatcher {
    type Response = Response<BoxBody>;
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    always_ready!();

    fn call(&self, request: Request) -> Self::Future {
        let Some(token) = token(request.path()).map(str::to_owned) else {
            return Box::pin(async { Ok(refusal()) });
        };
        if request.method() == Method::DELETE && request.path() == format!("/t/{token}") {
            return self.end(&token);
        }
        let instance = self.instances.borrow_mut().entry(token.clone()).or_default().clone();
        let (common, config) = (self.common.clone(), self.config.clone());
        Box::pin(async move {
            let create = || Instance::create(&common, &token, config);
            match instance.get_or_try_init(create).await {
                Ok(instance) => instance.call(request).await,
                Err(error) => Ok(Problem::internal_because(error).error_response().into()),
            }
        })
    }
}

/// Returns the token of `/t/TOKEN` and of a path below: letters, digits, `-` and `_`.
fn token(path: &str) -> Option<&str> {
    let token = path.strip_prefix("/t/")?.split('/').next()?;
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!token.is_empty() && token.len() <= LONGEST_TOKEN && token.bytes().all(is_safe)).then_some(token)
}

fn refusal() -> Response<BoxBody> {
    let hint = "The base URL of a test is /t/TOKEN; the token is 1 to 64 letters, digits, - and _.";
    Problem::new(Code::NotFound).with_hint(hint).error_response().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_safe_segment_after_t() {
        for (path, found) in [
            ("/t/a-b_1", Some("a-b_1")),
            ("/t/a/auth/login", Some("a")),
            ("/t/", None),
            ("/t", None),
            ("/auth/login", None),
            ("/t/a%2Fb", None),
            ("/t/a.b/x", None),
        ] {
            assert_eq!(token(path), found, "{path}");
        }
        assert_eq!(token(&format!("/t/{}", "a".repeat(65))), None);
    }
}
