//! Texts of refusals. They are those of the API, and translated where the catalogue has the code.

use bailiwick_http::Prefix;
use bailiwick_http::problem::{Code, Problem};

use super::Texts;

/// A text that may be in another language than the page.
#[derive(Clone, Debug)]
pub struct Hint {
    pub text: String,
    /// The language, if it is another one.
    pub lang: Option<&'static str>,
}

impl Texts {
    /// Returns the detail of a problem.
    pub fn detail(&self, problem: &Problem) -> String {
        if problem.code() == Code::ValidationFailed {
            return self.check_fields.to_owned();
        }
        let translated = find(self.details, problem.code().as_str());
        translated.map_or_else(|| problem.detail().to_owned(), str::to_owned)
    }

    /// Returns the hint of a problem. One that this occurrence has of its own is not translated.
    pub fn hint(&self, problem: &Problem, prefix: &Prefix) -> Hint {
        let is_general = problem.hint() == problem.code().hint();
        match find(self.hints, problem.code().as_str()).filter(|_| is_general) {
            Some(text) => Hint { text: text.to_owned(), lang: None },
            None => Hint {
                text: prefix.applied(problem.hint()).into_owned(),
                lang: (self.lang != "en").then_some("en"),
            },
        }
    }

    /// Returns the error of the field with this name, if the problem has one.
    pub fn field_error(&self, problem: &Problem, name: &str) -> Option<String> {
        let at_field = |pointer: &str| pointer.strip_prefix('/') == Some(name);
        let error = problem.errors().iter().find(|error| at_field(&error.pointer))?;
        let translated = find(self.field_errors, error.code);
        Some(translated.map_or_else(|| as_sentence(&error.message), str::to_owned))
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

    use super::super::{de, en};
    use super::*;

    #[test]
    fn translated_codes_exist() {
        for (code, _) in de::TEXTS.details.iter().chain(de::TEXTS.hints) {
            assert!(Code::parse(code).is_some(), "{code}");
        }
    }

    #[test]
    fn a_hint_without_a_translation_stays_english_and_says_so() {
        let own = Problem::new(Code::BadCredentials).with_hint("Of this occurrence.");
        let hint = de::TEXTS.hint(&own, &Prefix::default());
        assert_eq!((hint.text.as_str(), hint.lang), ("Of this occurrence.", Some("en")));
        assert_eq!(en::TEXTS.hint(&own, &Prefix::default()).lang, None);
        let general = de::TEXTS.hint(&Problem::new(Code::BadCredentials), &Prefix::default());
        assert!(general.lang.is_none() && general.text != Code::BadCredentials.hint());
    }

    #[test]
    fn errors_stand_at_their_fields() {
        let problem = Problem::invalid(vec![FieldError::new("/email", "invalid", "this is no address")]);
        assert_eq!(en::TEXTS.field_error(&problem, "email").unwrap(), "This is no address.");
        assert_eq!(en::TEXTS.field_error(&problem, "mail"), None);
    }
}
