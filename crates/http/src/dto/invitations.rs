//! Bodies of invitations.

use bailiwick_app::invitations::{
    AcceptInvitation, DeclineInvitation, InvitationPreview, InvitationRecord, Invite, InviteOutcome,
    SignUpByInvitation,
};
use bailiwick_invites::InvitationStatus;
use bailiwick_kernel::{DisplayName, Email, InvitationId, OrgId, RoleId, Timestamp};
use bailiwick_users::Password;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::accounts::{TokenBody, claimed_token, last_name};
use crate::dto::prose;
use crate::dto::values;
use crate::extract::{Fields, Input, Json};
use crate::prefix::Prefix;
use crate::problem::{Problem, ProblemBody};

const MAX_MESSAGE: usize = 1000;
const MAX_ROWS: usize = 100;

/// An invitation to send.
#[derive(Debug, Deserialize, ToSchema)]
pub struct InviteBody {
    #[schema(required, value_type = values::Email)]
    email: Option<String>,
    /// The organization; it may be in the query instead.
    #[serde(rename = "org_id")]
    #[schema(value_type = Option<uuid::Uuid>)]
    _org_id: Option<serde_json::Value>,
    #[schema(required, value_type = uuid::Uuid)]
    role_id: Option<String>,
    /// A text for the mail.
    #[schema(value_type = Option<values::Prose1000>)]
    message: Option<String>,
}

impl Input for InviteBody {
    type Value = Invite;

    fn check(self, fields: &mut Fields) -> Option<Invite> {
        let email = fields.required("/email", self.email, Email::parse);
        let role = fields.required("/role_id", self.role_id, role_id);
        let message = fields.optional("/message", self.message, |text| prose(text, MAX_MESSAGE));
        Some(Invite { email: email?, role: role?, message: message?.filter(|text| !text.is_empty()) })
    }
}

fn role_id(text: &str) -> Result<RoleId, &'static str> {
    RoleId::parse(text).ok_or("role_id must be a UUID")
}

/// Invitations to send, 1 to 100.
#[derive(Deserialize, ToSchema)]
pub struct BulkInviteBody {
    #[schema(required, value_type = Vec<InviteBody>, min_items = 1, max_items = 100)]
    invitations: Option<Vec<Json>>,
}

/// A row of a bulk request: the address as sent, and the invitation or the problem of the row.
pub struct BulkRow {
    email: Option<String>,
    command: Result<Invite, Problem>,
}

impl Input for BulkInviteBody {
    type Value = Vec<BulkRow>;

    /// Reads the rows. An invalid row gets a problem of its own and does not affect the others.
    fn check(self, fields: &mut Fields) -> Option<Vec<BulkRow>> {
        let rows = fields.required("/invitations", self.invitations, |rows| match rows.len() {
            0 => Err("at least one invitation is needed"),
            1..=MAX_ROWS => Ok(rows.to_owned()),
            _ => Err("at most 100 invitations at once"),
        })?;
        Some(rows.into_iter().map(BulkRow::read).collect())
    }
}

impl BulkRow {
    fn read(row: Json) -> Self {
        let emails = row.members("email").unwrap_or_default();
        let email = emails.into_iter().find_map(Json::text).map(str::to_owned);
        Self { email, command: Fields::check_value::<InviteBody>(row) }
    }

    /// Returns the valid invitations, in the order of the rows.
    pub fn commands(rows: &[Self]) -> Vec<Invite> {
        rows.iter().filter_map(|row| row.command.as_ref().ok().cloned()).collect()
    }

    /// Combines the rows with the outcomes of [`Self::commands`], which are in the same order.
    pub fn results(rows: Vec<Self>, outcomes: Vec<InviteOutcome>, prefix: &Prefix) -> BulkResultsDto {
        let mut outcomes = outcomes.into_iter();
        let mut result = |row: Self| {
            let tried = row.command.and_then(|_| match outcomes.next() {
                Some(outcome) => outcome.map_err(Problem::from),
                None => Err(Problem::internal()),
            });
            BulkResultDto::new(row.email, tried, prefix)
        };
        BulkResultsDto { results: rows.into_iter().map(&mut result).collect() }
    }
}

/// The results of the rows, in the order of the request.
#[derive(Serialize, ToSchema)]
pub struct BulkResultsDto {
    pub results: Vec<BulkResultDto>,
}

/// The result of one row: an invitation or a problem.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum BulkResultDto {
    Invited(BulkInvitedDto),
    Refused(BulkRefusedDto),
}

/// A row whose address is invited.
#[derive(Serialize, ToSchema)]
pub struct BulkInvitedDto {
    /// The address as sent in the request.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// The status that a single request with this invitation would have.
    #[schema(minimum = 200, maximum = 200, example = 200)]
    status: u16,
    invitation: InvitationDto,
}

