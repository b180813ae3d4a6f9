//! `/forgot-password`: asks for the link that sets a new password.

use bailiwick_http::bodies::ForgotPasswordBody;
use bailiwick_http::extract::{self, Public, Service};
use bailiwick_http::problem::Problem;

use crate::answer::{Answer, refused, shown};
use crate::frame::Frame;
use crate::view::{Field, Form, Page, Part};

/// Shows the form.
pub async fn show(_: Public, frame: Frame) -> Answer {
    shown(&page(&frame, None, None))
}

/// Sends the link. The answer is the same for every address.
pub async fn send(public: Public, sent: extract::Form, frame: Frame, app: Service) -> Answer {
    match send_link(&public, &sent, &app).await {
        Ok(()) => shown(&link_sent(&frame)),
        Err(problem) => refused(problem, |problem| page(&frame, Some(&sent), Some(problem))),
    }
}

async fn send_link(public: &Public, sent: &extract::Form, app: &Service) -> Result<(), Problem> {
    Ok(app.forgot_password(public, &sent.check::<ForgotPasswordBody>()?).await?)
}

fn page<'f>(frame: &'f Frame, sent: Option<&extract::Form>, problem: Option<&Problem>) -> Page<'f> {
    let texts = frame.texts;
    let action = frame.at("/forgot-password");
    let form = Form { action, submit: texts.send_reset_link, ..Form::default() };
    let form = form.field(Field::email(texts)).filled(texts, sent, problem);
    let page = Page::new(frame, texts.forgot).text(texts.forgot_lead).bad(problem).with(Part::Form(form));
    page.links([(texts.sign_in_link, frame.at("/sign-in"))])
}

fn link_sent(frame: &Frame) -> Page<'_> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.forgot).good(texts.reset_sent);
    page.links([(texts.sign_in_link, frame.at("/sign-in"))])
}
