//! Texts of refusals. They are those of the API, and translated where the catalogue has the code.

use bailiwick_http::Prefix;
use bailiwick_http::problem::{Code, Problem};

use super::Texts;

/// A text that may be in another language than the page.
#[derive(Clone, Debug)]
pub struct Localized {
    pub text: String,
    /// The language, if it is another one.
    pub lang: Option<&'static str>,
}

impl From<&str> for Localized {
    fn from(text: &str) -> Self {
        Self::translated(text)
    }
}

impl Localized {
    fn translated(text: &str) -> Self {
        Self { text: text.to_owned(), lang: None }
    }

    /// Returns a text of the API on a page with these texts.
    fn english(text: String, texts: &Texts) -> Self {
        Self { text, lang: (texts.lang != "en").then_some("en") }
    }
}

/// The texts of refusals in a language.
pub trait ProblemTexts {
    /// Returns the detail of a problem.
    fn detail(&self, problem: &Problem) -> Localized;

    /// Returns the hint of a problem. One that this occurrence has of its own is not translated.
    fn hint(&self, problem: &Problem, prefix: &Prefix) -> Localized;

    /// Returns the error of the field with this name, if the problem has one.
    fn field_error(&self, problem: &Problem, name: &str) -> Option<Localized>;
}

impl ProblemTexts for Texts {
    fn detail(&self, problem: &Problem) -> Localized {
        if problem.code() == Code::ValidationFailed {
            return Localized::translated(self.check_fields);
        }
        let english = || Localized::english(problem.detail().to_owned(), self);
        find(self.details, problem.code().as_str()).map_or_else(english, Localized::translated)
    }

    fn hint(&self, problem: &Problem, prefix: &Prefix) -> Localized {
        let is_general = problem.hint() == problem.code().hint();
        let translated = find(self.hints, problem.code().as_str()).filter(|_| is_general);
        let english = || Localized::english(prefix.applied(problem.hint()).into_owned(), self);
        translated.map_or_else(english, Localized::translated)
    }

    fn field_error(&self, problem: &Problem, name: &str) -> Option<Localized> {
        let at_field = |pointer: &str| pointer.strip_prefix('/') == Some(name);
        let error = problem.errors().iter().find(|error| at_field(&error.pointer))?;
        let english = || Localized::english(as_sentence(&error.message), self);
        Some(find(self.field_errors, error.code).map_or_else(english, Localized::translated))
    }
}

fn find(texts: &[(&str, &'static str)], code: &str) -> Option<&'static str> {
    texts.iter().find(|(key, _)| *key == code).map(|(_, text)| *text)
}

/// Returns the message with a capital at its beginning and a full stop at its end.
fn as_sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let stop = if message.ends_with('.') { "" } else { "." };
    first.chain(letters).collect::<String>() + stop
}

#[cfg(test)]
mod tests {
    use bailiwick_http::problem::FieldError;

    use bailiwick_presentation::texts::{all, in_language};

    use super::*;

    fn german() -> &'static Texts {
        in_language("de").unwrap()
    }

    fn english() -> &'static Texts {
        in_language("en").unwrap()
    }

    #[test]
    fn translated_codes_exist() {
        for (code, _) in all().flat_map(|texts| texts.details.iter().chain(texts.hints)) {
            assert!(Code::parse(code).is_some(), "{code}");
        }
    }

    #[test]
    fn a_hint_without_a_translation_stays_english_and_says_so() {
        let own = Problem::new(Code::BadCredentials).with_hint("Of this occurrence.");
        let hint = german().hint(&own, &Prefix::default());
        assert_eq!((hint.text.as_str(), hint.lang), ("Of this occurrence.", Some("en")));
        assert_eq!(english().hint(&own, &Prefix::default()).lang, None);
        let general = german().hint(&Problem::new(Code::BadCredentials), &Prefix::default());
        assert!(general.lang.is_none() && general.text != Code::BadCredentials.hint());
    }

    #[test]
    fn errors_stand_at_their_fields() {
        let problem = Problem::invalid(vec![FieldError::new("/email", "invalid", "this is no address")]);
        assert_eq!(english().field_error(&problem, "email").unwrap().text, "This is no address.");
        assert!(english().field_error(&problem, "mail").is_none());
    }
}
