//! Identity, organizations, roles and invitations, wired together: the crate for programs that embed
//! them, and for the service that runs them.
//!
//! **When to use it alone.** This is the one to begin with. `Bailiwick::builder()` has one
//! method for each choice; `docs/embedding.md` of the repository explains the rest.
//!
//! **What it may depend on.** Every crate below the binary. It selects adapters
//! (`store`, `infra`, `http`) for the ports of `app`. It has no rules of its own.
//!
//! **Where to start reading.** [`Builder`] (one method per choice), then
//! [`Bailiwick`] (its result). The crates underneath are re-exported under
//! short names.
//!
//! ```
//! use bailiwick::Bailiwick;
//! use bailiwick::app::accounts::{LogIn, SignUp, SignedUp};
//! use bailiwick::app::authority::{Public, permission::KbRead};
//! use bailiwick::infra::JwtKeys;
//! use bailiwick::kernel::{DisplayName, Email};
//! use bailiwick::users::Password;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let data = folder.path().display();
//! let bailiwick = Bailiwick::builder()
//!     .database_url(format!("sqlite:{data}/bailiwick.db"))
//!     .jwt(JwtKeys::hs256(b"at least 32 bytes that nobody knows")?)
//!     .mail_to_files(format!("{data}/outbox"))
//!     .public_url("https://id.example.com")
//!     .build()
//!     .await?;
//! bailiwick.migrate().await?;
//!
//! // Ada signs up and becomes the owner of an organization.
//! let app = bailiwick.app();
//! let ada = SignUp {
//!     email: Email::parse("ada@example.com")?,
//!     password: Password::parse("correct horse battery")?,
//!     first_name: DisplayName::parse("Ada")?,
//!     last_name: DisplayName::parse("Lovelace")?,
//!     organization_name: None,
//! };
//! let SignedUp::Created(_, org) = app.sign_up(&Public, &ada).await? else {
//!     return Err("verification is required".into());
//! };
//!
//! // Ada logs in. A request with her token needs the permission to read.
//! let login = LogIn {
//!     email: "ada@example.com".to_owned(),
//!     password: Password::claimed("correct horse battery"),
//! };
//! let token = app.log_in(&Public, &login).await?.access_token;
//! let actor = app.read_token(token.reveal())?;
//! let allowed = app.authority().check(&actor, org.id, KbRead).await?;
//! assert_eq!(allowed.context().role.name, "owner");
//! # Ok(())
//! # }
//! ```

mod builder;
mod changes;
mod choice;
mod error;
#[cfg_attr(not(feature = "http"), path = "no_http_side.rs")]
mod http_side;
pub mod prelude;
mod product;
mod running;
mod runtime;
mod tasks;

pub use bailiwick_app as app;
#[cfg(feature = "console")]
pub use bailiwick_console as console;
#[cfg(feature = "http")]
pub use bailiwick_http as http;
pub use bailiwick_infra as infra;
pub use bailiwick_invites as invites;
pub use bailiwick_kernel as kernel;
pub use bailiwick_orgs as orgs;
pub use bailiwick_presentation as presentation;
pub use bailiwick_problems as problems;
pub use bailiwick_rbac as rbac;
pub use bailiwick_roles as roles;
pub use bailiwick_store as store;
pub use bailiwick_users as users;

pub use builder::Builder;
pub use error::{BuildError, ServeError, StartError};
pub use running::Running;
pub use runtime::Bailiwick;
