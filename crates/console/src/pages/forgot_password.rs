//! `/forgot-password`: asks for the link that sets a new password.

use bailiwick_http::bodies::ForgotPasswordBody;
use bailiwick_http::extract;
use bailiwick_http::problem::Problem;

use crate::answer::{Answer, refused, shown};
use crate::frame::Frame;
use crate::view::{Field, Form, Page, Part};
use crate::visit::Visit;

/// Shows the form.
pub async fn show(visit: Visit) -> Answer {
    shown(&page(&visit.frame, None, None))
}

/// Sends the link. The answer is the same for every address.
pub async fn send(visit: Visit, sent: extract::Form) -> Answer {
    let frame = &visit.frame;
    match send_link(&visit, &sent).await {
        Ok(()) => shown(&link_sent(frame)),
        Err(problem) => refused(problem, |problem| page(frame, Some(&sent), Some(problem))),
    }
}

async fn send_link(visit: &Visit, sent: &extract::Form) -> Result<(), Problem> {
    Ok(visit.app.forgot_password(&visit.public, &sent.check::<ForgotPasswordBody>()?).await?)
}

fn page<'f>(frame: &'f Frame, sent: Option<&extract::Form>, problem: Option<&Problem>) -> Page<'f> {
    let texts = frame.texts;
    let action = frame.at("/forgot-password");
    let form = Form { action, submit: texts.send_reset_link, ..Form::default() };
    let form = form.field(Field::email(texts)).filled(texts, sent, problem);
    let page = Page::new(frame, texts.forgot).text(texts.forgot_lead).error(problem).with(Part::Form(form));
    page.links([frame.onward()])
}

fn link_sent(frame: &Frame) -> Page<'_> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.forgot).success(texts.reset_sent);
    page.links([frame.onward()])
}
