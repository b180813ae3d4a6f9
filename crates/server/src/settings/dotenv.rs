//! The grammar of `.env`: one line `NAME=value` per variable, without substitution.
//!
//! The grammar is that of a shell without its expansions. `$` is a character like any other,
//! because a secret may contain it.

use std::iter::Peekable;
use std::str::Chars;

/// The first fault of a file, with its line number and cause. The text of the line is left out, because
/// it may be a secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct Fault {
    line: usize,
    cause: &'static str,
}

const NO_NAME: &str = "it does not begin with a name; write NAME=value, or # before a comment";
const NO_EQUALS: &str = "no = follows the name; write NAME=value";
const SPACES: &str = "the value has spaces; put it in quotes";
const HASH: &str = "the value begins with #; put it in quotes, or a space before the comment";
const OPEN_QUOTE: &str =
    "a quote that opens here is not closed; put a value that contains this quote in the other kind of quotes";
const ESCAPE: &str =
    "a backslash is not followed by \\ ' \" $ n or a space; put the value in single quotes to keep it";
const NOT_UTF8: &str = "it is not valid UTF-8; save the file as UTF-8";
const UTF16: &str = "the file is in UTF-16; save it as UTF-8";

/// Parses the bytes of a file; returns its variables in the order of the file, or its first fault.
pub fn parse(bytes: &[u8]) -> Result<Vec<(String, String)>, Fault> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Fault { line: 1, cause: UTF16 });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| Fault {
        line: 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count(),
        cause: NOT_UTF8,
    })?;
    let text = text.replace("\r\n", "\n");
    let mut scanner = Scanner { rest: text.chars().peekable(), line: 1 };
    let mut variables = Vec::new();
    while scanner.seek_statement() {
        variables.push((scanner.name()?, scanner.value()?));
    }
    Ok(variables)
}

struct Scanner<'t> {
    rest: Peekable<Chars<'t>>,
    line: usize,
}

