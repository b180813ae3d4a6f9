//! The choices of the builder, and the adapters that they open.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bailiwick_app::ports::PasswordHasher;
use bailiwick_app::{AccessTokens, EventBus, Mailer, Store, Throttle};
#[cfg(feature = "smtp")]
use bailiwick_infra::mail::SmtpMailer;
use bailiwick_infra::mail::{FileMailer, MailTemplates, TemplateError};
use bailiwick_infra::{
    Argon2Hasher, HasherOptions, JwtKeys, JwtTokens, LocalBus, LocalThrottle, TokenParties,
};
#[cfg(feature = "redis")]
use bailiwick_infra::{RedisBus, RedisThrottle};
use bailiwick_kernel::{IdSource, PrivateRoots, ServerKey};
use bailiwick_presentation::Brand;
use bailiwick_store::Database;

use crate::BuildError;

/// The prefix of keys in Redis.
#[cfg(feature = "redis")]
const KEY_PREFIX: &str = "bailiwick:";

pub(crate) enum Data {
    Url(String),
    Open(Database),
    Store(Arc<dyn Store>),
}

pub(crate) enum Tokens {
    Keys(Box<JwtKeys>),
    Adapter(Arc<dyn AccessTokens>),
}

pub(crate) enum Mail {
    Files(PathBuf),
    #[cfg(feature = "smtp")]
    Smtp(String),
    Adapter(Arc<dyn Mailer>),
}

pub(crate) enum Throttling {
    #[cfg(feature = "redis")]
    Redis(String),
    Adapter(Arc<dyn Throttle>),
}

pub(crate) enum Bus {
    #[cfg(feature = "redis")]
    Redis(String),
    Adapter(Arc<dyn EventBus>),
}

impl Tokens {
    pub fn adapter(
        self,
        parties: TokenParties,
        ids: &Arc<dyn IdSource>,
    ) -> Result<Arc<dyn AccessTokens>, BuildError> {
        match self {
            Self::Keys(keys) => Ok(Arc::new(JwtTokens::new(*keys, parties, Arc::clone(ids))?)),
            Self::Adapter(tokens) => Ok(tokens),
        }
    }

    /// Returns the server key that is derived from the keys, if they are known.
    pub fn server_key(&self) -> Option<ServerKey> {
        match self {
            Self::Keys(keys) => Some(keys.server_key()),
            Self::Adapter(_) => None,
        }
    }
}

impl Mail {
    pub fn templates(
        directory: Option<&Path>,
        brand: &Arc<Brand>,
    ) -> Result<Arc<MailTemplates>, TemplateError> {
        let templates = match directory {
            Some(directory) => MailTemplates::read(directory, brand.clone())?,
            None => MailTemplates::built_in(brand.clone()),
        };
        Ok(Arc::new(templates))
    }

    #[cfg_attr(not(feature = "smtp"), expect(unused_variables, reason = "only SMTP is protected by TLS"))]
    pub fn adapter(
        choice: Option<Self>,
        from: Option<&str>,
        public_url: Option<&str>,
        templates: Arc<MailTemplates>,
        roots: &PrivateRoots,
    ) -> Result<Arc<dyn Mailer>, BuildError> {
        let choice = choice.ok_or(BuildError::Missing("mail_to_files"))?;
        let base = || public_url.ok_or(BuildError::Missing("public_url"));
        match choice {
            Self::Adapter(mailer) => Ok(mailer),
            Self::Files(directory) => {
                let mailer = FileMailer::new(directory, from, base()?)?;
                Ok(Arc::new(mailer.with_templates(templates)))
            }
            #[cfg(feature = "smtp")]
            Self::Smtp(url) => {
                let mailer = SmtpMailer::new(&url, from, base()?)?.trusting(roots)?;
                if mailer.exposes_login() {
                    tracing::warn!(
                        "the login of the mail server is sent without encryption: use smtp+starttls:// or smtps://"
                    );
                }
                Ok(Arc::new(mailer.with_templates(templates)))
            }
        }
    }
}

impl Throttling {
    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unused_async, unused_variables, reason = "only the Redis adapter connects here")
    )]
    pub async fn adapter(
        choice: Option<Self>,
        roots: &PrivateRoots,
    ) -> Result<Arc<dyn Throttle>, BuildError> {
        match choice {
            #[cfg(feature = "redis")]
            Some(Self::Redis(url)) => {
                Ok(Arc::new(RedisThrottle::connect_trusting(&url, KEY_PREFIX, roots).await?))
            }
            Some(Self::Adapter(throttle)) => Ok(throttle),
            None => Ok(Arc::new(LocalThrottle::default())),
        }
    }
}

impl Bus {
    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unused_async, unused_variables, reason = "only the Redis adapter connects here")
    )]
    pub async fn adapter(
        choice: Option<Self>,
        roots: &PrivateRoots,
    ) -> Result<Arc<dyn EventBus>, BuildError> {
        match choice {
            #[cfg(feature = "redis")]
            Some(Self::Redis(url)) => {
                Ok(Arc::new(RedisBus::connect_trusting(&url, KEY_PREFIX, roots).await?))
            }
            Some(Self::Adapter(bus)) => Ok(bus),
            None => Ok(Arc::new(LocalBus::default())),
        }
    }
}

/// Starts the default hasher.
pub(crate) fn start_hasher(
    ids: &Arc<dyn IdSource>,
    options: HasherOptions,
) -> Result<Arc<dyn PasswordHasher>, BuildError> {
    match Argon2Hasher::start(Arc::clone(ids), options) {
        Ok(hasher) => Ok(Arc::new(hasher)),
        Err(error) => Err(BuildError::Hasher(error)),
    }
}
