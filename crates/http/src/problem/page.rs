//! HTML pages that explain the kinds of problems. All links are relative, so that the pages also
//! work under `/api` and behind a prefix.

use crate::prefix::Prefix;
use crate::problem::{Code, under};

/// Renders the page of these kinds, `/problems`.
pub fn of_all(codes: &[Code]) -> String {
    let entries: String = codes.iter().copied().map(entry).collect();
    document("Problems", &format!("<h1>Problems</h1>\n<ul>\n{entries}</ul>\n"))
}

/// Renders the page of one kind, `/problems/<code>`.
pub fn of(code: Code, prefix: &Prefix) -> String {
    let title = escaped(code.title());
    let body = format!(
        "<h1>{title}</h1>\n\
         <p><code>{code}</code>, status {status}</p>\n\
         <h2>What it means</h2>\n<p>{explanation}</p>\n\
         <h2>What to do</h2>\n<p>{hint}</p>\n\
         <p><a href=\"../problems\">All problems</a></p>\n",
        code = escaped(code.as_str()),
        status = code.status(),
        explanation = escaped(&under(prefix, code, code.explanation())),
        hint = escaped(&under(prefix, code, code.hint())),
    );
    document(&title, &body)
}

fn entry(code: Code) -> String {
    format!(
        "<li><a href=\"problems/{code}\"><code>{code}</code></a>: {title} ({status})</li>\n",
        code = escaped(code.as_str()),
        title = escaped(code.title()),
        status = code.status(),
    )
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// Escapes the characters that have a meaning in HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_taken_for_html() {
        assert_eq!(escaped("<a b='c' d=\"e\">&amp;"), "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;amp;");
        let page = of(Code::MissingCredentials, &Prefix::default());
        assert!(page.contains("Bearer &lt;token&gt;") && !page.contains("<token>"), "{page}");
    }
}
