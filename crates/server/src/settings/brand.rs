//! The product that people see.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bailiwick::infra::{MailTemplates, TemplateError};
use bailiwick::presentation::{Brand, Color, Logo, OwnPath, ProductName, SupportUrl, WebUrl};
use serde::Deserialize;

use super::values::optional;

/// Settings of the brand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrandSettings {
    pub name: ProductName,
    #[serde(deserialize_with = "optional")]
    pub logo: Option<Logo>,
    #[serde(deserialize_with = "optional")]
    pub accent: Option<Color>,
    #[serde(deserialize_with = "optional")]
    pub support_url: Option<SupportUrl>,
    #[serde(deserialize_with = "optional")]
    pub privacy_url: Option<WebUrl>,
    #[serde(deserialize_with = "optional")]
    pub terms_url: Option<WebUrl>,
    pub after_sign_in: OwnPath,
}

impl From<BrandSettings> for Brand {
    fn from(settings: BrandSettings) -> Self {
        Self {
            name: settings.name,
            logo: settings.logo,
            accent: settings.accent,
            support_url: settings.support_url,
            privacy_url: settings.privacy_url,
            terms_url: settings.terms_url,
            after_sign_in: settings.after_sign_in,
        }
    }
}

/// A directory of mail templates. They are checked with the settings, so that an unusable one is an error
/// of the settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TemplateFolder(PathBuf);

impl TemplateFolder {
    /// Returns the path.
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl TryFrom<String> for TemplateFolder {
    type Error = TemplateError;

    fn try_from(path: String) -> Result<Self, TemplateError> {
        MailTemplates::read(Path::new(&path), Arc::default())?;
        Ok(Self(path.into()))
    }
}
