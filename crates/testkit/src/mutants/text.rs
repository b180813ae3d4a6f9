//! The ways in which a text can be changed.

type Change = fn(&str) -> String;

/// The ways in which a text can be changed.
pub(super) const TEXTS: [(&str, Change); 10] = [
    ("the last character is lost", without_last),
    ("a character is added", |text| format!("{text}x")),
    ("in lower case", str::to_lowercase),
    ("characters beyond ASCII are lost", |text| text.chars().filter(char::is_ascii).collect()),
    ("characters of four bytes are lost", |text| text.chars().filter(|c| c.len_utf8() < 4).collect()),
    ("marks are composed", |text| text.replace("e\u{301}", "\u{e9}")),
    ("letters are decomposed", |text| text.replace('\u{e9}', "e\u{301}")),
    ("quotes and backslashes are lost", |text| text.replace(['\'', '"', '\\'], "")),
    ("cut at 99 characters", |text| text.chars().take(99).collect()),
    ("outer spaces are lost", |text| text.trim().to_owned()),
];
/// Name of the way that takes another known text.
pub(super) const ANOTHER_TEXT: &str = "another known text";
/// Number of the ways of [`TEXTS`] for texts that consist of lower-case ASCII.
pub(super) const OF_PLAIN: usize = 2;
/// Number of the ways of [`TEXTS`] for names, which have no outer spaces.
pub(super) const OF_NAMES: usize = 9;
/// Number of the ways of [`TEXTS`] for any text.
pub(super) const OF_ANY: usize = TEXTS.len();

fn without_last(text: &str) -> String {
    let mut text = text.to_owned();
    text.pop();
    text
}

/// Implements [`Mutate`] for types that are texts: the number of their ways, their reader and the constructor
/// that accepts any text.
macro_rules! texts {
    ($($type:ty: $count:expr, $read:ident, $make:expr;)+) => {$(
        impl $crate::mutants::values::Mutate for $type {
            fn ways() -> Vec<String> {
                let ways = $crate::mutants::text::TEXTS.iter().take($count).map(|(name, _)| (*name).to_owned());
                ways.chain([$crate::mutants::text::ANOTHER_TEXT.to_owned()]).collect()
            }

            fn mutate(&mut self, way: usize, known: &$crate::mutants::values::Known) {
                match $crate::mutants::text::TEXTS.iter().take($count).nth(way) {
                    Some((_, change)) => *self = $make(change(self.$read())),
                    None => *self = known.other(self).unwrap_or_else(|| self.clone()),
                }
            }
        }
    )+};
}
pub(super) use texts;

texts! { String: OF_ANY, as_str, String::from; }
