//! `/setup`: the first administrator. The API has the POST of this path, so the form is sent to a path of
//! its own.

use bailiwick_app::accounts::RequireNotSetUp;
use bailiwick_http::bodies::SetUpBody;
use bailiwick_http::extract::{self, Public};
use bailiwick_http::problem::{Code, Problem};
use bailiwick_users::User;

use crate::answer::{Answer, refused, see_other, shown};
use crate::frame::Frame;
use crate::return_to;
use crate::view::{Field, Form, Page, Sentence};
use crate::visit::Visit;

/// Shows the form, while there is no administrator.
pub async fn show(visit: Visit) -> Answer {
    visit.app.query(&visit.public, &RequireNotSetUp).await?;
    shown(&page(&visit.frame, None, None))
}

/// Leads back to the form. The browser keeps the fragment with the token.
pub async fn reopen(_: Public, frame: Frame) -> Answer {
    see_other(frame.at("/setup"))
}

/// Creates the administrator, and signs in.
pub async fn send(visit: Visit, sent: extract::Form) -> Answer {
    let frame = &visit.frame;
    match set_up(&visit, &sent).await {
        Ok(user) => {
            let path = return_to::after_sign_in(frame, None);
            visit.admit(&user, path, || created(frame, user.email.as_str())).await
        }
        Err(problem) => refused(problem, |problem| match problem.code() {
            Code::InvalidSetupToken | Code::NotFound => refused_link(frame, problem),
            _ => page(frame, Some(&sent), Some(problem)),
        }),
    }
}

async fn set_up(visit: &Visit, sent: &extract::Form) -> Result<User, Problem> {
    visit.app.query(&visit.public, &RequireNotSetUp).await?;
    Ok(visit.app.set_up(&visit.public, &sent.check::<SetUpBody>()?).await?)
}

fn page<'f>(frame: &'f Frame, sent: Option<&extract::Form>, problem: Option<&Problem>) -> Page<'f> {
    let texts = frame.texts;
    let token = sent.and_then(|sent| sent.text("token")).unwrap_or_default();
    let form = Form::of_link(frame.at("/setup/administrator"), token, texts.create_administrator)
        .field(Field::email(texts))
        .field(Field::new_password(texts, texts.password))
        .field(Field::first_name(texts))
        .field(Field::last_name(texts))
        .filled(texts, sent, problem);
    Page::new(frame, texts.set_up)
        .text(texts.set_up_lead)
        .error(problem)
        .link_form(form, texts.setup_link_incomplete)
}

fn refused_link<'f>(frame: &'f Frame, problem: &Problem) -> Page<'f> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.set_up).error(Some(problem));
    page.links([frame.onward()])
}

fn created<'f>(frame: &'f Frame, email: &str) -> Page<'f> {
    let texts = frame.texts;
    let text = Sentence::naming(texts.administrator_created_text, email);
    let page = Page::new(frame, texts.administrator_created).text(text);
    page.links([frame.onward()])
}
