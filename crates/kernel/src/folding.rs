//! Folding of texts for the search.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::is_invisible;

/// Returns the text without case, accents and width. Folding a folded text changes nothing.
///
/// - The text is decomposed (NFKD); combining marks and invisible characters are removed.
/// - It is converted to upper case and then to lower case, so that `ß` becomes `ss`, and both small
///   sigmas become one letter, as do `i` with and without a dot.
/// - White space is trimmed, and collapsed to single spaces.
/// - A few Latin letters with a stroke, and the ligatures `æ` and `œ`, have no decomposition in Unicode.
///   They become the plain letters that people type for them.
pub fn folded(text: &str) -> String {
    let upper = without_marks(text).flat_map(char::to_uppercase);
    let lower: String = upper.flat_map(char::to_lowercase).collect();
    // A change of case can yield characters that decompose again.
    let mut folded = String::with_capacity(lower.len());
    for word in without_marks(&lower).collect::<String>().split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        word.chars().for_each(|c| push_plain(c, &mut folded));
    }
    folded
}

fn without_marks(text: &str) -> impl Iterator<Item = char> {
    let is_kept = |c: &char| c.is_whitespace() || !(is_combining_mark(*c) || is_invisible(*c));
    text.nfkd().filter(is_kept)
}

fn push_plain(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'đ' => out.push('d'),
        'ħ' => out.push('h'),
        'ł' => out.push('l'),
        'ø' => out.push('o'),
        'ŧ' => out.push('t'),
        'ƶ' => out.push('z'),
        other => out.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_width_and_spaces_do_not_matter() {
        for (text, expected) in [
            ("Zo\u{eb} M\u{dc}LLER", "zoe muller"),
            ("Zoe\u{308}", "zoe"),
            ("Stra\u{df}e", "strasse"),
            ("STRA\u{1e9e}E", "strasse"),
            ("\u{17f}ee", "see"),
            (
                "\u{39f}\u{394}\u{3a5}\u{3a3}\u{3a3}\u{395}\u{3a3}",
                "\u{3bf}\u{3b4}\u{3c5}\u{3c3}\u{3c3}\u{3b5}\u{3c3}",
            ),
            ("\u{39f}\u{394}\u{3c2}", "\u{3bf}\u{3b4}\u{3c3}"),
            ("I\u{15e}IK \u{131}\u{15f}\u{131}k \u{130}", "isik isik i"),
            ("\u{416}\u{401}\u{419}", "\u{436}\u{435}\u{438}"),
            ("\u{ff21}\u{ff24}\u{ff21}", "ada"),
            ("\u{fb01}n", "fin"),
            ("Ng\u{1ecd}c \u{110}\u{1ea1}t", "ngoc dat"),
            ("\u{141}ukasz S\u{f8}ren \u{c6}gir \u{152}uvre", "lukasz soren aegir oeuvre"),
            (" \u{a0}a \u{3000}\t b\u{200b} ", "a b"),
            ("so\u{ad}ft", "soft"),
            ("\u{304c}", "\u{304b}"),
            ("\u{d55c}", "\u{1112}\u{1161}\u{11ab}"),
            ("50%_\\", "50%_\\"),
            ("\u{301}\u{200d}", ""),
        ] {
            assert_eq!(folded(text), expected, "{text:?}");
        }
    }

    #[test]
    fn folding_again_changes_nothing() {
        for c in '\0'..='\u{1ffff}' {
            let once = folded(&format!("a{c}b"));
            assert_eq!(folded(&once), once, "{c:?}");
        }
    }

    #[test]
    fn a_character_folds_like_its_capital_and_its_decomposition() {
        // The Greek iota subscript is a combining mark, but its capital is a letter.
        let has_iota_subscript = |c: &char| c.nfkd().any(|part| part == '\u{345}');
        for c in ('\0'..='\u{1ffff}').filter(|c| !has_iota_subscript(c)) {
            let text = c.to_string();
            let folds_alike = |text: &str| folded(text) == folded(&c.to_string());
            assert!(folds_alike(&text.nfd().collect::<String>()), "{c:?}");
            assert!(folds_alike(&text.nfkc().collect::<String>()), "{c:?}");
            assert!(folds_alike(&text.to_uppercase()), "{c:?}");
            assert!(folds_alike(&text.to_lowercase()), "{c:?}");
        }
    }
}
