//! Explanations of authorization decisions, for programs and for people.

use bailiwick_app::RoleRef;
use bailiwick_app::authz::{Change, Explanation, HeldRole, Step};
use bailiwick_kernel::{OrgId, UserId};
use bailiwick_orgs::MembershipStatus;
use bailiwick_users::UserStatus;
use serde::Serialize;
use utoipa::ToSchema;

use crate::dto::organizations::RoleRefDto;
use crate::dto::values;

/// A decision, the conditions that it depends on, and the changes that would allow it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplanationDto {
    /// Whether the permission is granted at this moment.
    allowed: bool,
    #[schema(value_type = values::Permission)]
    permission: String,
    #[schema(value_type = uuid::Uuid)]
    user_id: UserId,
    #[schema(value_type = uuid::Uuid)]
    org_id: OrgId,
    /// The decision, for people.
    message: String,
    /// The conditions in the order of evaluation: account, membership, role, permission. The
    /// permission is granted if all of them pass.
    chain: Vec<LinkDto>,
    /// The smallest change that would grant the permission: all of these steps, in this order.
    /// Empty if it is granted.
    steps: Vec<StepDto>,
}

/// A condition of a decision.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct LinkDto {
    #[schema(value_type = values::ConditionKind)]
    kind: &'static str,
    passed: bool,
    /// The condition and its result, for people.
    message: String,
    /// The status of the account or of the membership.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = values::AccountOrMembershipStatus, required = false)]
    status: Option<&'static str>,
    /// The role that the member has or is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    role: Option<RoleRefDto>,
    /// The matching grant of the role, with wildcards.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = values::Grant, required = false)]
    grant: Option<String>,
    /// The nearest grants if none matches: first grants of the same resource, then of the same action.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<values::Grant>, required = false)]
    nearest: Option<Vec<String>>,
}

/// A step of the change that would grant the permission.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepDto {
    /// Alternatives; one of them is sufficient.
    any_of: Vec<ChangeDto>,
}

/// A change of an account, a membership or a role.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ChangeDto {
    #[schema(value_type = values::ChangeKind)]
    kind: &'static str,
    /// The change, for people.
    message: String,
    /// The permission to add to the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = values::Permission, required = false)]
    permission: Option<String>,
    /// The role that gets the permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    role: Option<RoleRefDto>,
    /// The roles that grant the permission, lowest level first; only for a caller with `roles:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    roles: Option<Vec<RoleRefDto>>,
}

impl From<Explanation> for ExplanationDto {
    fn from(explanation: Explanation) -> Self {
        let permission = explanation.permission.to_string();
        let is_offer = explanation.membership == MembershipStatus::Invited;
        let chain = vec![
            account(explanation.account),
            membership(explanation.membership),
            role(explanation.role.as_ref(), is_offer),
            granted(explanation.role.as_ref(), &permission),
        ];
        let steps = explanation.steps.into_iter().map(|step| StepDto::new(step, &permission)).collect();
        Self {
            allowed: explanation.allowed,
            message: verdict(explanation.allowed, &permission, &chain),
            user_id: explanation.user,
            org_id: explanation.org,
            permission,
            chain,
            steps,
        }
    }
}

fn verdict(allowed: bool, permission: &str, chain: &[LinkDto]) -> String {
    let deciding = if allowed { chain.last() } else { chain.iter().find(|link| !link.passed) };
    let reason = deciding.map(|link| link.message.as_str()).unwrap_or_default();
    let verdict = if allowed { "is allowed" } else { "is not allowed" };
    format!("{permission} {verdict}. {reason}")
}

fn account(status: UserStatus) -> LinkDto {
    let message = match status {
        UserStatus::Active => "The account is active.",
        UserStatus::Inactive => "The account is deactivated.",
        UserStatus::Pending => "The e-mail address of the account is not verified yet.",
    };
    LinkDto {
        kind: "account",
        passed: status == UserStatus::Active,
        message: message.to_owned(),
        status: Some(status.as_str()),
        ..LinkDto::default()
    }
}

fn membership(status: MembershipStatus) -> LinkDto {
    let message = match status {
        MembershipStatus::Active => "The membership is active.",
        MembershipStatus::Suspended => "The membership is suspended.",
        MembershipStatus::Invited => "The invitation is not accepted yet.",
        MembershipStatus::Removed => "The membership was ended.",
    };
    LinkDto {
        kind: "membership",
        passed: status == MembershipStatus::Active,
        message: message.to_owned(),
        status: Some(status.as_str()),
        ..LinkDto::default()
    }
}

fn role(held: Option<&HeldRole>, is_offer: bool) -> LinkDto {
    let message = match held {
        Some(held) if is_offer => format!("The role offered is {}.", held.role.name),
        Some(held) => format!("The role is {}.", held.role.name),
        None => "There is no role.".to_owned(),
    };
    LinkDto {
        kind: "role",
        passed: held.is_some(),
        message,
        role: held.map(|held| held.role.clone().into()),
        ..LinkDto::default()
    }
}

fn granted(held: Option<&HeldRole>, permission: &str) -> LinkDto {
    let grant = held.and_then(|held| held.grant.as_ref()).map(ToString::to_string);
    let nearest = held.map(|held| held.nearest.as_slice()).unwrap_or_default();
    let nearest: Vec<_> = nearest.iter().map(ToString::to_string).collect();
    let message = match &grant {
        Some(grant) => format!("The role grants {permission} by {grant}."),
        None if nearest.is_empty() => format!("The role grants nothing like {permission}."),
        None => format!("The role does not grant {permission}; nearest to it is {}.", nearest.join(", ")),
    };
    let nearest = grant.is_none().then_some(nearest);
    LinkDto { kind: "permission", passed: grant.is_some(), message, grant, nearest, ..LinkDto::default() }
}

impl StepDto {
    fn new(step: Step, permission: &str) -> Self {
        let changes = step.any_of.into_iter();
        Self { any_of: changes.map(|change| ChangeDto::new(change, permission)).collect() }
    }
}

impl ChangeDto {
    fn new(change: Change, permission: &str) -> Self {
        match change {
            Change::ActivateAccount => {
                Self::plain("activate_account", "Activate the account; an administrator of the platform can.")
            }
            Change::VerifyAccount => {
                Self::plain("verify_account", "Verify the e-mail address by the link that was mailed to it.")
            }
            Change::RestoreMembership => {
                Self::plain("restore_membership", "Restore the membership: set its status to active.")
            }
            Change::AcceptInvitation => {
                Self::plain("accept_invitation", "Accept the invitation by the link that was mailed.")
            }
            Change::AssignRole { roles, restores } => Self::assign(roles, restores, permission),
            Change::ExtendRole(role) => Self {
                kind: "extend_role",
                message: format!("Add {permission} to the role {}.", role.name),
                permission: Some(permission.to_owned()),
                role: Some(role.into()),
                roles: None,
            },
        }
    }

    fn plain(kind: &'static str, message: &str) -> Self {
        Self { kind, message: message.to_owned(), ..Self::default() }
    }

    fn assign(roles: Option<Vec<RoleRef>>, restores: bool, permission: &str) -> Self {
        let names: Vec<_> = roles.iter().flatten().map(|role| role.name.as_str()).collect();
        let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        let also = if restores { " That restores the membership too." } else { "" };
        Self {
            kind: "assign_role",
            message: format!("Assign a role that grants {permission}{names}.{also}"),
            roles: roles.map(|roles| roles.into_iter().map(RoleRefDto::from).collect()),
            ..Self::default()
        }
    }
}
