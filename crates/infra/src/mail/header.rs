//! Header values that contain a person's text (RFC 2047), so that mail programs show it unchanged.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Mailbox;
use lettre::message::header::{HeaderName, HeaderValue};

/// Length limit of a line with an encoded word (RFC 2047, section 2).
const LONGEST_LINE: usize = 76;
/// Length limit of an encoded word. Its line has one more character, the space before it.
const LONGEST_ENCODED_WORD: usize = 75;
/// Recommended length limit of any other line (RFC 5322, section 2.1.1).
const LONGEST_PLAIN_LINE: usize = 78;
/// Length limit of a word that stays plain. A longer one is encoded, because encoded text can be broken
/// anywhere.
const LONGEST_PLAIN_WORD: usize = 60;
const START: &str = "=?utf-8?b?";
const END: &str = "?=";
const FOLD: &str = "\r\n ";

/// Returns the header of a subject.
pub(super) fn subject(text: &str) -> HeaderValue {
    let value = if is_plain(text) { folded("Subject", text) } else { encoded("Subject", text) };
    header("Subject", text, value)
}

/// Returns the header of the sender, if the mailbox has a name that must be encoded.
pub(super) fn from(mailbox: &Mailbox) -> Option<HeaderValue> {
    let name = mailbox.name.as_deref().map(str::trim).filter(|name| !is_plain(name))?;
    let value = format!("{}{FOLD}<{}>", encoded("From", name), mailbox.email);
    Some(header("From", &mailbox.to_string(), value))
}

fn header(name: &'static str, raw: &str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), raw.to_owned(), value)
}

/// Returns whether a mail program shows the text unchanged. `=?` could begin an encoded word, and a
/// run of spaces could be shortened.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !text.contains("=?")
        && text.split(' ').all(|word| !word.is_empty() && word.len() <= LONGEST_PLAIN_WORD)
}

/// Returns plain text, with line breaks before spaces.
fn folded(name: &str, text: &str) -> String {
    let mut value = String::with_capacity(text.len() + 16);
    let mut width = name.len() + ": ".len();
    for (place, word) in text.split(' ').enumerate() {
        if place > 0 && width + 1 + word.len() > LONGEST_PLAIN_LINE {
            value.push_str(FOLD);
            width = 1;
        } else if place > 0 {
            value.push(' ');
            width += 1;
        }
        value.push_str(word);
        width += word.len();
    }
    value
}

/// Returns the whole text in encoded words, one on each line. Spaces between encoded words are not
/// shown, so the text is displayed in one piece. No character is split.
fn encoded(name: &str, text: &str) -> String {
    let mut value = String::with_capacity(text.len() * 2 + 16);
    let mut room = (LONGEST_LINE - ": ".len()).saturating_sub(name.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(piece_length(rest, room));
        if !value.is_empty() {
            value.push_str(FOLD);
        }
        value.push_str(START);
        STANDARD.encode_string(piece, &mut value);
        value.push_str(END);
        (rest, room) = (after, LONGEST_ENCODED_WORD);
    }
    value
}

/// Returns the number of bytes of the text that fit into an encoded word of `room` characters. Counts only
/// whole characters, and at least one.
fn piece_length(text: &str, room: usize) -> usize {
    let bytes = room.saturating_sub(START.len() + END.len()) / 4 * 3;
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    ends.enumerate().take_while(|(place, end)| *place == 0 || *end <= bytes).last().map_or(0, |(_, end)| end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_readable_and_all_else_is_encoded() {
        assert!(is_plain("Grace Hopper (Navy) invites you to R&D: 50% = half?"));
        for text in ["=?utf-8?q?x?=", "a=?", "Zo\u{eb}", "a  b", " a", "a\tb", &"x".repeat(61)] {
            assert!(!is_plain(text), "{text:?}");
        }
    }

    #[test]
    fn no_line_is_too_long_and_no_character_is_divided() {
        for text in ["\u{1f511}".repeat(200), "a\u{f6}\u{4e2d}".repeat(90), "x".repeat(500)] {
            let lines: Vec<_> = encoded("Subject", &text).split("\r\n").map(str::to_owned).collect();
            assert!(lines.iter().skip(1).all(|line| line.len() <= LONGEST_LINE && line.starts_with(" =?")));
            assert!("Subject: ".len() + lines[0].len() <= LONGEST_LINE);
            let words = lines.iter().map(|line| line.trim().strip_prefix(START).unwrap().strip_suffix(END));
            let pieces =
                words.map(|word| String::from_utf8(STANDARD.decode(word.unwrap()).unwrap()).unwrap());
            assert_eq!(pieces.collect::<String>(), text);
        }
        let long = "word ".repeat(60);
        let value = folded("Subject", long.trim());
        assert!(value.split("\r\n").all(|line| line.len() <= LONGEST_PLAIN_LINE));
        assert_eq!(value.replace("\r\n", ""), long.trim());
    }
}
