//! Text from users, made safe for mail.

use bailiwick_kernel::is_unprintable;

/// Line width that every mail program shows (RFC 5322, section 2.1.1).
const WIDTH: usize = 76;
/// Longest word in bytes, because no line of a message may exceed 998 bytes (RFC 5322, section
/// 2.1.1).
const LONGEST_WORD: usize = 900;
/// Separators of the labels of a host name (UTS #46, section 2.3).
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// Returns one line without control characters, without marks that reorder text, and without text
/// that mail programs turn into links: URLs and host names. The only link of a mail is its own.
pub(super) fn one_line(text: &str) -> String {
    let printable: String = text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
    let words: Vec<_> = printable.split_whitespace().map(apart).collect();
    words.join(" ")
}

/// Returns the word with a space where it could be a URL or an address.
fn apart(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 8);
    for (place, c) in word.char_indices() {
        let (before, after) = (&out, word.get(place + c.len_utf8()..).unwrap_or_default());
        let is_apart = match c {
            ':' => after.starts_with("//") || ends_with(before, "mailto"),
            _ => {
                DOTS.contains(&c) && !before.is_empty() && (may_be_domain(after) || ends_with(before, "www"))
            }
        };
        out.push(c);
        if is_apart && !after.is_empty() {
            out.push(' ');
        }
    }
    out
}

/// Returns whether a top-level domain could begin here: a letter and another character of a host
/// name. Initials and numbers have none.
fn may_be_domain(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(char::is_alphabetic)
        && chars.next().is_some_and(|c| c.is_alphanumeric() || c == '-')
}

/// Compares the end of a text, ignoring case.
fn ends_with(text: &str, end: &str) -> bool {
    let start = text.len().checked_sub(end.len());
    start.and_then(|start| text.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// Returns the lines of a longer text, each as [`one_line`] returns it.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.trim().lines().map(one_line).collect()
}

/// Breaks long lines at spaces; quoted lines stay quoted. A word is broken only if mail could not
/// transport it.
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

/// Splits a word that is too long.
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
        assert_eq!(one_line("see https://evil.example/ now"), "see https: //evil. example/ now");
        for (text, safe) in [
            ("evil.example", "evil. example"),
            ("(Evil.Example)", "(Evil. Example)"),
            ("a.b.evil.co/x?y", "a.b. evil. co/x?y"),
            ("WWW.x.de", "WWW. x. de"),
            ("wWw.x", "wWw. x"),
            ("evil\u{3002}example", "evil\u{3002} example"),
            ("evil.xn--p1ai", "evil. xn--p1ai"),
            ("evil.\u{440}\u{444}", "evil. \u{440}\u{444}"),
            ("MailTo:eve@evil.example", "MailTo: eve@evil. example"),
            ("HTTPS://x", "HTTPS: //x"),
        ] {
            assert_eq!(one_line(text), safe);
        }
        for name in
            ["J.R.R. Tolkien", "Acme Inc.", ".NET", "v1.25", "...", "Zo\u{eb} O'Neil", "a: b", "mailto:"]
        {
            assert_eq!(one_line(name), name);
        }
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
