//! The texts of pages in the language of the reader, and those of refusals.

mod problems;

pub use bailiwick_presentation::texts::{Texts, in_language, languages, of};

pub use problems::{Localized, ProblemTexts};
