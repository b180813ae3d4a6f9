//! Words of strangers, made fit for a letter.

use bailiwick_kernel::is_unprintable;

/// A width that every mail program shows (RFC 5322, section 2.1.1).
const WIDTH: usize = 76;
/// No line of a message is longer than 998 bytes (RFC 5322, section 2.1.1).
const LONGEST_WORD: usize = 900;

/// One line without control characters, without marks that reorder text, and
/// without an address that names a protocol or starts with `www.`: those are what
/// mail programs turn into links, and the one link of a letter is ours.
pub(super) fn one_line(text: &str) -> String {
    let printable: String = text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
    let words: Vec<_> = printable.split_whitespace().collect();
    words.join(" ").replace("://", ": //").replace("www.", "www .").replace("mailto:", "mailto :")
}

/// The lines of a longer text, each as [`one_line`] makes it.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.trim().lines().map(one_line).collect()
}

/// Breaks long lines at spaces; quoted lines stay quoted. A word is broken only
/// where mail could not carry it.
pub(super) fn wrap(text: &str) -> String {
    let mut wrapped = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        let (mark, body) = line.strip_prefix("> ").map_or(("", line), |body| ("> ", body));
        wrap_line(mark, body, &mut wrapped);
    }
    wrapped
}

fn wrap_line(mark: &str, line: &str, out: &mut String) {
    out.push_str(mark);
    let mut width = mark.len();
    for (place, word) in line.split(' ').flat_map(pieces).enumerate() {
        let length = word.chars().count();
        if place > 0 && width + 1 + length > WIDTH {
            out.push('\n');
            out.push_str(mark);
            width = mark.len();
        } else if place > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
    out.push('\n');
}

/// The word, cut where it is too long.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(word);
    std::iter::from_fn(move || {
        let word = rest.take()?;
        match word.split_at_checked(word.floor_char_boundary(LONGEST_WORD)) {
            Some((piece, tail)) if !tail.is_empty() => {
                rest = Some(tail);
                Some(piece)
            }
            _ => Some(word),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_without_links() {
        assert_eq!(one_line(" Ada\r\nBcc: a@b\0 \u{202e}x\u{2028} "), "Ada Bcc: a@b x");
        assert_eq!(one_line("see https://evil.example/ now"), "see https: //evil.example/ now");
    }

    #[test]
    fn short_and_blank_lines_stay_as_they_are() {
        assert_eq!(wrap("Hello,\n\n> one\n> two\n"), "Hello,\n\n> one\n> two\n");
    }

    #[test]
    fn long_lines_break_at_spaces_and_stay_quoted() {
        let text = format!("> {}\n", "word ".repeat(40).trim_end());
        let wrapped = wrap(&text);
        assert!(wrapped.lines().all(|line| line.starts_with("> word") && line.len() <= WIDTH));
        assert_eq!(wrapped.replace("> ", "").replace('\n', " ").trim(), "word ".repeat(40).trim());
    }

    #[test]
    fn a_link_stays_in_one_piece_and_an_endless_word_does_not() {
        let link = format!("https://example.org/{}", "x".repeat(600));
        assert_eq!(wrap(&link), format!("{link}\n"));
        let endless = wrap(&"\u{1f511}".repeat(2000));
        assert!(endless.lines().all(|line| line.len() <= LONGEST_WORD));
        assert_eq!(endless.chars().filter(|c| *c == '\u{1f511}').count(), 2000);
    }
}
