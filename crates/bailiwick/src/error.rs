//! What can go wrong before and while it serves.

use std::io;
use std::time::Duration;

use bailiwick_infra::KeyError;
use bailiwick_infra::mail::MailSetupError;
use bailiwick_roles::ResourceError;
use bailiwick_store::OpenError;

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A choice that has no default was not made; names the method that makes it.
    #[error("`{0}` was not called on the builder, and there is no default")]
    Missing(&'static str),
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The keys of access tokens.
    #[error(transparent)]
    Jwt(#[from] KeyError),
    /// Mail.
    #[error(transparent)]
    Mail(#[from] MailSetupError),
    /// Redis.
    #[cfg(feature = "redis")]
    #[error(transparent)]
    Redis(#[from] bailiwick_infra::RedisSetupError),
    /// A name in [`Settings::resources`](bailiwick_app::Settings::resources).
    #[error("a resource of the settings cannot be used: {0}")]
    Resource(#[from] ResourceError),
    /// The threads that hash passwords.
    #[error("the threads that hash passwords cannot be started: {0}")]
    Hasher(#[source] io::Error),
}

/// Why serving did not begin, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The catalogue of permissions could not be completed.
    #[error("the catalogue of permissions cannot be completed: {0}")]
    Catalogue(#[source] bailiwick_app::Error),
    /// The HTTP server.
    #[error("the HTTP server failed: {0}")]
    Http(#[from] io::Error),
    /// The store did not answer in time before anything was served.
    #[error("waited {} s for the database to complete the catalogue of permissions, without success", .0.as_secs())]
    StoreTimedOut(Duration),
    /// It stopped as it was told, but not everything beside the requests came to its end in time.
    #[error("stopped at the deadline; left undone: {0}")]
    Unfinished(String),
}
