//! Searching for a part of a text.

use bailiwick_kernel::folded;

/// `LIKE` patterns (escape `\`) for texts that contain what is searched for. `%` and `_` in it
/// stand for themselves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Search {
    /// For texts that are folded.
    pub folded: String,
    /// For texts that are not folded yet, lowered as SQL's `lower` does for ASCII.
    pub plain: String,
}

impl Search {
    /// Finds everything if nothing is searched for. `None` for what no stored text can contain:
    /// PostgreSQL stores no NUL and refuses to compare with one.
    pub(crate) fn for_part(part: Option<&str>) -> Option<Self> {
        let part = bailiwick_kernel::trimmed(part.unwrap_or_default());
        let folded = folded(part);
        // Only marks: they are no part of a folded text.
        if part.contains('\0') || folded.is_empty() && !part.is_empty() {
            return None;
        }
        Some(Self { folded: contains(&folded), plain: contains(&part.to_ascii_lowercase()) })
    }
}

/// The folded full name of an account, as `User::full_name` composes it.
pub(crate) fn folded_full_name(first: &str, last: &str) -> String {
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
