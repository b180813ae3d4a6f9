//! Identifiers, values and ports that every other layer shares.
//!
//! **When to use it alone.** Together with the nouns: typed ids, e-mail addresses and one-time
//! tokens are arguments of theirs. It has no runtime, no database and no HTTP.
//!
//! Depends on no other crate of the workspace, on no async runtime, no database and no HTTP. Start
//! reading at [`id`] (typed ids), then [`token`] (one-time secrets) and [`error`] (what a store may
//! return).
//!
//! ```
//! use bailiwick_kernel::Email;
//!
//! let email = Email::parse("  Ada@Example.COM ").unwrap();
//! assert_eq!(email.as_str(), "ada@example.com");
//! ```

mod accept_language;
pub mod clock;
pub mod email;
pub mod error;
pub mod folding;
pub mod id;
pub mod language;
pub mod lock;
pub mod name;
pub mod paging;
pub mod private_roots;
mod sealing;
pub mod server_key;
pub mod slug;
pub mod text;
pub mod time;
pub mod token;

pub use clock::{Clock, IdSource, Stopwatch};
pub use email::{Email, EmailError};
pub use error::StoreError;
pub use folding::folded;
pub use id::{
    AuditId, FeedClaimId, InvitationId, MailId, OrgId, PermissionId, RoleId, SessionId, TargetId, UserId,
};
pub use language::{Language, LanguageError};
pub use lock::Lock;
pub use name::{DisplayName, NameError, is_unprintable};
pub use paging::{Cursor, CursorError, Limit, LimitError, Page, PageRequest};
pub use private_roots::PrivateRoots;
pub use server_key::ServerKey;
pub use slug::{Slug, SlugError};
pub use text::{is_invisible, trimmed};
pub use time::Timestamp;
pub use token::{ClaimedToken, PlainToken, TokenHash, TokenKind};
