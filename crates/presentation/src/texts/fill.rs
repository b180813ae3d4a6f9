//! Values in place of their names.

/// Returns the text with each `{name}` replaced by its value, once: a value that holds braces stays as it
/// is. A name without a value stays too.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, tail)| Some((value_of(name, values)?, tail)));
        let (shown, tail) = named.unwrap_or(("{", after));
        filled.push_str(shown);
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

fn value_of<'v>(name: &str, values: &[(&str, &'v str)]) -> Option<&'v str> {
    values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_replaced_once() {
        let values = [("a", "{b}"), ("b", "B")];
        assert_eq!(fill("{a} and {b}, {c} {", &values), "{b} and B, {c} {");
        assert_eq!(fill("{{a}}", &values), "{{b}}");
        assert_eq!(fill("", &values), "");
    }
}
