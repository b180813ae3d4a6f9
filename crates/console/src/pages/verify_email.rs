//! `/verify-email`: the link of the mail that confirms an address, and a new one.

use bailiwick_http::bodies::{EmailBody, VerifyEmailBody};
use bailiwick_http::extract;
use bailiwick_http::problem::{Code, Problem};

use super::sign_up::mail_sent;
use crate::answer::{Answer, refused, shown};
use crate::frame::Frame;
use crate::view::{Field, Form, Page, Part, Sentence};
use crate::visit::Visit;

/// Shows the button. Opening the link changes nothing.
pub async fn show(visit: Visit) -> Answer {
    shown(&page(&visit.frame, ""))
}

/// Confirms the address.
pub async fn send(visit: Visit, sent: extract::Form) -> Answer {
    let frame = &visit.frame;
    match verify(&visit, &sent).await {
        Ok(email) => shown(&confirmed(frame, frame.texts.email_confirmed_text, &email)),
        Err(problem) => refused(problem, |problem| match problem.code() {
            Code::InvalidVerificationToken => refused_link(frame, None, problem),
            _ => page(frame, sent.text("token").unwrap_or_default()).error(Some(problem)),
        }),
    }
}

/// Sends the link again.
pub async fn resend(visit: Visit, sent: extract::Form) -> Answer {
    let frame = &visit.frame;
    match send_again(&visit, &sent).await {
        Ok(()) => shown(&mail_sent(frame)),
        Err(problem) => refused(problem, |problem| refused_link(frame, Some(&sent), problem)),
    }
}

async fn verify(visit: &Visit, sent: &extract::Form) -> Result<String, Problem> {
    let user = visit.app.run(&visit.public, &sent.check::<VerifyEmailBody>()?).await?;
    Ok(user.email.to_string())
}

async fn send_again(visit: &Visit, sent: &extract::Form) -> Result<(), Problem> {
    Ok(visit.app.resend_verification(&visit.public, &sent.check::<EmailBody>()?).await?)
}

fn page<'f>(frame: &'f Frame, token: &str) -> Page<'f> {
    let texts = frame.texts;
    let form = Form::of_link(frame.at("/verify-email"), token, texts.confirm_email_button);
    Page::new(frame, texts.confirm_email)
        .text(texts.confirm_email_lead)
        .link_form(form, texts.link_incomplete)
}

fn refused_link<'f>(frame: &'f Frame, sent: Option<&extract::Form>, problem: &Problem) -> Page<'f> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.confirm_email).error(Some(problem));
    page.with(Part::Form(resend_form(frame, sent, problem))).links([frame.onward()])
}

/// Returns the form that asks for another link.
pub fn resend_form(frame: &Frame, sent: Option<&extract::Form>, problem: &Problem) -> Form {
    let texts = frame.texts;
    let action = frame.at("/resend-verification");
    let form = Form { action, submit: texts.send_new_link, is_plain: true, ..Form::default() };
    form.field(Field::email(texts)).filled(texts, sent, Some(problem))
}

/// Returns the page of an address that was confirmed.
pub fn confirmed<'f>(frame: &'f Frame, text: &'static str, email: &str) -> Page<'f> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.email_confirmed).text(Sentence::naming(text, email));
    page.links([frame.onward()])
}
