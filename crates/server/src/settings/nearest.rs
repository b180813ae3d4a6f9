//! Suggests a known name for an unknown one.

/// Returns the known name that is most similar to `name`; `None` if none is similar.
pub fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let distances = known.map(|known| (strsim::damerau_levenshtein(name, known), known));
    let (distance, similar) = distances.min()?;
    // Similar means that at most one letter in three differs.
    (distance * 3 <= name.chars().count()).then_some(similar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_is_recognized_and_another_word_is_not() {
        let known = ["jwt.secret", "jwt.algorithm", "throttle.enabled"];
        for (name, similar) in [
            ("jwt.algoritm", Some("jwt.algorithm")),
            ("trottle.enabled", Some("throttle.enabled")),
            ("jwt.serect", Some("jwt.secret")),
            ("jwt", None),
            ("a.b", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), similar, "{name}");
        }
    }
}
