//! `/confirm-email`: the link of the mail that confirms the new address of an account.

use bailiwick_http::bodies::ConfirmEmailBody;
use bailiwick_http::extract;
use bailiwick_http::problem::{Code, Problem};

use super::verify_email::confirmed;
use crate::answer::{Answer, refused, shown};
use crate::frame::Frame;
use crate::view::{Form, Page};
use crate::visit::Visit;

/// Shows the button. Opening the link changes nothing.
pub async fn show(visit: Visit) -> Answer {
    shown(&page(&visit.frame, ""))
}

/// Moves the account to the address.
pub async fn send(visit: Visit, sent: extract::Form) -> Answer {
    let frame = &visit.frame;
    match confirm(&visit, &sent).await {
        Ok(email) => shown(&confirmed(frame, frame.texts.new_email_confirmed_text, &email)),
        Err(problem) => refused(problem, |problem| match problem.code() {
            Code::InvalidConfirmationToken | Code::EmailTaken => refused_link(frame, problem),
            _ => page(frame, sent.text("token").unwrap_or_default()).error(Some(problem)),
        }),
    }
}

async fn confirm(visit: &Visit, sent: &extract::Form) -> Result<String, Problem> {
    let user = visit.app.run(&visit.public, &sent.check::<ConfirmEmailBody>()?).await?;
    Ok(user.email.to_string())
}

fn page<'f>(frame: &'f Frame, token: &str) -> Page<'f> {
    let texts = frame.texts;
    let form = Form::of_link(frame.at("/confirm-email"), token, texts.confirm_email_button);
    Page::new(frame, texts.confirm_new_email)
        .text(texts.confirm_new_email_lead)
        .link_form(form, texts.link_incomplete)
}

fn refused_link<'f>(frame: &'f Frame, problem: &Problem) -> Page<'f> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.confirm_new_email).error(Some(problem));
    page.links([frame.onward()])
}
