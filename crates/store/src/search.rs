//! Searching for a part of a text.

/// A `LIKE` pattern (escape `\`) for texts, lowered as SQL's `lower` does for
/// ASCII, that contain `part` as it is.
pub(crate) fn contains_pattern(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c.to_ascii_lowercase());
    }
    pattern.push('%');
    pattern
}

/// The pattern for a search: everything when nothing is searched for, and `None`
/// for what no stored text can contain. PostgreSQL stores no NUL and refuses to
/// compare with one.
pub(crate) fn search_pattern(search: Option<&str>) -> Option<String> {
    let part = search.unwrap_or_default();
    (!part.contains('\0')).then(|| contains_pattern(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(contains_pattern(r"50%_A\Ä"), r"%50\%\_a\\Ä%");
        assert_eq!(contains_pattern(""), "%%");
    }
}
