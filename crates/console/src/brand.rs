//! How the product presents itself.

/// The product that people see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Brand {
    /// Its name, at the top of each page and in its title.
    pub name: String,
}

impl Default for Brand {
    fn default() -> Self {
        Self { name: "bailiwick".to_owned() }
    }
}
