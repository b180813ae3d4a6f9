//! The use cases, which combine the nouns: sign up, log in, invite, accept, promote.
//!
//! **When to use it alone.** With a store and adapters of your own, and no web framework: its
//! ports are traits. Programs that want the adapters of this project use the crate
//! `bailiwick`.
//!
//! May depend on `kernel`, `rbac` and the four nouns; never on diesel, actix, the environment or files.
//! Everything outside is reached through ports: [`Store`] and [`Tx`], [`AccessTokens`], [`Mailer`],
//! [`Throttle`], [`EventBus`], the hasher, the clock. Start reading at [`command`] (how a use case runs),
//! then [`authority`] (how a caller is authorized), then `accounts`, `organizations`, `roles`,
//! `invitations`, `authz`, `sockets` and `platform`; [`audit`] records all changes.
//!
//! A token names the caller, a check proves that the caller may do something, and a use case runs on
//! the proof:
//!
//! ```
//! use bailiwick_app::authority::permission::OrgRead;
//! use bailiwick_app::organizations::ReadOrganization;
//! use bailiwick_app::{App, Error};
//! use bailiwick_kernel::OrgId;
//!
//! async fn name(app: &App, token: &str, org: OrgId) -> Result<String, Error> {
//!     let actor = app.read_token(token)?;
//!     let allowed = app.authority().check(&actor, org, OrgRead).await?;
//!     let org = app.query(&allowed, &ReadOrganization).await?;
//!     Ok(org.name.to_string())
//! }
//! ```
//!
//! A use case cannot run without the proof that its caller may run it:
//!
//! ```compile_fail
//! # async fn example(app: bailiwick_app::App, command: bailiwick_app::invitations::Invite) {
//! app.run(&command).await; // no proof, no compile
//! # }
//! ```

pub mod accounts;
mod activity;
pub mod app;
pub mod audit;
pub mod authority;
pub mod authz;
mod background;
pub mod changes;
pub mod command;
pub mod context;
pub mod error;
pub mod feed;
#[doc(hidden)]
pub mod flaws;
pub mod housekeeper;
pub mod invitations;
pub mod listing;
pub mod mail;
pub mod organizations;
pub mod outbox;
mod own_mail;
mod own_name;
pub mod platform;
pub mod ports;
mod refusal;
pub mod roles;
mod sealing;
pub mod settings;
pub mod sockets;
pub mod spans;
pub mod throttle;
mod timing;
pub mod tokens;

pub use app::{App, Parts};
pub use authority::{Actor, Allow, Authority, AuthorityCache, Denial};
pub use command::{Command, Query, Work};
pub use context::{ClientInfo, Context};
pub use error::Error;
pub use housekeeper::Housekeeper;
pub use listing::{Listing, PageText};
pub use mail::{MailError, MailMessage, MailSecret, Mailer, OutgoingMail};
pub use outbox::Outbox;
pub use own_mail::{MAX_OWN_MAIL, OwnMail, OwnMailContent, OwnMailError};
pub use own_name::MAX_OWN_NAME;
pub use platform::PlatformRepo;
pub use ports::{
    AuditRepo, AuthorityQuery, AuthorityView, Delivery, DirectoryRepo, Effect, InvitationFilter, LatestDue,
    MailClaim, MemberFilter, MemberRecord, OrgScope, OrgWithRole, OutboxRepo, RetentionCutoffs, RoleRef,
    Stop, Store, Tx,
};
pub use refusal::{OwnRefusal, RefusalKind};
pub use settings::Settings;
pub use sockets::{BusError, Event, EventBus, MIN_BACKLOG, TicketRepo};
pub use throttle::{Limit, Limits, RateLimitKey, Throttle, ThrottleKey};
pub use tokens::{AccessClaims, AccessTokens, PublicKey, TokenFault};
