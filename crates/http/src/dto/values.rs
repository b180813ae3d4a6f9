//! Schemas of the values that bodies and parameters consist of, as the domain types enforce them.
//! Each is a named component of the description, so that generated clients get a type per value.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bailiwick_app::MAX_OWN_NAME;
use bailiwick_app::audit::{Action, TargetKind};
use bailiwick_app::platform::MailStatus as OutboxStatus;
use bailiwick_invites::InvitationStatus as StatusOfInvitation;
use bailiwick_orgs::MembershipStatus as StatusOfMembership;
use bailiwick_users::UserStatus as StatusOfUser;
use serde_json::Value;
use utoipa::openapi::schema::{AnyOfBuilder, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// The letters of one half of a permission.
macro_rules! half {
    ($star:literal) => {
        concat!("[A-Za-z0-9_.", $star, "-]{1,64}")
    };
}

/// Characters of a text of one line: no control characters, no line separators, no marks that reorder text.
macro_rules! printable {
    ($except:literal) => {
        concat!(r"[^\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069", $except, "]")
    };
}

const EMAIL: &str = concat!(
    r"^[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*",
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$",
);
const NAME: &str = concat!("^", printable!(""), "*", printable!(r"\u0020\u00A0\u3000"), printable!(""), "*$");
const OPTIONAL_NAME: &str = concat!("^", printable!(""), "*$");
const PROSE: &str = r"^([^\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]|[\t\n\r])*$";
const CHANNEL: &str = r"^[^\u0000-\u001F\u007F-\u009F]+$";
const SLUG: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";
const LANGUAGE: &str = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$";
const PERMISSION: &str = concat!("^", half!(""), ":", half!(""), "$");
const PERMISSION_HALF: &str = concat!("^", half!(""), "$");
const GRANT: &str = concat!(r"^(\*|", half!("*"), ":", half!("*"), ")$");
const OWN_KIND: &str = "^[a-z_]+$";
const OWN_ACTION: &str = r"^[a-z_]+\.[a-z_]+$";
const CURSOR: &str = "^[A-Za-z0-9_-]{32}$";
const CURSOR_OR_EMPTY: &str = "^([A-Za-z0-9_-]{32})?$";

/// Declares schemas: the description, the name and the rules of each.
macro_rules! values {
    ($($(#[doc = $doc:literal])+ $name:ident = $schema:expr;)+) => {$(
        $(#[doc = $doc])+
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.description(Some(concat!($($doc),+).trim())).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

values! {
    /// An e-mail address. It is trimmed and compared in lower case.
    Email = text("ada@example.com").format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
        .max_length(Some(254)).pattern(Some(EMAIL));
    /// A new password: any Unicode text that is not on the list of common passwords.
    NewPassword = text("correct horse battery").format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .min_length(Some(8)).max_length(Some(256));
    /// A password that is compared with the one of the account.
    CurrentPassword = text("correct horse battery").format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)));
    /// A name of one line. White space around it is trimmed.
    DisplayName = text("Ada").min_length(Some(1)).max_length(Some(100)).pattern(Some(NAME));
    /// A last name of one line, empty for a person with a single name. White space around it is trimmed.
    LastName = text("Lovelace").max_length(Some(100)).pattern(Some(OPTIONAL_NAME));
    /// The short name of an organization, for URLs.
    Slug = text("analytical-engines").min_length(Some(1)).max_length(Some(63)).pattern(Some(SLUG));
    /// A language tag (BCP 47). It is converted to its recommended case.
    Language = text("de-AT").max_length(Some(35)).pattern(Some(LANGUAGE));
    /// A text of several lines for people. White space around it is trimmed.
    Prose500 = text("Edits articles.").max_length(Some(500)).pattern(Some(PROSE));
    /// A text of several lines for people. White space around it is trimmed.
    Prose1000 = text("Welcome to the team.").max_length(Some(1000)).pattern(Some(PROSE));
    /// A permission, `resource:action`, without wildcards.
    Permission = text("kb:read").max_length(Some(129)).pattern(Some(PERMISSION));
    /// The resource or the action of a permission.
    PermissionHalf = text("reports").min_length(Some(1)).max_length(Some(64)).pattern(Some(PERMISSION_HALF));
    /// A granted permission, `resource:action`. `*` in either half stands for any run of characters;
    /// `*` alone is `*:*`.
    Grant = text("kb:*").max_length(Some(129)).pattern(Some(GRANT));
    /// The level of a role. A higher number is a higher privilege; the owner has 100.
    RoleLevel = number(20).minimum(Some(1)).maximum(Some(100));
    /// The level of a custom role. A higher number is a higher privilege.
    CustomRoleLevel = number(30).minimum(Some(1)).maximum(Some(99));
    /// The name of a channel, at most 128 bytes in UTF-8.
    Channel = text("articles").min_length(Some(1)).max_length(Some(128)).pattern(Some(CHANNEL));
    /// The status of an account. `pending` means that its address must be verified first.
    UserStatus = choice([StatusOfUser::Active, StatusOfUser::Inactive, StatusOfUser::Pending].map(StatusOfUser::as_str));
    /// The status of a membership.
    MembershipStatus = choice([StatusOfMembership::Invited, StatusOfMembership::Active,
        StatusOfMembership::Suspended, StatusOfMembership::Removed].map(StatusOfMembership::as_str));
    /// The status that a membership can be given.
    NewMembershipStatus = choice([StatusOfMembership::Active, StatusOfMembership::Suspended].map(StatusOfMembership::as_str));
    /// The status of an invitation.
    InvitationStatus = choice(StatusOfInvitation::ALL.map(StatusOfInvitation::as_str));
    /// The status of a mail. A failed mail is not retried.
    MailStatus = choice([OutboxStatus::Waiting, OutboxStatus::Sent, OutboxStatus::Failed].map(OutboxStatus::as_str));
    /// Contents of a list of permissions: `all` is the catalogue of the organization.
    CatalogueScope = choice(["all"]);
    /// An audited action, `noun.verb`: one of these, or one of the program that embeds the service.
    AuditAction = choice_or(Action::ALL.iter().map(Action::as_str), OWN_ACTION, "invoice.refund");
    /// An audited action or, as in `role.*`, all actions of a noun. Other nouns than these are those of the program
    /// that embeds the service.
    AuditActions = choice_or(actions(), own_actions(), "invoice.*");
    /// The kind of a target: one of these, or one of the program that embeds the service.
    AuditTargetKind = choice_or(TargetKind::ALL.iter().map(TargetKind::as_str), OWN_KIND, "invoice");
    /// The kind of a condition of a decision.
    ConditionKind = choice(["account", "membership", "role", "permission"]);
    /// The status of an account or of a membership.
    AccountOrMembershipStatus = choice(["active", "inactive", "pending", "invited", "suspended", "removed"]);
    /// The kind of a change of an account, a membership or a role.
    ChangeKind = choice(["activate_account", "verify_account", "restore_membership", "accept_invitation",
        "assign_role", "extend_role"]);
    /// The status of the service.
    ServiceStatus = choice(["ok", "ready"]);
    /// How an access token is sent.
    TokenType = choice(["bearer"]);
    /// Never there.
    Absent = ObjectBuilder::new().schema_type(Type::Null);
    /// A position in a list.
    Cursor = text("AZjFoH0-cACAAAAAAAAAAQ8fLz9PX29_").pattern(Some(CURSOR));
    /// A position in the same list with the same filters; empty for its beginning.
    CursorParameter = ObjectBuilder::new().schema_type(Type::String).pattern(Some(CURSOR_OR_EMPTY));
    /// The number of items per page.
    PageLimit = number(20).minimum(Some(1)).maximum(Some(100)).default(Some(50.into()));
}

fn text(example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).examples([example])
}

fn number(example: u8) -> ObjectBuilder {
    let int32 = SchemaFormat::KnownFormat(KnownFormat::Int32);
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(int32)).examples([example])
}

fn choice(texts: impl IntoIterator<Item = impl Into<Value>>) -> ObjectBuilder {
    ObjectBuilder::from(Object::with_type(Type::String)).enum_values(Some(texts))
}

/// One of these texts, or another that the pattern matches.
fn choice_or(
    texts: impl IntoIterator<Item = impl Into<Value>>,
    pattern: impl Into<String>,
    example: &str,
) -> AnyOfBuilder {
    let other = text(example).max_length(Some(MAX_OWN_NAME)).pattern(Some(pattern));
    AnyOfBuilder::new().item(choice(texts)).item(other)
}

/// Every action of the product, and `noun.*` for every noun.
fn actions() -> impl Iterator<Item = String> {
    let actions = Action::ALL.iter().map(Action::as_str);
    actions.map(str::to_owned).chain(nouns().into_iter().map(|noun| format!("{noun}.*")))
}

/// The pattern of actions with a noun that the product has no actions of. Unknown verbs of its nouns are
/// refused.
fn own_actions() -> String {
    let nouns: Vec<_> = nouns().into_iter().collect();
    format!(r"^(?!({})\.)[a-z_]+\.([a-z_]+|\*)$", nouns.join("|"))
}

/// The nouns of the product's actions.
fn nouns() -> BTreeSet<&'static str> {
    Action::ALL.iter().filter_map(|action| Some(action.as_str().split_once('.')?.0)).collect()
}
