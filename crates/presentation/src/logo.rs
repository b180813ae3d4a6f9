//! The logo of the product: an image that the service serves itself.

use std::path::Path;
use std::sync::Arc;
use std::{fmt, fs};

use serde::Deserialize;

/// Largest logo in bytes.
const LARGEST: usize = 256 * 1024;

/// An image, checked by its ending and by its content.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Logo {
    kind: ImageKind,
    bytes: Arc<[u8]>,
}

/// A format of images that every browser shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImageKind {
    /// PNG.
    Png,
    /// SVG.
    Svg,
    /// WebP.
    Webp,
    /// JPEG.
    Jpeg,
}

/// The reason that a file cannot be the logo.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LogoError {
    /// It cannot be read. Holds the path and the cause.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, String),
    /// It is too large. Holds the number of bytes.
    #[error("the logo has {0} bytes, and at most 262144 (256 KiB) are possible")]
    TooLarge(u64),
    /// Its name has another ending.
    #[error("a logo is a file .svg, .png, .webp or .jpg")]
    Ending,
    /// Its content is not of the format that its name says. Holds that format.
    #[error("the file is not {}, although its name ends in {}", .0.with_article(), .0.endings())]
    Content(ImageKind),
}

impl Logo {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, LogoError> {
        let unreadable = |why: String| LogoError::Unreadable(path.display().to_string(), why);
        let metadata = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
        if !metadata.is_file() {
            return Err(unreadable("it is no file".to_owned()));
        }
        if usize::try_from(metadata.len()).map_or(true, |length| length > LARGEST) {
            return Err(LogoError::TooLarge(metadata.len()));
        }
        let bytes = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        Self::new(name, bytes)
    }

    /// Checks an image, whose format the ending of its name says.
    pub fn new(name: &str, bytes: Vec<u8>) -> Result<Self, LogoError> {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let kind = ending.as_deref().and_then(ImageKind::of_ending).ok_or(LogoError::Ending)?;
        if bytes.len() > LARGEST {
            return Err(LogoError::TooLarge(u64::try_from(bytes.len()).unwrap_or(u64::MAX)));
        }
        if !kind.is_content(&bytes) {
            return Err(LogoError::Content(kind));
        }
        Ok(Self { kind, bytes: bytes.into() })
    }

    /// Returns the format.
    pub fn kind(&self) -> ImageKind {
        self.kind
    }

    /// Returns the file.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }
}

impl TryFrom<String> for Logo {
    type Error = LogoError;

    /// Reads the file at a path.
    fn try_from(path: String) -> Result<Self, LogoError> {
        Self::read(Path::new(&path))
    }
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({:?}, {} bytes)", self.kind, self.bytes.len())
    }
}

impl ImageKind {
    fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "png" => Some(Self::Png),
            "svg" => Some(Self::Svg),
            "webp" => Some(Self::Webp),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            _ => None,
        }
    }

    /// Returns the ending of a file name, without the dot.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Webp => "webp",
            Self::Jpeg => "jpg",
        }
    }

    /// Returns the media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
            Self::Webp => "image/webp",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// Returns the name in a sentence.
    const fn with_article(self) -> &'static str {
        match self {
            Self::Png => "a PNG image",
            Self::Svg => "an SVG image",
            Self::Webp => "a WebP image",
            Self::Jpeg => "a JPEG image",
        }
    }

    /// Returns the endings of file names, in a sentence.
    const fn endings(self) -> &'static str {
        match self {
            Self::Png => ".png",
            Self::Svg => ".svg",
            Self::Webp => ".webp",
            Self::Jpeg => ".jpg or .jpeg",
        }
    }

    fn is_content(self, bytes: &[u8]) -> bool {
        match self {
            Self::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::Jpeg => bytes.starts_with(b"\xff\xd8\xff"),
            Self::Webp => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
            Self::Svg => std::str::from_utf8(bytes).is_ok_and(is_svg),
        }
    }
}

/// Returns whether the first element is `svg`, after declaration, comments and document type.
fn is_svg(text: &str) -> bool {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    for _ in 0..100 {
        let after = match rest {
            _ if rest.starts_with("<?") => after(rest, "?>"),
            _ if rest.starts_with("<!--") => after(rest, "-->"),
            _ if rest.starts_with("<!") => after_document_type(rest),
            _ => break,
        };
        let Some(after) = after else { return false };
        rest = after.trim_start();
    }
    rest.strip_prefix("<svg").is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n', '>', '/']))
}

