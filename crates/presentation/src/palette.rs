//! The colors of pages and mails that are derived from the accent.

use std::fmt::Write;

use crate::Color;
use crate::color::PARTS;

/// Least contrast of text (WCAG 2.2, 1.4.3).
pub const MIN_TEXT_CONTRAST: f64 = 4.5;
/// Least contrast of the surface of a button and of the mark of the focus (WCAG 2.2, 1.4.11).
pub const MIN_SURFACE_CONTRAST: f64 = 3.0;
/// Change of a color under the pointer, in parts of 256.
const EMPHASIS: u32 = 48;

/// A theme of the pages: the backgrounds that colors must be legible on.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// The page, cards on it, and notices, as in the stylesheet of the pages.
    pub backgrounds: [Color; 3],
    /// The color that text is moved towards until it is legible.
    far: Color,
}

impl Theme {
    /// Dark text on light backgrounds. Mails have it too.
    pub const LIGHT: Self = Self {
        backgrounds: [
            Color::new(0xf4, 0xf5, 0xf7),
            Color::new(0xff, 0xff, 0xff),
            Color::new(0xf1, 0xf4, 0xf9),
        ],
        far: Color::BLACK,
    };
    /// Light text on dark backgrounds.
    pub const DARK: Self = Self {
        backgrounds: [
            Color::new(0x12, 0x16, 0x1c),
            Color::new(0x1a, 0x20, 0x28),
            Color::new(0x22, 0x2a, 0x35),
        ],
        far: Color::WHITE,
    };

    /// Returns the least contrast of a color to the backgrounds.
    pub fn contrast(&self, color: Color) -> f64 {
        self.backgrounds.iter().map(|background| background.contrast(color)).fold(f64::INFINITY, f64::min)
    }

    /// Returns the color with the least change of its lightness that has this contrast to each background.
    fn legible(&self, color: Color, ratio: f64) -> Color {
        let shades = (0..PARTS).map(|parts| color.mixed(self.far, parts));
        shades.into_iter().find(|shade| self.contrast(*shade) >= ratio).unwrap_or(self.far)
    }
}

/// The colors of one theme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Palette {
    /// Links, plain buttons and the mark of the focus.
    pub link: Color,
    /// The same under the pointer.
    pub link_strong: Color,
    /// The surface of buttons.
    pub button: Color,
    /// The same under the pointer.
    pub button_strong: Color,
    /// The text of buttons.
    pub on_button: Color,
}

impl Palette {
    /// The accent where none is set.
    pub const ACCENT: Color = Color::new(0x1f, 0x56, 0xb4);

    /// Derives the colors of a theme. Each accent is possible, because its lightness is changed where it
    /// would not be legible.
    pub fn new(accent: Color, theme: &Theme) -> Self {
        let link = theme.legible(accent, MIN_TEXT_CONTRAST);
        let button = theme.legible(accent, MIN_SURFACE_CONTRAST);
        let on_button = button.readable_on();
        Self {
            link,
            link_strong: link.mixed(theme.far, EMPHASIS),
            button,
            button_strong: Self::emphasized(button, on_button, theme),
            on_button,
        }
    }

    /// Returns the surface of a button under the pointer: away from the color of its text, else unchanged
    /// if it would merge with the background.
    fn emphasized(button: Color, on_button: Color, theme: &Theme) -> Color {
        let away = if on_button == Color::WHITE { Color::BLACK } else { Color::WHITE };
        let strong = button.mixed(away, EMPHASIS);
        if theme.contrast(strong) >= MIN_SURFACE_CONTRAST { strong } else { button }
    }

    /// Returns the stylesheet that replaces the colors of the pages by those of the accent.
    pub fn stylesheet(accent: Color) -> String {
        let [light, dark] = [Theme::LIGHT, Theme::DARK].map(|theme| Self::new(accent, &theme).variables());
        format!(":root {{\n{light}}}\n\n@media (prefers-color-scheme: dark) {{\n:root {{\n{dark}}}\n}}\n")
    }

    fn variables(&self) -> String {
        let mut css = String::new();
        for (name, color) in [
            ("accent", self.link),
            ("accent-strong", self.link_strong),
            ("button", self.button),
            ("button-strong", self.button_strong),
            ("on-button", self.on_button),
        ] {
            let _ = writeln!(css, "  --{name}: {color};");
        }
        css
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    proptest! {
        #[test]
        fn each_accent_is_legible_in_both_themes(red in any::<u8>(), green in any::<u8>(), blue in any::<u8>()) {
            for theme in [Theme::LIGHT, Theme::DARK] {
                let palette = Palette::new(Color::new(red, green, blue), &theme);
                for text in [palette.link, palette.link_strong] {
                    assert!(theme.contrast(text) >= MIN_TEXT_CONTRAST, "{palette:?}");
                }
                for surface in [palette.button, palette.button_strong] {
                    assert!(surface.contrast(palette.on_button) >= MIN_TEXT_CONTRAST, "{palette:?}");
                    assert!(theme.contrast(surface) >= MIN_SURFACE_CONTRAST, "{palette:?}");
                }
            }
        }
    }

    #[test]
    fn a_legible_accent_is_used_as_it_is() {
        let accent = Palette::ACCENT;
        let palette = Palette::new(accent, &Theme::LIGHT);
        assert_eq!((palette.link, palette.button, palette.on_button), (accent, accent, Color::WHITE));
    }

    #[test]
    fn a_pale_accent_gets_darker_and_black_gets_lighter() {
        let yellow = Palette::new(Color::parse("#ffee00").unwrap(), &Theme::LIGHT);
        assert_eq!(yellow.link.to_string(), "#797100");
        let black = Palette::new(Color::BLACK, &Theme::DARK);
        assert!(Theme::DARK.contrast(black.link) >= MIN_TEXT_CONTRAST);
    }

    #[test]
    fn the_stylesheet_sets_each_color_in_both_themes() {
        let css = Palette::stylesheet(Color::parse("#c2410c").unwrap());
        for name in ["--accent:", "--accent-strong:", "--button:", "--button-strong:", "--on-button:"] {
            assert_eq!(css.matches(name).count(), 2, "{css}");
        }
        assert!(css.contains("--accent: #c2410c;"), "{css}");
    }
}
