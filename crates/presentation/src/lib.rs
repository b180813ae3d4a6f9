//! How the product presents itself to people: its brand, and the texts of its pages and mails.
//!
//! **When to use it alone.** To show the same name, logo and legible colors in pages of your
//! own.
//!
//! Depends on `kernel` alone. Start reading at [`Brand`] (name, logo, color, links), then [`Palette`] (the
//! colors that are derived from the accent) and [`texts`], one file for each language.
//!
//! ```
//! use bailiwick_kernel::Language;
//! use bailiwick_presentation::{Brand, ProductName, texts};
//!
//! let brand = Brand { name: ProductName::parse("Analytical Engines").unwrap(), ..Brand::default() };
//! assert_eq!(brand.name.as_str(), "Analytical Engines");
//! let german = texts::of(&Language::accepted("fr, de-AT;q=0.8"));
//! assert_eq!(german.sign_in, "Anmelden");
//! ```

mod brand;
mod color;
mod logo;
mod palette;
pub mod texts;

pub use brand::{Brand, BrandError, OwnPath, ProductName, SupportUrl, WebUrl};
pub use color::Color;
pub use logo::{ImageKind, Logo, LogoError};
pub use palette::{MIN_SURFACE_CONTRAST, MIN_TEXT_CONTRAST, Palette, Theme};
pub use texts::Texts;
