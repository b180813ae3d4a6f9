//! Accounts and their credentials: identity, passwords, sessions and one-time secrets.
//!
//! **When to use it alone.** To apply the rules of passwords, lockout and sessions to accounts
//! that a program stores by repositories of its own.
//!
//! Depends on `kernel` alone, and not on organizations and roles. Start reading at [`user`],
//! then [`password`], [`lockout`] and [`ports`].
//!
//! A new password is checked against a list that is compiled in, `data/common_passwords.txt`. It holds
//! 8,450 of the most frequent passwords in published breaches.
//!
//! ```
//! use bailiwick_users::Password;
//!
//! assert!(Password::parse("correct horse battery").is_ok());
//! assert!(Password::parse("short").is_err());
//! assert!(Password::parse("Password123").is_err());
//! ```

pub mod attempts;
mod common;
pub mod error;
pub mod exemption;
pub mod link;
pub mod lockout;
pub mod page_session;
pub mod pair;
pub mod password;
pub mod ports;
pub mod session;
pub mod user;

pub use attempts::AttemptRepo;
pub use error::UserError;
pub use exemption::Exemption;
pub use link::MailedLink;
pub use lockout::{Attempts, Lockout, OpenAttempt, Refused};
pub use page_session::{PageRecord, PageSession};
pub use pair::{AccountKey, ClientKey, Pair};
pub use password::{HashError, Password, PasswordError, PasswordHash, PasswordHasher, Verdict};
pub use ports::{NewSecret, SecretRef, SecretRepo, SessionRepo, SessionScope, UserChanges, UserRepo};
pub use session::{Activity, RefreshGrant, RefreshRecord, RefreshState, Session};
pub use user::{NewUser, User, UserStatus};