/// A row that is refused.
#[derive(Serialize, ToSchema)]
pub struct BulkRefusedDto {
    /// The address as sent in the request.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// The status that a single request with this invitation would have.
    #[schema(minimum = 400, maximum = 599, example = 409)]
    status: u16,
    problem: ProblemBody,
}

impl BulkResultDto {
    fn new(email: Option<String>, outcome: Result<InvitationRecord, Problem>, prefix: &Prefix) -> Self {
        match outcome {
            Ok(record) => Self::Invited(BulkInvitedDto { email, status: 200, invitation: record.into() }),
            Err(problem) => Self::Refused(BulkRefusedDto {
                email,
                status: problem.status(),
                problem: problem.body().under(prefix.as_str()),
            }),
        }
    }
}

/// A request to accept an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
pub struct AcceptBody(TokenBody);

impl Input for AcceptBody {
    type Value = AcceptInvitation;

    fn check(self, fields: &mut Fields) -> Option<AcceptInvitation> {
        Some(AcceptInvitation { token: self.0.token(fields)? })
    }
}

/// A request to decline an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
pub struct DeclineBody(TokenBody);

impl Input for DeclineBody {
    type Value = DeclineInvitation;

    fn check(self, fields: &mut Fields) -> Option<DeclineInvitation> {
        Some(DeclineInvitation { token: self.0.token(fields)? })
    }
}

/// A sign-up by an invitation.
#[derive(Deserialize, ToSchema)]
pub struct SignUpByInvitationBody {
    #[schema(required, value_type = String, example = "inv_GgTCxnPTcWnIb5-BpDOgrqNhgyTpVQ3Q-Q2_zpAsTu4")]
    token: Option<String>,
    /// The invited address.
    #[schema(required, value_type = values::Email)]
    email: Option<String>,
    #[schema(required, value_type = values::NewPassword)]
    password: Option<String>,
    #[schema(required, value_type = values::DisplayName)]
    first_name: Option<String>,
    /// Optional; absent, null and blank values are stored as `""`.
    #[schema(value_type = Option<values::LastName>)]
    last_name: Option<String>,
}

impl Input for SignUpByInvitationBody {
    type Value = SignUpByInvitation;

    fn check(self, fields: &mut Fields) -> Option<SignUpByInvitation> {
        let token = claimed_token(fields, self.token);
        let email = fields.required("/email", self.email, Email::parse);
        let password = fields.required("/password", self.password, Password::parse);
        let first_name = fields.required("/first_name", self.first_name, DisplayName::parse);
        let last_name = last_name(fields, self.last_name);
        Some(SignUpByInvitation {
            token: token?,
            email: email?,
            password: password?,
            first_name: first_name?,
            last_name: last_name?,
        })
    }
}

/// The id and the name of an organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationNameDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: OrgId,
    #[schema(value_type = values::DisplayName)]
    pub name: DisplayName,
}

/// The role that an invitation offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleNameDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: RoleId,
    #[schema(value_type = values::DisplayName)]
    pub name: String,
}

/// An invitation without its token, which only the mail contains.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: InvitationId,
    #[schema(value_type = values::Email)]
    pub email: Email,
    #[schema(value_type = values::InvitationStatus)]
    pub status: InvitationStatus,
    pub organization: OrganizationNameDto,
    /// Null if the role was deleted.
    pub role: Option<RoleNameDto>,
    #[schema(value_type = Option<values::Prose1000>)]
    pub message: Option<String>,
    #[schema(value_type = String, format = "date-time")]
    pub expires_at: Timestamp,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

impl From<InvitationRecord> for InvitationDto {
    fn from(record: InvitationRecord) -> Self {
        let InvitationRecord { invitation, status, organization, role } = record;
        Self {
            id: invitation.id,
            email: invitation.email,
            status,
            organization: OrganizationNameDto { id: invitation.org_id, name: organization },
            role: role.map(|role| RoleNameDto { id: role.id, name: role.name }),
            message: invitation.message,
            expires_at: invitation.expires_at,
            created_at: invitation.created_at,
        }
    }
}

/// The part of an invitation that its token gives access to.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationPreviewDto {
    #[schema(value_type = values::Email)]
    pub email: Email,
    pub organization: OrganizationNameDto,
    pub role: Option<RoleNameDto>,
    #[schema(value_type = String, format = "date-time")]
    pub expires_at: Timestamp,
    /// Whether an account with the address exists. If so, log in and accept; otherwise sign up.
    pub user_exists: bool,
}

impl From<InvitationPreview> for InvitationPreviewDto {
    fn from(preview: InvitationPreview) -> Self {
        let InvitationDto { email, organization, role, expires_at, .. } = preview.record.into();
        Self { email, organization, role, expires_at, user_exists: preview.user_exists }
    }
}
