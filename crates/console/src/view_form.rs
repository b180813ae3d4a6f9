//! Forms and their fields.

use bailiwick_http::extract;
use bailiwick_http::problem::Problem;

use crate::texts::{Localized, ProblemTexts, Texts};

/// A form that is sent to a page.
#[derive(Default)]
pub struct Form {
    pub action: String,
    pub hidden: Vec<(&'static str, String)>,
    pub fields: Vec<Field>,
    pub submit: &'static str,
    /// What the form does, where its path does several things.
    pub operation: Option<&'static str>,
    /// Whether it is hidden until the script has read the token of the link.
    pub awaits_token: bool,
    /// Whether its button stands back.
    pub is_plain: bool,
}

impl Form {
    /// Returns the form of a mailed link with this token; empty if the script reads it.
    pub fn of_link(action: String, token: &str, submit: &'static str) -> Self {
        let hidden = vec![("token", token.to_owned())];
        Self { action, hidden, submit, awaits_token: true, ..Self::default() }
    }

    /// Sends the path to come back to.
    #[must_use]
    pub fn returning_to(mut self, path: Option<&str>) -> Self {
        self.hidden.extend(path.map(|path| ("return_to", path.to_owned())));
        self
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// Fills in what was sent, except passwords, puts the errors at their fields, and focuses the first
    /// field that needs attention.
    #[must_use]
    pub fn filled(mut self, texts: &Texts, sent: Option<&extract::Form>, problem: Option<&Problem>) -> Self {
        for field in &mut self.fields {
            if let Some(value) =
                sent.and_then(|sent| sent.text(field.name)).filter(|_| !field.kind.is_password())
            {
                field.value = value.to_owned();
            }
            field.error = problem.and_then(|problem| texts.field_error(problem, field.name));
        }
        let wrong = self.fields.iter().position(|field| field.error.is_some());
        let empty = self.fields.iter().position(|field| field.value.is_empty());
        if let Some(field) = wrong.or(empty).and_then(|place| self.fields.get_mut(place)) {
            field.is_focused = true;
        }
        self
    }

    pub(crate) fn token(&self) -> &str {
        self.hidden.iter().find(|(name, _)| *name == "token").map_or("", |(_, token)| token)
    }
}

/// A field of a form.
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: FieldKind,
    pub autocomplete: &'static str,
    pub is_required: bool,
    pub value: String,
    pub error: Option<Localized>,
    pub help: Option<&'static str>,
    pub is_focused: bool,
    /// The values to choose from, each with its text; empty if any value can be written.
    pub choices: Vec<(&'static str, &'static str)>,
}

/// What a field takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Email,
    Password,
    NewPassword,
}

impl Field {
    fn new(name: &'static str, label: &'static str, kind: FieldKind, autocomplete: &'static str) -> Self {
        Self {
            name,
            label,
            kind,
            autocomplete,
            is_required: true,
            value: String::new(),
            error: None,
            help: None,
            is_focused: false,
            choices: Vec::new(),
        }
    }

    /// The address of an account.
    pub fn email(texts: &Texts) -> Self {
        Self::new("email", texts.email, FieldKind::Email, "username")
    }

    /// The password of an account.
    pub fn password(texts: &Texts) -> Self {
        Self::new("password", texts.password, FieldKind::Password, "current-password")
    }

    /// A new password, with what it must be.
    pub fn new_password(texts: &Texts, label: &'static str) -> Self {
        let field = Self::new("password", label, FieldKind::NewPassword, "new-password");
        Self { help: Some(texts.password_rule), ..field }
    }

    /// The first name of a person.
    pub fn first_name(texts: &Texts) -> Self {
        Self::new("first_name", texts.first_name, FieldKind::Text, "given-name")
    }

    /// The last name of a person, which some do not have.
    pub fn last_name(texts: &Texts) -> Self {
        let field = Self::new("last_name", texts.last_name, FieldKind::Text, "family-name");
        Self { is_required: false, help: Some(texts.last_name_help), ..field }
    }

    /// The language of a person.
    pub fn language(
        texts: &Texts,
        languages: impl Iterator<Item = (&'static str, &'static str)>,
        chosen: &str,
    ) -> Self {
        let field = Self::new("language", texts.language, FieldKind::Text, "language");
        let unchosen = chosen.is_empty().then_some(("", texts.language_of_browser));
        let choices = unchosen.into_iter().chain(languages).collect();
        Self { is_required: false, choices, ..field }.holding(chosen)
    }

    /// Sets the value.
    #[must_use]
    pub fn holding(self, value: &str) -> Self {
        Self { value: value.to_owned(), ..self }
    }

    /// A name.
    pub fn name(label: &'static str) -> Self {
        Self::new("name", label, FieldKind::Text, "off")
    }

    /// The name of a new organization.
    pub fn organization(texts: &Texts) -> Self {
        let field = Self::new("organization_name", texts.organization_name, FieldKind::Text, "organization");
        Self { is_required: false, help: Some(texts.organization_name_help), ..field }
    }

    pub(crate) fn id(&self) -> &'static str {
        self.name
    }

    /// Returns the ids of the texts that describe the field.
    pub(crate) fn described_by(&self) -> Option<String> {
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id()));
        let help = self.help.map(|_| format!("{}-help", self.id()));
        match (error, help) {
            (Some(error), Some(help)) => Some(format!("{error} {help}")),
            (error, help) => error.or(help),
        }
    }
}

impl FieldKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Email => "email",
            Self::Password | Self::NewPassword => "password",
        }
    }

    pub(crate) fn is_password(self) -> bool {
        matches!(self, Self::Password | Self::NewPassword)
    }

    pub(crate) fn is_new(self) -> bool {
        self == Self::NewPassword
    }

    pub(crate) fn is_address(self) -> bool {
        self == Self::Email
    }
}
