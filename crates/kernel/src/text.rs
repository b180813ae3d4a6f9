//! White space and invisible characters.

/// Returns the text without leading and trailing white space and invisible characters, which mail
/// clients, chat programs and spreadsheets add to copied addresses and tokens.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_invisible)
}

/// Returns whether a character is white space, has no width or looks like white space: the default
/// ignorable code points of Unicode, annotation marks and the empty Braille cell. Inside a name they
/// can be meaningful (joined emoji, some scripts).
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ends_are_trimmed() {
        for around in [
            " ",
            "\t",
            "\r\n",
            "\u{b}",
            "\u{85}",
            "\u{a0}",
            "\u{3000}",
            "\u{200b}",
            "\u{200c}",
            "\u{200d}",
            "\u{feff}",
            "\u{2060}",
            "\u{ad}",
            "\u{200e}",
            "\u{202a}",
            "\u{202c}",
            "\u{2066}",
            "\u{2029}",
            "\u{fe0f}",
            "\u{e0020}",
            "\u{2800}",
        ] {
            assert_eq!(trimmed(&format!("{around}{around}a{around}b{around}")), format!("a{around}b"));
            assert_eq!(trimmed(around), "");
        }
    }

    #[test]
    fn control_characters_and_visible_marks_stay() {
        for text in ["\0a", "a\u{1b}", "a\u{7f}", "a\u{301}", "\u{fffd}a", ".a", "<a>"] {
            assert_eq!(trimmed(text), text);
        }
    }
}
