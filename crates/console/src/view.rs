//! The parts of a page. Templates render them; pages only choose them.

use std::fmt;

use askama::Template;
use bailiwick_http::problem::{Code, Problem};
use bailiwick_kernel::Timestamp;
use time::macros::format_description;

use crate::frame::Frame;
use crate::texts::{Localized, ProblemTexts, Texts};

pub use crate::view_form::{Field, Form};

/// A page: its heading and its parts, in their order.
#[derive(Template)]
#[template(path = "page.html")]
pub struct Page<'f> {
    pub frame: &'f Frame,
    pub heading: Sentence,
    /// The path that the script sends the token of the link to; its answer replaces the page.
    pub opens: Option<String>,
    /// Whether it asks once more before something that cannot be undone.
    pub is_confirmation: bool,
    pub parts: Vec<Part>,
}

impl<'f> Page<'f> {
    /// Returns a page with this heading and no parts.
    pub fn new(frame: &'f Frame, heading: impl Into<Sentence>) -> Self {
        Self { frame, heading: heading.into(), opens: None, is_confirmation: false, parts: Vec::new() }
    }

    /// Adds a part.
    #[must_use]
    pub fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Puts a part before all others.
    #[must_use]
    pub fn first(mut self, part: Part) -> Self {
        self.parts.insert(0, part);
        self
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn text(self, text: impl Into<Sentence>) -> Self {
        self.with(Part::Text(text.into()))
    }

    /// Adds the announcement of a success.
    #[must_use]
    pub fn success(self, title: &'static str) -> Self {
        self.with(Part::notice(Kind::Success, title))
    }

    /// Adds the announcement of a refusal, with its hint.
    #[must_use]
    pub fn error(self, problem: Option<&Problem>) -> Self {
        let Some(problem) = problem else { return self };
        let notice = Notice::of(self.frame, problem);
        self.with(Part::Notice(notice))
    }

    /// Adds links.
    #[must_use]
    pub fn links(self, links: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let links = links.into_iter().map(|(text, path)| Link { text, path });
        self.with(Part::Links(links.collect()))
    }

    /// Adds the form of a link, which the script shows once it has read the token; `incomplete` is shown
    /// if the link has none.
    #[must_use]
    pub fn link_form(self, form: Form, incomplete: &'static str) -> Self {
        let needs_script = self.frame.texts.needs_script;
        self.with(Part::NeedsScript(needs_script))
            .with(Part::Scripted(Scripted { mark: "data-without-token", text: incomplete }))
            .with(Part::Form(form))
    }
}

/// A part of a page.
pub enum Part {
    Text(Sentence),
    Notice(Notice),
    /// Shown by the script.
    Scripted(Scripted),
    /// Shown by the script until the page is there.
    Opening(&'static str),
    /// Shown where scripts do not run.
    NeedsScript(&'static str),
    Facts(Vec<Fact>),
    Form(Form),
    Button(Link),
    /// Leads back without doing what is asked for.
    Cancel(String, &'static str),
    Links(Vec<Link>),
    RequestId(String),
}

impl Part {
    /// Returns the announcement of something that is wrong.
    pub fn error(text: &'static str) -> Self {
        Self::notice(Kind::Error, text)
    }

    /// Returns an announcement.
    pub fn notice(kind: Kind, title: &'static str) -> Self {
        Self::Notice(Notice { kind, title: title.into(), texts: Vec::new() })
    }
}

/// A text that may name something: the name is isolated from the direction of the text around it.
#[derive(Clone, Debug, Default)]
pub struct Sentence {
    pub before: &'static str,
    pub name: Option<String>,
    pub after: &'static str,
    /// The language of the name, if it is another one than that of the page.
    pub lang: Option<&'static str>,
    /// Whether the name is a text of the service, which is never cut.
    pub is_hint: bool,
}

impl Sentence {
    /// Returns the text with `name` in place of its `{}`.
    pub fn naming(text: &'static str, name: impl Into<String>) -> Self {
        let (before, after) = text.split_once("{}").unwrap_or((text, ""));
        Self { before, name: Some(name.into()), after, ..Self::default() }
    }

    /// Returns a text that is a name alone, or a message.
    pub fn of(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }
}

impl Sentence {
    /// Returns the name; empty if there is none.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

impl From<Localized> for Sentence {
    fn from(localized: Localized) -> Self {
        Self { name: Some(localized.text), lang: localized.lang, is_hint: true, ..Self::default() }
    }
}

impl From<&'static str> for Sentence {
    fn from(text: &'static str) -> Self {
        Self { before: text, ..Self::default() }
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.before, self.name.as_deref().unwrap_or_default(), self.after)
    }
}

/// A message that is announced.
pub struct Notice {
    pub kind: Kind,
    pub title: Localized,
    pub texts: Vec<Localized>,
}

impl Notice {
    /// Returns detail and hint of a problem.
    pub fn of(frame: &Frame, problem: &Problem) -> Self {
        let texts = frame.texts;
        Self {
            kind: Kind::Error,
            title: texts.detail(problem),
            // Errors at their fields say what to correct.
            texts: (problem.code() != Code::ValidationFailed)
                .then(|| texts.hint(problem, &frame.prefix))
                .into_iter()
                .collect(),
        }
    }
}

/// How a message is meant.
#[derive(Clone, Copy)]
pub enum Kind {
    Success,
    /// Nothing needs to be done, or the person knows what.
    Note,
    Error,
}

impl Kind {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Note => "note",
            Self::Error => "failure",
        }
    }

    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Success | Self::Note => "status",
            Self::Error => "alert",
        }
    }
}

/// A message that the script shows, found by its mark.
pub struct Scripted {
    pub mark: &'static str,
    pub text: &'static str,
}

/// A link to a page.
pub struct Link {
    pub text: &'static str,
    pub path: String,
}

/// A named value.
pub struct Fact {
    pub name: &'static str,
    pub value: FactValue,
}

/// The value of a fact.
pub enum FactValue {
    Text(String),
    Time(Time),
}

/// A time, which the script shows in the zone of the reader.
pub struct Time {
    pub iso: String,
    pub readable: String,
}

impl Time {
    /// Returns the time in UTC.
    pub fn of(moment: Timestamp) -> Self {
        let minutes = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
        let readable = moment.as_offset().format(minutes).unwrap_or_else(|_| moment.to_string());
        Self { iso: moment.to_string(), readable }
    }
}

impl Fact {
    /// Returns the time until which something is valid.
    pub fn until(texts: &Texts, moment: Timestamp) -> Self {
        Self { name: texts.valid_until, value: FactValue::Time(Time::of(moment)) }
    }
}
