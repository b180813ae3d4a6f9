//! `/confirm-password`: the password once more, before what cannot be undone.

use bailiwick_app::accounts::ConfirmPassword;
use bailiwick_http::extract::{self, Fields, Params};
use bailiwick_http::problem::Problem;
use bailiwick_users::Password;

use crate::answer::{Answer, refused, see_other, shown};
use crate::frame::Frame;
use crate::return_to::{self, own_path};
use crate::view::{Field, Form, Page, Part};
use crate::visit::{Person, Visit};

/// Shows the form.
pub async fn show(visit: Visit, params: Params) -> Answer {
    if visit.person.is_none() {
        return visit.sign_in_first();
    }
    shown(&page(&visit.frame, params.text("return_to").as_deref(), None))
}

/// Compares the password, and leads back.
pub async fn send(visit: Visit, sent: extract::Form) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let return_to = sent.text("return_to");
    match confirm(&visit, person, &sent).await {
        Ok(()) => see_other(return_to::after_sign_in(&visit.frame, return_to)),
        Err(problem) => refused(problem, |problem| page(&visit.frame, return_to, Some(problem))),
    }
}

/// Leads to this page, and back to `path`.
pub fn ask(frame: &Frame, path: &str) -> Answer {
    see_other(return_to::with(frame, "/confirm-password", Some(&frame.at(path))))
}

async fn confirm(visit: &Visit, person: &Person, sent: &extract::Form) -> Result<(), Problem> {
    let Some(password) = sent.text("password") else {
        let mut fields = Fields::default();
        fields.missing::<()>("/password");
        return Err(fields.into_problem());
    };
    let request = ConfirmPassword { password: Password::claimed(password) };
    Ok(visit.app.confirm_password(&person.proof, &request).await?)
}

fn page<'f>(frame: &'f Frame, return_to: Option<&str>, problem: Option<&Problem>) -> Page<'f> {
    let texts = frame.texts;
    let return_to = return_to.and_then(|path| own_path(&frame.prefix, path));
    let form =
        Form { action: frame.at("/confirm-password"), submit: texts.continue_button, ..Form::default() }
            .returning_to(return_to)
            .field(Field::password(texts))
            .filled(texts, None, problem);
    Page::new(frame, texts.confirm_password)
        .text(texts.confirm_password_lead)
        .error(problem)
        .with(Part::Form(form))
}
