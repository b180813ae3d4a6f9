//! Search for a part of a text.

use bailiwick_kernel::folded;

/// `LIKE` patterns (escape `\`) for texts that contain a search term. `%` and `_` in the term are
/// literal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// Pattern for folded texts.
    pub folded: String,
    /// Pattern for texts that are not folded yet, lowered like ASCII in SQL's `lower`.
    pub plain: String,
}

impl Search {
    /// Builds the patterns; without a term they match everything. `None` for a term that no stored
    /// text can contain: PostgreSQL stores no NUL and refuses to compare with one.
    pub fn for_part(part: Option<&str>) -> Option<Self> {
        let part = bailiwick_kernel::trimmed(part.unwrap_or_default());
        let folded = folded(part);
        // A term of combining marks only, which are no part of a folded text.
        if part.contains('\0') || folded.is_empty() && !part.is_empty() {
            return None;
        }
        Some(Self { folded: contains(&folded), plain: contains(&part.to_ascii_lowercase()) })
    }
}

/// Returns the folded full name of an account, composed as in `User::full_name`.
pub fn folded_full_name(first: &str, last: &str) -> String {
    folded(&format!("{first} {last}"))
}

fn contains(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_themselves() {
        let search = Search::for_part(Some(r" 50%_A\Ä ")).unwrap();
        assert_eq!(search, Search { folded: r"%50\%\_a\\a%".to_owned(), plain: r"%50\%\_a\\Ä%".to_owned() });
        let everything = Search { folded: "%%".to_owned(), plain: "%%".to_owned() };
        assert_eq!(Search::for_part(None).unwrap(), everything);
        assert_eq!(Search::for_part(Some("\u{a0}")).unwrap(), everything);
        assert_eq!(Search::for_part(Some("a\0")), None);
        assert_eq!(Search::for_part(Some("\u{301}")), None);
    }
}