fn after<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    text.split_once(end).map(|(_, after)| after)
}

/// Returns the text after a document type, which may declare entities in brackets.
fn after_document_type(text: &str) -> Option<&str> {
    let (before, rest) = text.split_once('>')?;
    if !before.contains('[') {
        return Some(rest);
    }
    let mut brackets = text.match_indices(']');
    brackets.find_map(|(at, bracket)| text.get(at..)?.strip_prefix(bracket)?.trim_start().strip_prefix('>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_what_its_name_and_its_content_say() {
        for (name, content, kind) in [
            ("a.svg", &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], ImageKind::Svg),
            (
                "a.SVG",
                b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a > b --><!DOCTYPE svg>\n<svg>",
                ImageKind::Svg,
            ),
            (
                "a.svg",
                b"<!DOCTYPE svg PUBLIC 'x' 'y' [ <!ENTITY ns 'a[]b'> <!ENTITY b '>'> ] >\n<svg xmlns='&ns;'>",
                ImageKind::Svg,
            ),
            ("a.b.png", b"\x89PNG\r\n\x1a\n..", ImageKind::Png),
            ("a.jpg", b"\xff\xd8\xff\xe0", ImageKind::Jpeg),
            ("a.jpeg", b"\xff\xd8\xff\xe0", ImageKind::Jpeg),
            ("a.webp", b"RIFF....WEBPVP8 ", ImageKind::Webp),
        ] {
            assert_eq!(Logo::new(name, content.to_vec()).map(|logo| logo.kind()), Ok(kind), "{name}");
        }
        for (name, content, error) in [
            ("a", &b"<svg/>"[..], LogoError::Ending),
            ("a.gif", b"GIF89a", LogoError::Ending),
            ("svg", b"<svg/>", LogoError::Ending),
            ("a.svg", b"<html><svg/></html>", LogoError::Content(ImageKind::Svg)),
            ("a.svg", b"<svgx/>", LogoError::Content(ImageKind::Svg)),
            ("a.svg", b"<!DOCTYPE svg [ <!ENTITY b '>'> <svg/>", LogoError::Content(ImageKind::Svg)),
            ("a.svg", b"<!DOCTYPE html [ <!ENTITY b '>'> ]><html/>", LogoError::Content(ImageKind::Svg)),
            ("a.svg", b"<!-- <svg/>", LogoError::Content(ImageKind::Svg)),
            ("a.svg", b"\x89PNG\r\n\x1a\n", LogoError::Content(ImageKind::Svg)),
            ("a.png", b"<svg/>", LogoError::Content(ImageKind::Png)),
            ("a.webp", b"RIFF", LogoError::Content(ImageKind::Webp)),
            ("a.jpg", b"", LogoError::Content(ImageKind::Jpeg)),
        ] {
            assert_eq!(Logo::new(name, content.to_vec()).err(), Some(error), "{name}");
        }
    }

    #[test]
    fn the_error_says_what_was_expected() {
        for (kind, text) in [
            (ImageKind::Svg, "the file is not an SVG image, although its name ends in .svg"),
            (ImageKind::Jpeg, "the file is not a JPEG image, although its name ends in .jpg or .jpeg"),
        ] {
            assert_eq!(LogoError::Content(kind).to_string(), text);
        }
    }

    #[test]
    fn a_large_file_and_a_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logo.png");
        let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
        image.resize(LARGEST, 0);
        fs::write(&path, &image).unwrap();
        assert_eq!(Logo::read(&path).unwrap().bytes().len(), LARGEST);
        image.push(0);
        fs::write(&path, &image).unwrap();
        assert_eq!(Logo::read(&path), Err(LogoError::TooLarge(262_145)));
        assert_eq!(Logo::new("a.png", image), Err(LogoError::TooLarge(262_145)));
        assert!(matches!(Logo::read(folder.path()), Err(LogoError::Unreadable(..))));
        assert!(matches!(Logo::read(&folder.path().join("none.png")), Err(LogoError::Unreadable(..))));
    }
}
