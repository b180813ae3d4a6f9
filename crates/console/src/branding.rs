//! The brand, and the files that are served for it.

use std::sync::Arc;

use bailiwick_presentation::{Brand, ImageKind, Logo, Palette};

use crate::assets::Asset;

/// The brand with its stylesheet and its logo.
#[derive(Debug)]
pub struct Branding {
    pub brand: Arc<Brand>,
    /// The colors of the accent, if one is set.
    pub style: Option<Asset>,
    pub logo: Option<Asset>,
}

impl Branding {
    /// Generates the files.
    pub fn new(brand: Arc<Brand>) -> Self {
        let style = brand.accent.map(|accent| Asset::of_style(Palette::stylesheet(accent).into_bytes()));
        let logo = brand.logo.as_ref().map(of_logo);
        Self { brand, style, logo }
    }
}

fn of_logo(logo: &Logo) -> Asset {
    let kind = logo.kind();
    let image = Asset::of_image(kind.ending(), kind.media_type(), logo.bytes().to_vec());
    // A browser that opens the file itself would run the scripts of an SVG.
    if kind == ImageKind::Svg { image.sandboxed() } else { image }
}

impl Default for Branding {
    fn default() -> Self {
        Self::new(Arc::default())
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_presentation::Theme;

    use crate::assets;

    #[test]
    fn only_names_are_cut() {
        let css = std::str::from_utf8(assets::STYLE.bytes()).unwrap();
        let rules = css.split('}').filter(|rule| rule.contains("-webkit-line-clamp"));
        let selectors: Vec<_> =
            rules.map(|rule| rule.split('{').next().unwrap().lines().last().unwrap()).collect();
        assert_eq!(selectors, ["main bdi[title] "]);
    }

    #[test]
    fn the_palette_knows_the_backgrounds_of_the_stylesheet() {
        let css = std::str::from_utf8(assets::STYLE.bytes()).unwrap();
        let (light, dark) = css.split_once("@media (prefers-color-scheme: dark)").unwrap();
        for (css, theme) in [(light, Theme::LIGHT), (dark, Theme::DARK)] {
            for (name, color) in ["back", "card", "note-back"].into_iter().zip(theme.backgrounds) {
                assert!(css.contains(&format!("--{name}: {color};")), "{name} {color}");
            }
        }
    }
}