impl Scanner<'_> {
    /// Skips blank lines and comments; `false` at the end of the file.
    fn seek_statement(&mut self) -> bool {
        loop {
            match self.rest.peek() {
                None => return false,
                Some('#') => self.skip_comment(),
                Some(c) if c.is_whitespace() => drop(self.next()),
                Some(_) => return true,
            }
        }
    }

    /// Reads the name and the `=` after it.
    fn name(&mut self) -> Result<String, Fault> {
        let mut name = self.word()?;
        self.skip_spaces();
        // `export` is a prefix, unless `=` follows it.
        if name == "export" && self.rest.peek() != Some(&'=') {
            name = self.word()?;
            self.skip_spaces();
        }
        match self.rest.next_if_eq(&'=') {
            Some(_) => Ok(name),
            None => self.fault(NO_EQUALS),
        }
    }

    fn word(&mut self) -> Result<String, Fault> {
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')) {
            word.push(c);
        }
        if word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Ok(word);
        }
        self.fault(NO_NAME)
    }

    /// Reads the value up to the end of its line. Quoted and unquoted parts are joined.
    fn value(&mut self) -> Result<String, Fault> {
        if self.rest.peek() == Some(&'#') {
            return self.fault(HASH);
        }
        self.skip_spaces();
        let mut value = String::new();
        while let Some(&c) = self.rest.peek() {
            match c {
                '\n' => break,
                c if c.is_whitespace() => {
                    self.line_end()?;
                    break;
                }
                '#' if value.is_empty() => {
                    self.skip_comment();
                    break;
                }
                '\'' | '"' => self.quoted(&mut value)?,
                '\\' => self.escaped(&mut value)?,
                c => {
                    self.next();
                    value.push(c);
                }
            }
        }
        Ok(value)
    }

    /// Reads what follows a value: only space and a comment are allowed.
    fn line_end(&mut self) -> Result<(), Fault> {
        self.skip_spaces();
        match self.rest.peek() {
            None | Some('\n') => Ok(()),
            Some('#') => {
                self.skip_comment();
                Ok(())
            }
            Some(_) => self.fault(SPACES),
        }
    }

    /// Reads a quoted part. It may span lines only if it begins the value, because an apostrophe within
    /// a value must not consume the lines below.
    fn quoted(&mut self, value: &mut String) -> Result<(), Fault> {
        let opened = Fault { line: self.line, cause: OPEN_QUOTE };
        let one_line = !value.is_empty();
        let quote = self.next();
        loop {
            match self.rest.peek() {
                None => return Err(opened),
                Some('\n') if one_line => return Err(opened),
                Some('\\') if quote == Some('"') => self.escaped(value)?,
                Some(_) => {
                    let c = self.next();
                    if c == quote {
                        return Ok(());
                    }
                    value.extend(c);
                }
            }
        }
    }

    fn escaped(&mut self, value: &mut String) -> Result<(), Fault> {
        self.next();
        match self.rest.next_if(|c| matches!(c, '\\' | '\'' | '"' | '$' | ' ' | 'n')) {
            Some('n') => value.push('\n'),
            Some(c) => value.push(c),
            None => return self.fault(ESCAPE),
        }
        Ok(())
    }

    fn skip_comment(&mut self) {
        while self.rest.next_if(|c| *c != '\n').is_some() {}
    }

    fn skip_spaces(&mut self) {
        while self.rest.next_if(|c| *c != '\n' && c.is_whitespace()).is_some() {}
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    fn fault<T>(&self, cause: &'static str) -> Result<T, Fault> {
        Err(Fault { line: self.line, cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> String {
        let mut variables = parse(text.as_bytes()).unwrap_or_else(|fault| panic!("{text:?}: {fault}"));
        assert_eq!((variables.len(), variables[0].0.as_str()), (1, "A"), "{text:?}");
        variables.remove(0).1
    }

    #[test]
    fn nothing_is_substituted() {
        for (line, value) in [
            ("A=ab$cd", "ab$cd"),
            ("A=$", "$"),
            ("A=$$HOME$", "$$HOME$"),
            ("A=${HOME}x", "${HOME}x"),
            ("A=\"ab$cd${HOME}\"", "ab$cd${HOME}"),
            ("A='ab$cd'", "ab$cd"),
            ("A=\"ab\\$cd\"", "ab$cd"),
            ("A=ab\\$cd", "ab$cd"),
            ("A=$(id)`id`!~*", "$(id)`id`!~*"),
        ] {
            assert_eq!(only(line), value);
        }
        let text = b"B=1\nA=x$B";
        assert_eq!(parse(text).unwrap()[1].1, "x$B");
    }

    #[test]
    fn values_are_read_as_by_a_shell() {
        for (line, value) in [
            ("A=b", "b"),
            ("  A = b  ", "b"),
            ("export A=b", "b"),
            ("export\tA=b", "b"),
            ("A=b # comment", "b"),
            ("A=b#c", "b#c"),
            ("A= # comment", ""),
            ("A=", ""),
            ("A=\"\"", ""),
            ("A=\"b # c\" # d", "b # c"),
            ("A='b\\n\"c\"'", "b\\n\"c\""),
            ("A=\"b\\n\\\"c\\\\\"", "b\n\"c\\"),
            ("A=\"it's\"", "it's"),
            ("A=b\\ c", "b c"),
            ("A=b\"c d\"'e'", "bc de"),
            ("A='b\nc'", "b\nc"),
            ("A=\"b\r\nc\"\r\n", "b\nc"),
            ("A=b\r\n", "b"),
            ("A=b=c==", "b=c=="),
            ("\u{feff}A=b", "b"),
            ("# x\n\n \t\nA=b\n# y", "b"),
            ("A=b\u{e4}\u{1f600}", "b\u{e4}\u{1f600}"),
        ] {
            assert_eq!(only(line), value, "{line:?}");
        }
        let of = |text: &str| parse(text.as_bytes()).unwrap();
        assert_eq!(of("export=1")[0], ("export".to_owned(), "1".to_owned()));
        assert_eq!(of("A_1.b=1\n_c=2").len(), 2);
        assert_eq!(of(""), []);
        assert_eq!(of("# nothing"), []);
    }

    #[test]
    fn a_fault_has_its_line_and_cause_and_no_text() {
        for (text, line, cause) in [
            (&b"B=1\r\nsecret"[..], 2, NO_EQUALS),
            (b"A secret", 1, NO_EQUALS),
            (b"export secret", 1, NO_EQUALS),
            (b"A='x\ny'\n=secret", 3, NO_NAME),
            (b"1A=secret", 1, NO_NAME),
            (b"A=secret secret", 1, SPACES),
            (b"\n\nA='secret'x y", 3, SPACES),
            (b"A=#secret", 1, HASH),
            (b"B=1\nA=\"secret\n\nC=1", 2, OPEN_QUOTE),
            (b"A=it's\nB=it's", 1, OPEN_QUOTE),
            (b"A=secret\\d", 1, ESCAPE),
            (b"A=\"\nsecret\\d\"", 2, ESCAPE),
            (b"A=secret\\", 1, ESCAPE),
            (b"B=1\nA=secret\xff", 2, NOT_UTF8),
            (b"\xff\xfeA\0=\0", 1, UTF16),
        ] {
            assert_eq!(parse(text), Err(Fault { line, cause }), "{}", String::from_utf8_lossy(text));
            assert!(!cause.contains("secret"));
        }
    }
}
