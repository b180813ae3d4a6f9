//! The routes under `/t/TOKEN/_test`: time, mail, and people who are there at once.

use std::sync::Arc;
use std::time::Duration as StdDuration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, Query, ServiceConfig, delete, get, post};
use actix_web::{HttpResponse, Responder};
use bailiwick::app::{App, OutgoingMail};
use bailiwick::http::{resource, response};
use bailiwick::infra::{MailSender, RenderedMail};
use bailiwick::kernel::{Clock, Email};
use bailiwick::problems::{Code, FieldError, Problem};
use bailiwick_testkit::ManualClock;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use time::Duration;

use super::mailbox::Mailbox;
use super::seed::{self, Seed};

/// Longest wait for mail in seconds.
const LONGEST_WAIT: u64 = 60;
/// Largest step of the clock in seconds: ten years.
const LARGEST_STEP: i64 = 315_360_000;

/// What a test controls.
pub struct Control {
    /// The use cases of the service.
    pub app: App,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its mail.
    pub mailbox: Arc<Mailbox>,
    /// Renders its mail.
    pub sender: MailSender,
}

/// Mounts the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    resource(cfg, "/clock", [get().to(now), post().to(advance)]);
    resource(cfg, "/mail", [get().to(mail), delete().to(forget)]);
    resource(cfg, "/seed", [post().to(fill)]);
    cfg.default_service(web::to(nowhere));
}

async fn nowhere() -> Result<HttpResponse, Problem> {
    Err(Problem::new(Code::NotFound).with_hint("Under _test there are clock, mail and seed."))
}

async fn now(control: Data<Control>) -> impl Responder {
    response::json(StatusCode::OK, &json!({ "now": control.clock.now() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Seconds by which the clock is advanced; negative ones set it back.
    advance_seconds: i64,
}

async fn advance(control: Data<Control>, body: Bytes) -> Result<HttpResponse, Problem> {
    let Step { advance_seconds } = parse(&body)?;
    if advance_seconds.abs() > LARGEST_STEP {
        return Err(invalid("/advance_seconds", "at most ten years"));
    }
    let now = control.clock.advance(Duration::seconds(advance_seconds));
    Ok(response::json(StatusCode::OK, &json!({ "now": now })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Recipient; without it, all mail.
    to: Option<String>,
    /// Seconds to wait for the first mail.
    #[serde(default)]
    wait_seconds: u64,
}

impl Which {
    fn recipient(&self) -> Result<Option<Email>, Problem> {
        let parse = |text| Email::parse(text).map_err(|error| invalid("/to", &error.to_string()));
        self.to.as_deref().map(parse).transpose()
    }
}

/// Returns mail as it is sent, oldest first, with its link.
async fn mail(control: Data<Control>, which: Query<Which>) -> Result<HttpResponse, Problem> {
    let limit = StdDuration::from_secs(which.wait_seconds.min(LONGEST_WAIT));
    let mail = control.mailbox.read(which.recipient()?.as_ref(), limit).await;
    let items: Vec<_> = mail.iter().map(|mail| shown(mail, &control.sender)).collect::<Result<_, _>>()?;
    Ok(response::json(StatusCode::OK, &json!({ "items": items })))
}

async fn forget(control: Data<Control>, which: Query<Which>) -> Result<HttpResponse, Problem> {
    control.mailbox.clear(which.recipient()?.as_ref());
    Ok(HttpResponse::NoContent().finish())
}

async fn fill(control: Data<Control>, body: Bytes) -> Result<HttpResponse, Problem> {
    let seed: Seed = parse(&body)?;
    let created = seed::create(&control.app, &control.mailbox, &seed).await?;
    Ok(response::json(StatusCode::CREATED, &created))
}

fn shown(mail: &OutgoingMail, sender: &MailSender) -> Result<Value, Problem> {
    let rendered = RenderedMail::write(mail, sender).map_err(Problem::internal_because)?;
    let link = rendered.text.lines().find(|line| line.starts_with("http") && line.contains("#token="));
    let token = link.and_then(|link| Some(link.split_once("#token=")?.1));
    Ok(json!({
        "to": mail.to,
        "kind": mail.message.kind(),
        "subject": rendered.subject,
        "text": rendered.text,
        "html": rendered.html,
        "link": link,
        "token": token,
    }))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| invalid("", &error.to_string()))
}

/// Returns the problem of one invalid field.
pub fn invalid(pointer: &str, message: &str) -> Problem {
    Problem::invalid(vec![FieldError::new(pointer, "invalid", message.to_owned())])
}
