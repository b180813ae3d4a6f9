//! `/account`: profile, password, address, sessions and memberships of a person.

mod endings;
mod forms;

use askama::Template;
use bailiwick_app::OrgWithRole;
use bailiwick_app::accounts::{MySession, MySessions};
use bailiwick_http::bodies::{ChangeEmailBody, ChangePasswordBody, RenameBody};
use bailiwick_http::extract::{self, Params, Public};
use bailiwick_http::problem::Problem;

pub use self::endings::{deactivate, end_sessions, leave};
use self::forms::Section;
use crate::answer::{Answer, refused, see_other, shown};
use crate::device;
use crate::frame::Frame;
use crate::view::{Notice, Time};
use crate::visit::{Person, Visit};

/// The page.
#[derive(Template)]
#[template(path = "account.html")]
struct Account<'v> {
    frame: &'v Frame,
    heading: &'static str,
    email: &'v str,
    is_verified: bool,
    notice: Option<Notice>,
    sections: Vec<Section>,
    sessions: Vec<MySession>,
    organizations: &'v [OrgWithRole],
}

impl Account<'_> {
    fn device(user_agent: &str) -> String {
        device::name(user_agent)
    }

    fn since(entry: &MySession) -> Time {
        Time::of(entry.session.created_at)
    }
}

/// What was sent, and why it was refused.
#[derive(Clone, Copy)]
struct Refused<'r> {
    section: &'static str,
    sent: &'r extract::Form,
    problem: &'r Problem,
}

/// Shows the page, with the result of the last change.
pub async fn show(visit: Visit, params: Params) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let done = params.text("done");
    let notice = done.and_then(|name| forms::done(visit.frame.texts, &name));
    let sessions = sessions(&visit, person).await?;
    shown(&page(&visit, person, sessions, notice, None))
}

/// Leads to the page from the paths of its forms, which a browser opens after a reload or a sign-in.
pub async fn reopen(_: Public, frame: Frame) -> Answer {
    see_other(frame.at("/account"))
}

/// Changes names and language.
pub async fn change_profile(visit: Visit, sent: extract::Form) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let changed = async {
        // Without a text there is no last name.
        let command = sent.check_with_empty::<RenameBody>(&["last_name"])?;
        Ok(visit.app.run(&person.proof, &command).await.map(drop)?)
    };
    let outcome = changed.await;
    answer(&visit, person, &sent, "profile", outcome).await
}

/// Changes the password, and ends all other sessions.
pub async fn change_password(visit: Visit, sent: extract::Form) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let changed = async {
        let request = sent.check::<ChangePasswordBody>()?;
        Ok(visit.app.change_password(&person.proof, &request).await?)
    };
    let outcome = changed.await;
    answer(&visit, person, &sent, "password", outcome).await
}

/// Asks to move the account to another address.
pub async fn change_email(visit: Visit, sent: extract::Form) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let changed = async {
        let request = sent.check::<ChangeEmailBody>()?;
        Ok(visit.app.change_email(&person.proof, &request).await?)
    };
    let outcome = changed.await;
    answer(&visit, person, &sent, "email", outcome).await
}

async fn answer(
    visit: &Visit,
    person: &Person,
    sent: &extract::Form,
    section: &'static str,
    outcome: Result<(), Problem>,
) -> Answer {
    let Err(problem) = outcome else {
        return see_other(format!("{}?done={section}", visit.frame.at("/account")));
    };
    let sessions = sessions(visit, person).await?;
    refused(problem, |problem| page(visit, person, sessions, None, Some(Refused { section, sent, problem })))
}

async fn sessions(visit: &Visit, person: &Person) -> Result<Vec<MySession>, Problem> {
    Ok(visit.app.query(&person.proof, &MySessions::default()).await?.items)
}

fn page<'v>(
    visit: &'v Visit,
    person: &'v Person,
    sessions: Vec<MySession>,
    notice: Option<Notice>,
    refused: Option<Refused<'_>>,
) -> Account<'v> {
    let user = &person.profile.user;
    Account {
        frame: &visit.frame,
        heading: visit.frame.texts.account,
        email: user.email.as_str(),
        is_verified: user.email_verified,
        notice,
        sections: forms::sections(&visit.frame, user, refused),
        sessions,
        organizations: &person.profile.organizations,
    }
}
