//! Colors, and the contrast between them (WCAG 2.2).

use std::fmt;

use serde::Deserialize;

use crate::BrandError;

/// Parts in which one color is mixed with another.
pub(crate) const PARTS: u32 = 256;

/// A color of sRGB, written `#rrggbb`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

impl Color {
    /// Black.
    pub const BLACK: Self = Self::new(0, 0, 0);
    /// White.
    pub const WHITE: Self = Self::new(255, 255, 255);

    /// Returns the color with these channels.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Parses `#rrggbb`, in upper or lower case.
    pub fn parse(text: &str) -> Result<Self, BrandError> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number.ok_or(BrandError::Color)?.to_be_bytes();
        Ok(Self::new(red, green, blue))
    }

    /// Returns the contrast ratio, from 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Returns black or white, whichever has the higher contrast to this color. It is at least 4.58.
    #[must_use]
    pub fn readable_on(self) -> Self {
        let is_dark = self.contrast(Self::WHITE) >= self.contrast(Self::BLACK);
        if is_dark { Self::WHITE } else { Self::BLACK }
    }

    /// Returns the color with `parts` of 256 parts replaced by the other color.
    #[must_use]
    pub(crate) fn mixed(self, other: Self, parts: u32) -> Self {
        let mix = |own: u8, other: u8| {
            let sum = u32::from(own) * PARTS.saturating_sub(parts) + u32::from(other) * parts;
            u8::try_from(sum / PARTS).unwrap_or(u8::MAX)
        };
        Self::new(mix(self.red, other.red), mix(self.green, other.green), mix(self.blue, other.blue))
    }

    /// Returns the relative luminance, from 0 to 1 (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

fn linear(channel: u8) -> f64 {
    let share = f64::from(channel) / 255.0;
    if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
}

impl TryFrom<String> for Color {
    type Error = BrandError;

    fn try_from(text: String) -> Result<Self, BrandError> {
        Self::parse(text.trim())
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(text: &str) -> Color {
        Color::parse(text).unwrap()
    }

    #[test]
    fn the_ratio_is_that_of_the_guidelines() {
        for (one, two, ratio) in [
            ("#000000", "#ffffff", 21.0),
            ("#ffffff", "#ffffff", 1.0),
            ("#767676", "#ffffff", 4.54),
            ("#777777", "#ffffff", 4.48),
            ("#0000ff", "#ffffff", 8.59),
            ("#ff0000", "#ffffff", 4.00),
            ("#ffff00", "#ffffff", 1.07),
            ("#808080", "#000000", 5.32),
        ] {
            for found in [color(one).contrast(color(two)), color(two).contrast(color(one))] {
                assert!((found - ratio).abs() < 0.005, "{one} {two}: {found}");
            }
        }
    }

    #[test]
    fn a_color_is_six_digits() {
        assert_eq!(color("#1F56b4").to_string(), "#1f56b4");
        for text in ["", "#", "1f56b4", "#fff", "#1f56b", "#1f56b44", "#1f56bg", "#+f56b4", "red", "#ä56b4"]
        {
            assert_eq!(Color::parse(text), Err(BrandError::Color), "{text}");
        }
    }
}
