//! `/sign-up`: a new account, and the organization that it owns.

use bailiwick_app::accounts::SignedUp;
use bailiwick_http::bodies::SignUpBody;
use bailiwick_http::extract::{self, Params};
use bailiwick_http::problem::Problem;

use crate::answer::{Answer, refused, shown};
use crate::frame::Frame;
use crate::return_to::{self, own_path};
use crate::view::{Field, Form, Page, Part, Sentence};
use crate::visit::Visit;

/// Shows the form.
pub async fn show(visit: Visit, params: Params) -> Answer {
    shown(&page(&visit.frame, params.text("return_to").as_deref(), None, None))
}

/// Creates the account, and signs in.
pub async fn send(visit: Visit, sent: extract::Form) -> Answer {
    let (frame, return_to) = (&visit.frame, sent.text("return_to"));
    match sign_up(&visit, &sent).await {
        Ok(SignedUp::Created(user, _)) => {
            let path = return_to::after_sign_in(frame, return_to);
            visit.admit(&user, path, || created(frame, user.email.as_str())).await
        }
        Ok(SignedUp::MailSent) => shown(&mail_sent(frame)),
        Err(problem) => refused(problem, |problem| page(frame, return_to, Some(&sent), Some(problem))),
    }
}

async fn sign_up(visit: &Visit, sent: &extract::Form) -> Result<SignedUp, Problem> {
    Ok(visit.app.sign_up(&visit.public, &sent.check::<SignUpBody>()?).await?)
}

fn page<'f>(
    frame: &'f Frame,
    return_to: Option<&str>,
    sent: Option<&extract::Form>,
    problem: Option<&Problem>,
) -> Page<'f> {
    let texts = frame.texts;
    let return_to = return_to.and_then(|path| own_path(&frame.prefix, path));
    let form = Form { action: frame.at("/sign-up"), submit: texts.create_account, ..Form::default() }
        .returning_to(return_to)
        .field(Field::first_name(texts))
        .field(Field::last_name(texts))
        .field(Field::email(texts))
        .field(Field::new_password(texts, texts.password))
        .field(Field::organization(texts))
        .filled(texts, sent, problem);
    let page = Page::new(frame, texts.sign_up).error(problem).with(Part::Form(form));
    page.links([(texts.sign_in_link, return_to::with(frame, "/sign-in", return_to))])
}

fn created<'f>(frame: &'f Frame, email: &str) -> Page<'f> {
    let texts = frame.texts;
    let page =
        Page::new(frame, texts.account_created).text(Sentence::naming(texts.account_created_text, email));
    page.links([frame.onward()])
}

/// Returns the page after a mail may have been sent. It is the same for every address.
pub fn mail_sent(frame: &Frame) -> Page<'_> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.check_mail).success(texts.mail_sent);
    page.links([frame.onward()])
}
