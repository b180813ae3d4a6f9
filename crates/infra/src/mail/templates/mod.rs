//! The templates of mails: the built-in ones, and those of the operator in their place.

mod built_in;
mod check;
mod environment;
mod error;
mod folder;
mod values;

use std::path::Path;
use std::sync::Arc;

use bailiwick_app::{MailError, MailMessage, OutgoingMail, OwnMailContent};
use bailiwick_presentation::{Brand, Texts, texts};
use minijinja::{Environment, Error};

pub use error::TemplateError;

use self::built_in::template_of;
use self::folder::Folder;
use self::values::Values;
use super::text::wrap;
use super::{MailSender, RenderedMail};

/// The templates of mails, in each language, with the brand that they show.
#[derive(Debug)]
pub struct MailTemplates {
    brand: Arc<Brand>,
    languages: Vec<InLanguage>,
}

/// The templates of one language.
#[derive(Debug)]
struct InLanguage {
    texts: &'static Texts,
    /// The templates of the operator, and the built-in ones that these do not replace.
    chosen: Environment<'static>,
    /// The built-in templates, if `chosen` has others.
    built_in: Option<Environment<'static>>,
}

impl MailTemplates {
    /// Returns the built-in templates.
    pub fn built_in(brand: Arc<Brand>) -> Self {
        let in_language = |texts| InLanguage { texts, chosen: environment::built_in(), built_in: None };
        Self { brand, languages: texts::all().map(in_language).collect() }
    }

    /// Returns the templates in a directory, and the built-in ones that have no file there. All are
    /// rendered with sample data in each language, so that none fails when a mail is sent.
    pub fn read(directory: &Path, brand: Arc<Brand>) -> Result<Self, TemplateError> {
        let folder = Folder::read(directory)?;
        let in_language = |texts: &'static Texts| {
            let chosen = environment::of_folder(&folder, texts.lang)?;
            let built_in = Some(environment::built_in());
            Ok(InLanguage { texts, chosen, built_in })
        };
        let languages = texts::all().map(in_language).collect::<Result<_, TemplateError>>()?;
        let templates = Self { brand, languages };
        check::check(&templates, &folder)?;
        Ok(templates)
    }

    /// Returns the brand.
    pub fn brand(&self) -> &Brand {
        &self.brand
    }

    /// Renders a mail in the first language of its recipient that there are texts in. If a template of the
    /// operator fails although it was checked, the built-in one is used, because a late mail may be useless.
    pub(super) fn render(&self, mail: &OutgoingMail, sender: &MailSender) -> Result<RenderedMail, MailError> {
        let texts = texts::of(&mail.languages);
        let language = self.languages.iter().find(|language| std::ptr::eq(language.texts, texts));
        let failed = |why: String| MailError::Temporary(format!("the mail cannot be rendered: {why}"));
        let language = language.ok_or_else(|| failed("no templates".to_owned()))?;
        if matches!(&mail.message, MailMessage::Own(own) if own.content().is_none()) {
            return Err(failed("its content cannot be read".to_owned()));
        }
        let values = Values { texts, brand: &self.brand, link: link(&mail.message, sender) };
        let error = match rendered(&language.chosen, &mail.message, &values) {
            Ok(rendered) => return Ok(rendered),
            Err(error) => error,
        };
        let Some(built_in) = &language.built_in else { return Err(failed(error.to_string())) };
        tracing::error!(
            kind = mail.message.kind(),
            language = texts.lang,
            "a mail template failed, and the built-in one is used: {error}"
        );
        rendered(built_in, &mail.message, &values).map_err(|error| failed(error.to_string()))
    }
}

/// Returns the link of a mail, if it has one.
fn link(message: &MailMessage, sender: &MailSender) -> Option<String> {
    message.secret().zip(linked_page(message)).map(|(secret, page)| sender.link(page, secret))
}

/// Returns the page that the link of a mail leads to, if it has one.
const fn linked_page(message: &MailMessage) -> Option<&'static str> {
    match message {
        MailMessage::VerifyEmail { .. } => Some("verify-email"),
        MailMessage::ResetPassword { .. } => Some("reset-password"),
        MailMessage::ConfirmEmail { .. } => Some("confirm-email"),
        MailMessage::Invitation { .. } => Some("accept-invitation"),
        MailMessage::EmailChangeRequested { .. } | MailMessage::EmailChanged { .. } | MailMessage::Own(_) => {
            None
        }
    }
}

/// Returns the content of a mail of an embedding program, if it is one.
fn own_content(message: &MailMessage) -> Option<OwnMailContent> {
    match message {
        MailMessage::Own(own) => own.content(),
        _ => None,
    }
}

fn rendered(
    environment: &Environment<'static>,
    message: &MailMessage,
    values: &Values<'_>,
) -> Result<RenderedMail, Error> {
    let (kind, mut values) = (template_of(message), values.of(message));
    let render = |part: &str, values| environment.get_template(&format!("{kind}.{part}"))?.render(values);
    let subject = single_line(&render("subject", values.clone())?);
    values.insert("subject", subject.clone().into());
    let text = wrap(render("txt", values.clone())?.trim_end());
    let html = own_content(message).and_then(|content| content.html);
    let html = html.map_or_else(|| render("html", values), Ok)?;
    Ok(RenderedMail { subject, text, html })
}

/// Returns the text as one line. Text of users is one already.
fn single_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
