//! Errors of building and serving.

use std::io;
use std::time::Duration;

use bailiwick_infra::KeyError;
use bailiwick_infra::mail::{MailSetupError, TemplateError};
use bailiwick_kernel::StoreError;
use bailiwick_roles::{DeclarationError, ResourceError};
use bailiwick_store::OpenError;

/// The error of [`Builder::build`](crate::Builder::build).
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A required choice was not made. Holds the name of the method that makes it.
    #[error("`{0}` was not called on the builder, and there is no default")]
    Missing(&'static str),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The keys of access tokens cannot be used.
    #[error(transparent)]
    Jwt(#[from] KeyError),
    /// The transport of mail cannot be set up.
    #[error(transparent)]
    Mail(#[from] MailSetupError),
    /// The templates of mails cannot be used.
    #[error("the mail templates cannot be used: {0}")]
    MailTemplates(#[from] TemplateError),
    /// Redis cannot be set up.
    #[cfg(feature = "redis")]
    #[error(transparent)]
    Redis(#[from] bailiwick_infra::RedisSetupError),
    /// A name in [`Settings::resources`](bailiwick_app::Settings::resources) is malformed.
    #[error("a resource of the settings cannot be used: {0}")]
    Resource(#[from] ResourceError),
    /// A permission of [`Builder::permission`](crate::Builder::permission) or
    /// [`Settings::declared`](bailiwick_app::Settings::declared) cannot be declared.
    #[error("a permission cannot be used: {0}")]
    Permission(#[from] DeclarationError),
    /// A code of [`Builder::refusal`](crate::Builder::refusal) is in use.
    #[error("a refusal cannot have the code `{0}`, because another problem has it")]
    Refusal(&'static str),
    /// Two readers have this name ([`Builder::reader`](crate::Builder::reader)).
    #[error("two readers of the feed have the name `{0}`, and would share one place in it")]
    Reader(String),
    /// The threads that hash passwords cannot be started.
    #[error("the threads that hash passwords cannot be started: {0}")]
    Hasher(#[source] io::Error),
}

/// The error of a service that did not start, failed, or did not stop in time.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The schema of the database cannot be read.
    #[error(transparent)]
    Database(OpenError),
    /// The schema is older than this program. Names the missing migrations.
    #[error(
        "the database is not migrated: {0} are missing; call `migrate()` before, or `start()` in place of `build()`"
    )]
    NotMigrated(String),
    /// The store refused to complete the catalogue of permissions.
    #[error("the catalogue of permissions cannot be completed: {0}")]
    Catalogue(#[source] bailiwick_app::Error),
    /// The store refused to keep the place of a reader of the feed.
    #[error("a reader of the feed cannot be registered: {0}")]
    Reader(#[source] StoreError),
    /// The HTTP server failed.
    #[error("the HTTP server failed: {0}")]
    Http(#[from] io::Error),
    /// The store did not answer within the limit of one step of the start. Holds the limit.
    #[error("waited {} s for the database to complete the catalogue of permissions, without success", .0.as_secs())]
    StoreTimedOut(Duration),
    /// The service stopped on request, but not all background tasks ended in time. Names their work.
    #[error("stopped at the deadline; left undone: {0}")]
    Unfinished(String),
}

/// The error of [`Builder::start`](crate::Builder::start).
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A choice is missing or cannot be used.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The schema cannot be brought up to date.
    #[error(transparent)]
    Migrate(#[from] OpenError),
    /// The catalogue of permissions cannot be completed.
    #[error(transparent)]
    Serve(#[from] ServeError),
}
