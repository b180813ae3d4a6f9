//! `/sign-in` and `/sign-out`: sessions of the pages.

use actix_web::http::StatusCode;
use bailiwick_app::accounts::{LogOut, SignedIn};
use bailiwick_http::Protection;
use bailiwick_http::bodies::{EmailBody, LogInBody};
use bailiwick_http::extract::{self, Params, Public};
use bailiwick_http::problem::{Code, Problem};

use super::verify_email::resend_form;
use crate::answer::{Answer, refused, see_other, shown, shown_as};
use crate::frame::Frame;
use crate::return_to::{self, own_path};
use crate::view::{Field, Form, Kind, Page, Part};
use crate::visit::Visit;

/// Shows the form. A person who is signed in has nothing to do here.
pub async fn show(visit: Visit, params: Params) -> Answer {
    let return_to = params.text("return_to");
    let return_to = return_to.as_deref();
    if visit.person.is_some() {
        return see_other(return_to::onward_from(&visit.frame, "/sign-in", return_to));
    }
    let page = page(&visit.frame, return_to, None, None);
    if visit.was_signed_out() {
        let text = visit.frame.texts.signed_out;
        return visit.signed_out(shown(&page.first(Part::notice(Kind::Note, text))));
    }
    shown(&page)
}

/// Leads to the form from the path of another form of this page.
pub async fn reopen(_: Public, frame: Frame) -> Answer {
    see_other(frame.at("/sign-in"))
}

/// Opens a session. It replaces the one that the browser had.
pub async fn send(visit: Visit, sent: extract::Form) -> Answer {
    let return_to = sent.text("return_to");
    let page = |problem: Option<&Problem>| page(&visit.frame, return_to, Some(&sent), problem);
    if visit.frame.protection == Protection::Plain {
        return shown_as(StatusCode::FORBIDDEN, &page(None));
    }
    match sign_in(&visit, &sent).await {
        Ok(opened) => visit.signed_in(&opened, return_to::onward_from(&visit.frame, "/sign-in", return_to)),
        Err(problem) => refused(problem, |problem| page(Some(problem))),
    }
}

async fn sign_in(visit: &Visit, sent: &extract::Form) -> Result<SignedIn, Problem> {
    let request = sent.check::<LogInBody>()?;
    Ok(visit.app.sign_in(&visit.public, &request, visit.cookie.as_ref()).await?)
}

/// Ends the session.
pub async fn sign_out(visit: Visit, _: extract::Form) -> Answer {
    if let Some(person) = &visit.person {
        visit.app.run(&person.proof, &LogOut).await?;
    }
    visit.signed_out(see_other(visit.frame.at("/sign-in")))
}

fn page<'f>(
    frame: &'f Frame,
    return_to: Option<&str>,
    sent: Option<&extract::Form>,
    problem: Option<&Problem>,
) -> Page<'f> {
    let texts = frame.texts;
    let return_to = return_to.and_then(|path| own_path(&frame.prefix, path));
    let form = Form { action: frame.at("/sign-in"), submit: texts.sign_in, ..Form::default() }
        .returning_to(return_to)
        .field(Field::email(texts))
        .field(Field::password(texts))
        .filled(texts, sent, problem);
    let page = Page::new(frame, texts.sign_in).error(problem);
    let page = match frame.protection {
        Protection::Plain => page.with(Part::error(texts.needs_tls)),
        Protection::Tls | Protection::Loopback => page,
    };
    let page = page.with(Part::Form(form));
    let page = match resend(frame, sent, problem) {
        Some(form) => page.with(Part::Form(form)),
        None => page,
    };
    page.links([
        (texts.forgot_link, frame.at("/forgot-password")),
        (texts.create_account_link, return_to::with(frame, "/sign-up", return_to)),
    ])
}

/// Returns the form that sends the link again, to an account whose address must be confirmed first.
fn resend(frame: &Frame, sent: Option<&extract::Form>, problem: Option<&Problem>) -> Option<Form> {
    let problem = problem.filter(|problem| problem.code() == Code::EmailNotVerified)?;
    let sent = sent.filter(|sent| sent.check::<EmailBody>().is_ok())?;
    let mut form = resend_form(frame, None, problem);
    form.fields.clear();
    form.hidden.push(("email", sent.text("email")?.to_owned()));
    Some(form)
}
