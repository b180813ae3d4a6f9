//! Bodies of authorization queries and their results. The result of `explain` is in
//! `explanation.rs`.

use bailiwick_app::authz::{Answer, Permitted};
use bailiwick_kernel::{Timestamp, UserId};
use bailiwick_rbac::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::organizations::RoleRefDto;
use crate::dto::values;
use crate::extract::{Fields, Input};
use crate::problem::{Code, Problem};

const MAX_PERMISSIONS: usize = 100;

/// A check of several permissions of one user.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CheckBody {
    #[schema(required, value_type = Vec<values::Permission>, min_items = 1, max_items = 100)]
    permissions: Option<Vec<String>>,
    /// The user to check; the caller when absent.
    #[schema(value_type = Option<uuid::Uuid>)]
    user_id: Option<String>,
    /// The organization; it may be in the query instead.
    #[serde(rename = "org_id")]
    #[schema(value_type = Option<uuid::Uuid>)]
    _org_id: Option<serde_json::Value>,
}

/// A request to explain the decision on one permission of one user.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ExplainBody {
    #[schema(required, value_type = values::Permission)]
    permission: Option<String>,
    /// The user to check; the caller when absent.
    #[schema(value_type = Option<uuid::Uuid>)]
    user_id: Option<String>,
    /// The organization; it may be in the query instead.
    #[serde(rename = "org_id")]
    #[schema(value_type = Option<uuid::Uuid>)]
    _org_id: Option<serde_json::Value>,
}

/// The user that a query is about, as sent.
pub struct CheckedUser(Option<String>);

impl CheckedUser {
    /// Returns the user; `None` stands for the caller. Returns [`Code::MemberNotFound`] if the text
    /// is not an id.
    pub fn user(&self) -> Result<Option<UserId>, Problem> {
        let text = self.0.as_deref();
        text.map(|text| UserId::parse(text).ok_or(Code::MemberNotFound.into())).transpose()
    }
}

impl Input for CheckBody {
    type Value = (CheckedUser, Vec<Permission>);

    fn check(self, fields: &mut Fields) -> Option<Self::Value> {
        let permissions = match self.permissions {
            Some(texts) => literals(fields, texts),
            None => fields.missing("/permissions"),
        };
        Some((CheckedUser(self.user_id), permissions?))
    }
}

impl Input for ExplainBody {
    type Value = (CheckedUser, Permission);

    fn check(self, fields: &mut Fields) -> Option<Self::Value> {
        let permission = fields.required("/permission", self.permission, Permission::parse);
        Some((CheckedUser(self.user_id), permission?))
    }
}

/// Parses each permission, so that the response names every invalid one.
fn literals(fields: &mut Fields, texts: Vec<String>) -> Option<Vec<Permission>> {
    match texts.len() {
        0 => return fields.refuse("/permissions", "too_short", "at least one permission"),
        1..=MAX_PERMISSIONS => {}
        _ => return fields.refuse("/permissions", "too_long", "at most 100 permissions"),
    }
    let texts = texts.into_iter().enumerate();
    let parsed: Vec<_> = texts
        .map(|(n, text)| fields.required(&format!("/permissions/{n}"), Some(text), Permission::parse))
        .collect();
    parsed.into_iter().collect()
}

/// Parses the required `permission` parameter of a query. Returns a validation error if it is
/// absent or invalid.
pub fn permission_of(text: Option<String>) -> Result<Permission, Problem> {
    let mut fields = Fields::default();
    let permission = fields.required("/permission", text, Permission::parse);
    permission.ok_or_else(|| fields.into_problem())
}

/// The results of a check.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedDto {
    /// The results, one per permission, in the order of the request.
    results: Vec<AnswerDto>,
}

/// The result for one permission.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerDto {
    #[schema(value_type = values::Permission)]
    permission: String,
    /// Whether the permission is granted at this moment.
    allowed: bool,
}

impl From<Vec<Answer>> for CheckedDto {
    fn from(answers: Vec<Answer>) -> Self {
        let answer = |one: Answer| AnswerDto { permission: one.permission.to_string(), allowed: one.allowed };
        Self { results: answers.into_iter().map(answer).collect() }
    }
}

/// A member who has the permission at this moment, with the grant that gives it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermittedDto {
    /// Id of the user.
    #[schema(value_type = uuid::Uuid)]
    id: UserId,
    /// Null for a caller without `users:read`, as are the following fields up to `role`.
    #[schema(value_type = Option<values::Email>)]
    email: Option<String>,
    #[schema(value_type = Option<values::DisplayName>)]
    first_name: Option<String>,
    #[schema(value_type = Option<values::LastName>)]
    last_name: Option<String>,
    #[schema(max_length = 201, example = "Ada Lovelace")]
    full_name: Option<String>,
    #[schema(value_type = Option<String>, format = "date-time")]
    joined_at: Option<Timestamp>,
    /// The role that grants the permission.
    role: RoleRefDto,
    /// The matching grant of the role, with wildcards.
    #[schema(value_type = values::Grant)]
    grant: String,
}

impl From<Permitted> for PermittedDto {
    fn from(permitted: Permitted) -> Self {
        let user = permitted.member.as_ref().map(|member| &member.user);
        Self {
            id: permitted.user,
            email: user.map(|user| user.email.to_string()),
            first_name: user.map(|user| user.first_name.to_string()),
            last_name: user.map(|user| user.last_name.to_string()),
            full_name: user.map(bailiwick_users::User::full_name),
            joined_at: permitted.member.as_ref().and_then(|member| member.membership.joined_at),
            role: permitted.role.into(),
            grant: permitted.grant.to_string(),
        }
    }
}
