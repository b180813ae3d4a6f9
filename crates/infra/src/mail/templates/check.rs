//! The check of the operator's templates at the start: each is rendered with sample data.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_app::{MailMessage, MailSecret, OwnMail};
use bailiwick_kernel::Timestamp;
use bailiwick_presentation::{Brand, SupportUrl, WebUrl};
use minijinja::{Environment, Error};
use time::OffsetDateTime;

use super::built_in::template_of;
use super::folder::Folder;
use super::values::{Named, Values};
use super::{InLanguage, MailTemplates, TemplateError, linked_page, rendered};

/// The link in the sample of a mail that has one.
const LINK: &str = "https://id.example.com/page#token=secret";

/// Names that a template may use beside its values.
const OF_THE_ENGINE: [&str; 4] = ["caller", "loop", "self", "super"];

/// Renders each mail in each language, with everything that may be absent and without it.
pub(super) fn check(templates: &MailTemplates, folder: &Folder) -> Result<(), TemplateError> {
    let brands = [templates.brand.clone(), with_links(&templates.brand), Arc::default()];
    let mut without_link = BTreeSet::new();
    for language in &templates.languages {
        let report = Report { folder, language };
        for message in samples() {
            for brand in &brands {
                let link = linked_page(&message).map(|_| LINK.to_owned());
                let values = Values { texts: language.texts, brand, link };
                without_link.extend(report.check(&message, &values)?);
            }
        }
    }
    for file in without_link {
        tracing::warn!(
            file,
            "a mail template shows no link, so that the reader of the mail cannot follow it"
        );
    }
    Ok(())
}

struct Report<'a> {
    folder: &'a Folder,
    language: &'a InLanguage,
}

impl Report<'_> {
    /// Returns the files that leave out the link of a mail that has one.
    fn check(&self, message: &MailMessage, values: &Values<'_>) -> Result<Vec<String>, TemplateError> {
        let mail = rendered(&self.language.chosen, message, values);
        let mail = mail.map_err(|error| self.broken(message, &error))?;
        let kind = template_of(message);
        self.check_names(kind, values.of(message))?;
        if mail.subject.is_empty() {
            return Err(self.broken_at(&format!("{kind}.subject"), 1, "the subject is empty"));
        }
        let has_link = linked_page(message).is_some();
        let bodies = [("txt", mail.text), ("html", mail.html)].into_iter();
        let incomplete = bodies.filter(|(_, body)| has_link && !body.contains(LINK));
        Ok(incomplete.map(|(part, _)| self.file(&format!("{kind}.{part}"))).collect())
    }

    /// Refuses a name that no value has, also where the sample did not lead.
    fn check_names(&self, kind: &str, values: Named) -> Result<(), TemplateError> {
        let environment = &self.language.chosen;
        let of_engine = OF_THE_ENGINE.into_iter().map(str::to_owned);
        let globals = environment.globals().map(|(name, _)| name.to_owned()).chain(of_engine);
        let mut known: BTreeSet<String> = values.into_keys().map(str::to_owned).chain(globals).collect();
        let [subject, text, html] = ["subject", "txt", "html"].map(|part| format!("{kind}.{part}"));
        self.check_template(&subject, &known)?;
        known.insert("subject".to_owned());
        [&text, &html, "layout.html", "footer.txt"]
            .into_iter()
            .try_for_each(|name| self.check_template(name, &known))
    }

    fn check_template(&self, name: &str, known: &BTreeSet<String>) -> Result<(), TemplateError> {
        let Some(unknown) = unknown_name(&self.language.chosen, name, known) else { return Ok(()) };
        let why = format!("this mail has no value `{unknown}`");
        Err(self.broken_at(name, self.line_of(name, &unknown), &why))
    }

    fn line_of(&self, name: &str, word: &str) -> usize {
        let source = self.folder.find(name, self.language.texts.lang).map_or("", |(_, source)| source);
        source.lines().position(|line| line.contains(word)).unwrap_or_default() + 1
    }

    /// Returns the path of the file that a template was read from.
    fn file(&self, name: &str) -> String {
        let found = self.folder.find(name, self.language.texts.lang);
        self.folder.path(found.as_ref().map_or(name, |(file, _)| file))
    }

    fn broken(&self, message: &MailMessage, error: &Error) -> TemplateError {
        let text = format!("{}.txt", template_of(message));
        broken(self.file(error.name().unwrap_or(&text)), innermost(error))
    }

    fn broken_at(&self, name: &str, line: usize, why: &str) -> TemplateError {
        TemplateError::Broken { file: self.file(name), line, why: why.to_owned() }
    }
}

fn unknown_name(environment: &Environment<'_>, name: &str, known: &BTreeSet<String>) -> Option<String> {
    let template = environment.get_template(name).ok()?;
    let used: BTreeSet<String> = template.undeclared_variables(false).into_iter().collect();
    used.difference(known).next().cloned()
}

/// Returns the error of the template that is at fault, not of those that include it.
fn innermost(error: &Error) -> &Error {
    let mut error = error;
    while let Some(inner) = std::error::Error::source(error).and_then(|inner| inner.downcast_ref::<Error>()) {
        error = inner;
    }
    error
}

/// Returns the error of a template in this file.
pub(super) fn broken(file: String, error: &Error) -> TemplateError {
    let why = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    TemplateError::Broken { file, line: error.line().unwrap_or(1), why }
}

/// Returns the brand with sample links in place of its own.
fn with_links(brand: &Brand) -> Arc<Brand> {
    let page = || WebUrl::parse("https://example.com").ok();
    Arc::new(Brand {
        support_url: SupportUrl::parse("mailto:help@example.com").ok(),
        privacy_url: page(),
        terms_url: page(),
        ..brand.clone()
    })
}

/// Returns a message of each kind; of an invitation one with words of the inviter, and one without.
fn samples() -> Vec<MailMessage> {
    let token = || MailSecret::from("secret".to_owned());
    let (first_name, new_email) = ("Ada".to_owned(), "ada@example.com".to_owned());
    let expires_at = Timestamp::new(OffsetDateTime::UNIX_EPOCH);
    let invitation = |message: Option<&str>| MailMessage::Invitation {
        token: token(),
        organization: "Analytical Engines".to_owned(),
        inviter: "Charles Babbage".to_owned(),
        role: "editor".to_owned(),
        message: message.map(str::to_owned),
        expires_at,
    };
    let own = OwnMail::new("invoice_refunded", "Your invoice", "Hello Ada,\n\nyou get it back.");
    let mut samples = vec![
        MailMessage::VerifyEmail { token: token(), first_name: first_name.clone(), expires_at },
        MailMessage::ResetPassword { token: token(), first_name: first_name.clone(), expires_at },
        MailMessage::ConfirmEmail { token: token(), first_name: first_name.clone(), expires_at },
        MailMessage::EmailChangeRequested { first_name: first_name.clone(), new_email: new_email.clone() },
        MailMessage::EmailChanged { first_name, new_email },
        invitation(None),
        invitation(Some("Hello!\n\nSee you.")),
    ];
    samples.extend(own.map(MailMessage::Own));
    samples
}
