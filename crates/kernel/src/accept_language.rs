//! The languages that a client accepts.

use crate::Language;

/// The most languages that are read from one header. People who speak more have few preferences among the
/// rest.
const MOST: usize = 8;

impl Language {
    /// Returns the languages of an `Accept-Language` header (RFC 9110, section 12.5.4), the most preferred
    /// first. The list ends before `*`, because any language is as welcome as those after it. What is not
    /// a language, or refused, is left out.
    pub fn accepted(header: &str) -> Vec<Self> {
        let mut ranges: Vec<(&str, f32)> = header.split(',').filter_map(range).collect();
        // The sort is stable, so of equal weights the first counts.
        ranges.sort_by(|one, other| other.1.total_cmp(&one.1));
        let named = ranges.into_iter().map(|(tag, _)| tag).take_while(|tag| *tag != "*");
        named.filter_map(|tag| Self::parse(tag).ok()).take(MOST).collect()
    }
}

/// Returns tag and weight of a range, unless it is refused.
fn range(text: &str) -> Option<(&str, f32)> {
    let (tag, parameter) = text.split_once(';').unwrap_or((text, "q=1"));
    let weight = parameter.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok())?;
    (weight > 0.0 && weight <= 1.0).then(|| (tag.trim(), weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_preferred_language_is_first() {
        for (header, languages) in [
            ("", &[][..]),
            ("de", &["de"]),
            ("de-at,en;q=0.5", &["de-AT", "en"]),
            ("fr, de;q=0.4, en;q=0.6", &["fr", "en", "de"]),
            ("en;q=0, de;q=0.1", &["de"]),
            ("de;q=x, en;q=2", &[]),
            ("fr;q=0.4, *;q=0.6, de", &["de"]),
            ("*", &[]),
            (",;=,", &[]),
            ("de_AT, d, en", &["en"]),
            ("aa,bb,cc,dd,ee,ff,gg,hh,ii", &["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh"]),
        ] {
            let found = Language::accepted(header);
            assert_eq!(found.iter().map(Language::as_str).collect::<Vec<_>>(), languages, "{header}");
        }
    }
}
