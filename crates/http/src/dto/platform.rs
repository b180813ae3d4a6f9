//! Queries and rows for administrators of the platform.

use bailiwick_app::platform::{MailFilter, MailRecord, MailStatus, OrgFilter, OrgRecord, UserFilter};
use bailiwick_kernel::{Email, MailId, Timestamp};
use bailiwick_users::{User, UserStatus};
use serde::Serialize;
use utoipa::ToSchema;

use crate::dto::accounts::UserDto;
use crate::dto::organizations::OrganizationDto;
use crate::dto::values;
use crate::extract::Params;
use crate::problem::Problem;

/// Reads the filter of accounts from the query. Returns a validation error if `status` is unknown.
pub fn user_filter(params: &Params) -> Result<UserFilter, Problem> {
    let status = params.parsed("status", UserStatus::parse)?;
    Ok(UserFilter { search: params.search(), status, platform_admin: None })
}

/// Reads the filter of organizations from the query.
pub fn org_filter(params: &Params) -> OrgFilter {
    OrgFilter { search: params.search() }
}

/// Reads the filter of mails from the query. Returns a validation error if `status` is unknown.
pub fn mail_filter(params: &Params) -> Result<MailFilter, Problem> {
    Ok(MailFilter { search: params.search(), status: params.parsed("status", MailStatus::parse)? })
}

/// An account, for administrators of the platform.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlatformUserDto {
    #[serde(flatten)]
    pub user: UserDto,
    pub platform_admin: bool,
}

impl From<User> for PlatformUserDto {
    fn from(user: User) -> Self {
        Self { platform_admin: user.platform_admin, user: user.into() }
    }
}

/// An organization, for administrators of the platform.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlatformOrganizationDto {
    #[serde(flatten)]
    pub organization: OrganizationDto,
    /// Number of active members.
    pub members: u64,
}

impl From<OrgRecord> for PlatformOrganizationDto {
    fn from(record: OrgRecord) -> Self {
        Self { organization: record.org.into(), members: record.members }
    }
}

/// Placeholder of a token that the outbox holds and does not show.
const MASK: &str = "***";

/// A mail in the outbox, without its content.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: MailId,
    #[schema(value_type = values::Email)]
    pub recipient: Email,
    /// The kind of the mail, such as `invitation` or `verify_email`.
    #[schema(example = "invitation")]
    pub kind: String,
    #[schema(value_type = values::MailStatus)]
    pub status: &'static str,
    /// `***` while the mail holds a token, null otherwise.
    #[schema(value_type = Option<String>, example = "***")]
    pub token: Option<&'static str>,
    /// Number of failed attempts.
    pub attempts: u32,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    /// Time of the next attempt; null if the mail was sent or has failed.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub due_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub sent_at: Option<Timestamp>,
    /// The error of the last attempt.
    pub last_error: Option<String>,
}

impl From<MailRecord> for MailDto {
    fn from(mail: MailRecord) -> Self {
        Self {
            status: mail.status().as_str(),
            token: mail.holds_secret.then_some(MASK),
            id: mail.id,
            recipient: mail.to,
            kind: mail.kind,
            attempts: mail.attempts,
            created_at: mail.created_at,
            due_at: mail.due_at,
            sent_at: mail.sent_at,
            last_error: mail.last_error,
        }
    }
}
