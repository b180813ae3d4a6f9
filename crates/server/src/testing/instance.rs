//! The service of one token.

use std::sync::Arc;
use std::time::Duration;

use actix_http::Request;
use actix_service::{IntoServiceFactory, Service, ServiceFactory, boxed};
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, Response, ServiceResponse};
use actix_web::{App, web};
use bailiwick::app::Settings as UseCaseSettings;
use bailiwick::infra::{JwtKeys, MailSender, SystemClock};
use bailiwick::kernel::Clock;
use bailiwick::{Bailiwick, Running, http::HttpSettings};
use bailiwick_testkit::{ManualClock, MemoryStore, QuickHasher};

use super::control::{self, Control};
use super::mailbox::Mailbox;
use crate::settings::Settings;
use crate::wiring;

/// The key of access tokens, which is no secret: nothing here outlives a test.
const KEY: &[u8] = b"the tests of other programs know this key";

/// What all services have in common.
pub struct Common {
    base: String,
    settings: UseCaseSettings,
    http: HttpSettings,
}

impl Common {
    /// Takes permissions and lifetimes from the settings. Requests are not rate limited, and no response
    /// is delayed.
    pub fn new(settings: &Settings, base: String) -> Self {
        let use_cases = UseCaseSettings {
            throttle_enabled: false,
            answer_pace: Duration::ZERO,
            ..settings.for_use_cases()
        };
        let http = HttpSettings {
            drain_delay: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(1),
            ..wiring::http(settings, base.clone())
        };
        Self { base, settings: use_cases, http }
    }
}

/// A service, and what controls it.
pub struct Instance {
    running: Running,
    service: boxed::RcService<Request, ServiceResponse<BoxBody>, actix_web::Error>,
}

impl Instance {
    /// Creates the service of a token, without accounts. Fails with the reason as text.
    pub async fn create(common: &Common, token: &str, config: AppConfig) -> Result<Self, String> {
        let prefix = format!("/t/{token}");
        let url = format!("{}{prefix}", common.base);
        let mailbox = Arc::new(Mailbox::default());
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let running = Bailiwick::builder()
            .store(Arc::new(MemoryStore::new()))
            .jwt(JwtKeys::hs256(KEY).map_err(text)?)
            .mailer(mailbox.clone())
            .hasher(Arc::new(QuickHasher))
            .clock(clock.clone())
            .public_url(&url)
            .settings(common.settings.clone())
            .http(common.http.clone())
            .start()
            .await
            .map_err(text)?;
        let sender = MailSender::new(None, &url).map_err(text)?;
        let control = Control { app: running.app().clone(), clock, mailbox, sender };
        let app = App::new()
            .service(
                web::scope(&format!("{prefix}/_test"))
                    .app_data(web::Data::new(control))
                    .configure(control::routes),
            )
            .configure(running.routes(&prefix));
        let service = app.into_factory().new_service(config).await.map_err(|()| "no routes".to_owned())?;
        Ok(Self { running, service: boxed::rc_service(service) })
    }

    /// Answers a request whose path begins with the prefix of the token.
    pub async fn call(&self, request: Request) -> Result<Response<BoxBody>, actix_web::Error> {
        Ok(self.service.call(request).await?.into())
    }

    /// Closes its sockets and ends its work beside requests.
    pub async fn stop(&self) {
        self.running.stop().await;
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
