//! `/reset-password`: the link that sets a new password.

use bailiwick_http::bodies::ResetPasswordBody;
use bailiwick_http::extract;
use bailiwick_http::problem::{Code, Problem};

use crate::answer::{Answer, refused, shown};
use crate::frame::Frame;
use crate::view::{Field, Form, Page};
use crate::visit::Visit;

/// Shows the form. Opening the link changes nothing.
pub async fn show(visit: Visit) -> Answer {
    shown(&page(&visit.frame, None, None))
}

/// Sets the password.
pub async fn send(visit: Visit, sent: extract::Form) -> Answer {
    let outcome = set_password(&visit, &sent).await;
    let frame = &visit.frame;
    match outcome {
        Ok(()) => done(visit).await,
        Err(problem) => refused(problem, |problem| match problem.code() {
            Code::InvalidResetToken => refused_link(frame, problem),
            _ => page(frame, Some(&sent), Some(problem)),
        }),
    }
}

async fn set_password(visit: &Visit, sent: &extract::Form) -> Result<(), Problem> {
    Ok(visit.app.reset_password(&visit.public, &sent.check::<ResetPasswordBody>()?).await?)
}

fn page<'f>(frame: &'f Frame, sent: Option<&extract::Form>, problem: Option<&Problem>) -> Page<'f> {
    let texts = frame.texts;
    let token = sent.and_then(|sent| sent.text("token")).unwrap_or_default();
    let form = Form::of_link(frame.at("/reset-password"), token, texts.set_password_button)
        .field(Field::new_password(texts, texts.new_password))
        .filled(texts, None, problem);
    Page::new(frame, texts.set_password)
        .text(texts.set_password_lead)
        .error(problem)
        .link_form(form, texts.link_incomplete)
}

fn refused_link<'f>(frame: &'f Frame, problem: &Problem) -> Page<'f> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.set_password).error(Some(problem));
    page.links([(texts.forgot_link, frame.at("/forgot-password")), frame.onward()])
}

/// Shows that the password is set. The session of this browser may have been one of those that ended; if
/// that cannot be found out, the page greets nobody, because the password is set nevertheless.
async fn done(visit: Visit) -> Answer {
    let without_person = Frame { person: None, ..visit.frame.clone() };
    let Ok(visit) = visit.again().await else { return shown(&password_set(&without_person)) };
    let page = shown(&password_set(&visit.frame));
    if visit.was_signed_out() { visit.signed_out(page) } else { page }
}

fn password_set(frame: &Frame) -> Page<'_> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.password_set).success(texts.password_set_text);
    page.links([frame.onward()])
}
