//! `/sign-up`: a new account, and the organization that it owns.

use bailiwick_app::accounts::SignedUp;
use bailiwick_http::bodies::SignUpBody;
use bailiwick_http::extract::{self, Public, Service};
use bailiwick_http::problem::Problem;

use crate::answer::{Answer, refused, shown};
use crate::frame::Frame;
use crate::view::{Field, Form, Page, Part, Sentence};

/// Shows the form.
pub async fn show(_: Public, frame: Frame) -> Answer {
    shown(&page(&frame, None, None))
}

/// Creates the account.
pub async fn send(public: Public, sent: extract::Form, frame: Frame, app: Service) -> Answer {
    match sign_up(&public, &sent, &app).await {
        Ok(SignedUp::Created(user, _)) => shown(&created(&frame, user.email.as_str())),
        Ok(SignedUp::MailSent) => shown(&mail_sent(&frame)),
        Err(problem) => refused(problem, |problem| page(&frame, Some(&sent), Some(problem))),
    }
}

async fn sign_up(public: &Public, sent: &extract::Form, app: &Service) -> Result<SignedUp, Problem> {
    Ok(app.sign_up(public, &sent.check::<SignUpBody>()?).await?)
}

fn page<'f>(frame: &'f Frame, sent: Option<&extract::Form>, problem: Option<&Problem>) -> Page<'f> {
    let texts = frame.texts;
    let form = Form { action: frame.at("/sign-up"), submit: texts.create_account, ..Form::default() }
        .field(Field::first_name(texts))
        .field(Field::last_name(texts))
        .field(Field::email(texts))
        .field(Field::new_password(texts, texts.password))
        .field(Field::organization(texts))
        .filled(texts, sent, problem);
    let page = Page::new(frame, texts.sign_up).bad(problem).with(Part::Form(form));
    page.links([(texts.sign_in_link, frame.at("/sign-in"))])
}

fn created<'f>(frame: &'f Frame, email: &str) -> Page<'f> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.account_created).text(Sentence::naming(texts.account_created_text, email));
    page.links([(texts.sign_in_link, frame.at("/sign-in"))])
}

/// Returns the page after a mail may have been sent. It is the same for every address.
pub fn mail_sent(frame: &Frame) -> Page<'_> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.check_mail).good(texts.mail_sent);
    page.links([(texts.sign_in_link, frame.at("/sign-in"))])
}
