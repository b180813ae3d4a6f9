//! Accounts: who somebody is and how they prove it.
//!
//! May depend on `kernel` and `rbac` alone; organisations and roles are
//! siblings that it never sees. Start reading at [`user`], then [`password`],
//! [`lockout`] and [`ports`].
//!
//! ```
//! use bailiwick_users::Password;
//!
//! assert!(Password::parse("correct horse battery").is_ok());
//! assert!(Password::parse("short").is_err());
//! ```

pub mod attempts;
pub mod error;
pub mod lockout;
pub mod pair;
pub mod password;
pub mod ports;
pub mod session;
pub mod user;

pub use attempts::AttemptRepo;
pub use error::UserError;
pub use lockout::{Attempts, Receipt};
pub use pair::{AccountKey, ClientKey, Pair};
pub use password::{HashError, Password, PasswordError, PasswordHash, PasswordHasher, Verdict};
pub use ports::{SecretRepo, SessionRepo, UserRepo};
pub use session::{RefreshGrant, Session};
pub use user::{NewUser, User, UserStatus};
