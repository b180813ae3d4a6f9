//! The forms of the page.

use bailiwick_users::User;

use super::Refused;
use crate::frame::Frame;
use crate::texts::{self, Texts};
use crate::view::{Field, Form, Kind, Notice};

/// A form under a heading, with the refusal of what was sent, if any.
pub struct Section {
    pub id: &'static str,
    pub title: &'static str,
    pub notice: Option<Notice>,
    pub form: Form,
}

/// Returns the forms.
pub fn sections(frame: &Frame, user: &User, refused: Option<Refused<'_>>) -> Vec<Section> {
    let texts = frame.texts;
    [
        ("profile", texts.profile, profile(frame, user)),
        ("password", texts.change_password, password(frame)),
        ("email", texts.change_email, email(frame)),
    ]
    .map(|(id, title, form)| section(frame, id, title, form, refused.filter(|refused| refused.section == id)))
    .into()
}

/// Returns the announcement that a change was made.
pub fn done(texts: &Texts, name: &str) -> Option<Notice> {
    let title = match name {
        "profile" => texts.profile_saved,
        "password" => texts.password_changed,
        "email" => texts.email_change_sent,
        "sessions" => texts.sessions_ended,
        "organizations" => texts.left,
        _ => return None,
    };
    Some(Notice { kind: Kind::Success, title: title.into(), texts: Vec::new() })
}

fn section(
    frame: &Frame,
    id: &'static str,
    title: &'static str,
    form: Form,
    refused: Option<Refused<'_>>,
) -> Section {
    let notice = refused.map(|refused| Notice::of(frame, refused.problem));
    let form = match refused {
        Some(refused) => form.filled(frame.texts, Some(refused.sent), Some(refused.problem)),
        None => form,
    };
    Section { id, title, notice, form }
}

fn profile(frame: &Frame, user: &User) -> Form {
    let texts = frame.texts;
    let language = user.language.as_ref().map_or("", |language| language.primary());
    Form { action: frame.at("/account/profile"), submit: texts.save, ..Form::default() }
        .field(Field::first_name(texts).holding(user.first_name.as_str()))
        .field(Field::last_name(texts).holding(user.last_name.as_str()))
        .field(Field::language(texts, texts::languages(), language))
}

fn password(frame: &Frame) -> Form {
    let texts = frame.texts;
    let current = Field { name: "current_password", label: texts.current_password, ..Field::password(texts) };
    let new = Field { name: "new_password", ..Field::new_password(texts, texts.new_password) };
    let action = frame.at("/account/password");
    Form { action, submit: texts.change_password, ..Form::default() }.field(current).field(new)
}

fn email(frame: &Frame) -> Form {
    let texts = frame.texts;
    let new =
        Field { name: "new_email", label: texts.new_email, autocomplete: "email", ..Field::email(texts) };
    let action = frame.at("/account/email");
    Form { action, submit: texts.change_email, ..Form::default() }.field(new).field(Field::password(texts))
}
