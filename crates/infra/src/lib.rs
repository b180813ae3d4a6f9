//! Adapters for everything outside of the process except databases: clock and randomness, Argon2, JWT,
//! mail, rate limits, and events between nodes.
//!
//! **When to use it alone.** Each adapter with the use cases of `bailiwick-app` and a store of
//! your own. The crate `bailiwick` chooses them for you.
//!
//! May depend on `app` and what lies below it; never sees actix, diesel or the environment, because every
//! setting is an argument. Start reading at [`hasher`] (passwords, on threads of their own), then [`jwt`]
//! (access tokens), [`mail`] (text, files, SMTP), [`throttle`] and [`bus`] (in the process or in Redis).
//!
//! ```
//! use std::sync::Arc;
//!
//! use bailiwick_app::{AccessClaims, AccessTokens, TokenFault};
//! use bailiwick_infra::{JwtKeys, JwtTokens, TokenParties, SystemClock, SystemIds};
//! use bailiwick_kernel::{Clock, SessionId, UserId};
//! use time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ids = Arc::new(SystemIds::new());
//! let keys = JwtKeys::hs256(b"a secret of at least thirty-two bytes")?;
//! let tokens = JwtTokens::new(keys, TokenParties::default(), ids.clone())?;
//!
//! let now = SystemClock.now();
//! let (user, session) = (UserId::generate(&*ids, now), SessionId::generate(&*ids, now));
//! let claims = AccessClaims::new(user, session, now, None); // valid for 15 minutes
//! let token = tokens.sign(&claims);
//! let almost = now + Duration::seconds(15 * 60 - 1);
//! assert_eq!(tokens.verify(&token, almost)?.user, user);
//! assert!(matches!(tokens.verify(&token, now + Duration::minutes(15)), Err(TokenFault::Expired(_))));
//! # Ok(())
//! # }
//! ```

pub mod bus;
pub mod clock;
pub mod hasher;
pub mod ids;
pub mod jwt;
pub mod mail;
#[cfg(feature = "redis")]
mod redis_check;
#[cfg(feature = "redis")]
mod redis_connect;
#[cfg(feature = "redis")]
mod redis_link;
pub mod throttle;
pub mod tls;
#[cfg(feature = "tls")]
mod tls_client;

pub use bus::LocalBus;
#[cfg(feature = "redis")]
pub use bus::RedisBus;
pub use clock::{SystemClock, SystemStopwatch};
pub use hasher::{Argon2Hasher, HasherOptions};
pub use ids::SystemIds;
pub use jwt::{JwtKeys, JwtTokens, KeyError, TokenParties};
#[cfg(feature = "smtp")]
pub use mail::SmtpMailer;
pub use mail::{FileMailer, MailSender, MailSetupError, MailTemplates, RenderedMail, TemplateError};
#[cfg(feature = "redis")]
pub use redis_check::check_redis;
#[cfg(feature = "redis")]
pub use redis_connect::RedisSetupError;
pub use throttle::LocalThrottle;
#[cfg(feature = "redis")]
pub use throttle::RedisThrottle;
pub use tls::{CaFileError, read_ca_file};
#[cfg(feature = "tls")]
pub use tls_client::TlsClient;
