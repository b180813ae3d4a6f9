//! Questions about authority, and the short answers; the long one is in
//! `explanation.rs`.

use bailiwick_app::authz::{Answer, Permitted};
use bailiwick_kernel::{Timestamp, UserId};
use bailiwick_rbac::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::organizations::RoleRefDto;
use crate::extract::{Fields, Input};
use crate::problem::{Code, Problem};

const MAX_QUESTIONS: usize = 100;

/// What somebody may do, one permission after another.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CheckBody {
    /// 1 to 100 of `resource:action`; no wildcards.
    #[schema(required, value_type = Vec<String>)]
    permissions: Option<Vec<String>>,
    /// About whom; oneself when absent.
    #[schema(format = "uuid")]
    user_id: Option<String>,
    /// The organization, here or in the query.
    #[serde(rename = "org_id")]
    #[schema(format = "uuid")]
    _org_id: Option<serde_json::Value>,
}

/// Why somebody may do something, or not.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ExplainBody {
    /// `resource:action`; no wildcards.
    #[schema(required, value_type = String)]
    permission: Option<String>,
    /// About whom; oneself when absent.
    #[schema(format = "uuid")]
    user_id: Option<String>,
    /// The organization, here or in the query.
    #[serde(rename = "org_id")]
    #[schema(format = "uuid")]
    _org_id: Option<serde_json::Value>,
}

/// Whom a question is about, as written.
pub struct Whom(Option<String>);

impl Whom {
    /// The user; `None` for oneself. What is no id is nobody's.
    pub fn user(&self) -> Result<Option<UserId>, Problem> {
        let text = self.0.as_deref();
        text.map(|text| UserId::parse(text).ok_or(Code::MemberNotFound.into())).transpose()
    }
}

impl Input for CheckBody {
    type Value = (Whom, Vec<Permission>);

    fn check(self, fields: &mut Fields) -> Option<Self::Value> {
        let permissions = match self.permissions {
            Some(texts) => literals(fields, texts),
            None => fields.missing("/permissions"),
        };
        Some((Whom(self.user_id), permissions?))
    }
}

impl Input for ExplainBody {
    type Value = (Whom, Permission);

    fn check(self, fields: &mut Fields) -> Option<Self::Value> {
        let permission = fields.required("/permission", self.permission, Permission::parse);
        Some((Whom(self.user_id), permission?))
    }
}

/// Checks each, so that each wrong one is named.
fn literals(fields: &mut Fields, texts: Vec<String>) -> Option<Vec<Permission>> {
    match texts.len() {
        0 => return fields.refuse("/permissions", "too_short", "at least one permission"),
        1..=MAX_QUESTIONS => {}
        _ => return fields.refuse("/permissions", "too_long", "at most 100 permissions"),
    }
    let texts = texts.into_iter().enumerate();
    let parsed: Vec<_> = texts
        .map(|(n, text)| fields.required(&format!("/permissions/{n}"), Some(text), Permission::parse))
        .collect();
    parsed.into_iter().collect()
}

/// The permission that a query must name.
pub fn permission_of(text: Option<String>) -> Result<Permission, Problem> {
    let mut fields = Fields::default();
    let permission = fields.required("/permission", text, Permission::parse);
    permission.ok_or_else(|| fields.into_problem())
}

/// What somebody may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedDto {
    /// In the order asked.
    results: Vec<AnswerDto>,
}

/// The answer for one permission.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerDto {
    permission: String,
    /// Whether it would be allowed now.
    allowed: bool,
}

impl From<Vec<Answer>> for CheckedDto {
    fn from(answers: Vec<Answer>) -> Self {
        let answer = |one: Answer| AnswerDto { permission: one.permission.to_string(), allowed: one.allowed };
        Self { results: answers.into_iter().map(answer).collect() }
    }
}

/// A member who may do something now, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermittedDto {
    /// The user's.
    #[schema(value_type = uuid::Uuid)]
    id: UserId,
    /// This and all up to the role are null for a caller without `users:read`.
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    full_name: Option<String>,
    #[schema(value_type = Option<String>, format = "date-time")]
    joined_at: Option<Timestamp>,
    /// The role that grants it.
    role: RoleRefDto,
    /// The grant of the role that matches, as granted.
    #[schema(example = "kb:*")]
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
