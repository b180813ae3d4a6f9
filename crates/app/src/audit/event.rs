//! Audit events, as a command reports them.

use bailiwick_invites::InvitationStatus;
use bailiwick_kernel::{DisplayName, Email, InvitationId, Language, OrgId, Slug, Timestamp, UserId};
use bailiwick_orgs::MembershipStatus;
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_roles::{Level, Role};
use bailiwick_users::UserStatus;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Action, Target};
use crate::ports::RoleRef;

/// A value that may be stored in an audit row. Tokens, passwords and hashes must never implement
/// it.
///
/// ```
/// use bailiwick_app::audit::Shown;
/// use serde_json::{Value, json};
///
/// struct Money {
///     cents: i64,
///     currency: &'static str,
/// }
///
/// impl Shown for Money {
///     fn shown(&self) -> Value {
///         json!({ "cents": self.cents, "currency": self.currency })
///     }
/// }
/// ```
pub trait Shown {
    /// The stored form of the value.
    fn shown(&self) -> Value;
}

/// An action on a target, with the values that it changed.
#[derive(Clone, PartialEq, Debug)]
pub struct AuditEvent {
    pub(super) action: Action,
    pub(super) target: Target,
    pub(super) org: Option<OrgId>,
    pub(super) before: Map<String, Value>,
    pub(super) after: Map<String, Value>,
}

impl AuditEvent {
    /// Creates an event without changed values.
    pub fn new(action: Action, target: impl Into<Target>) -> Self {
        Self { action, target: target.into(), org: None, before: Map::new(), after: Map::new() }
    }

    /// Sets the organization, if the proof of the command does not name it.
    #[must_use]
    pub fn within(mut self, org: OrgId) -> Self {
        self.org = Some(org);
        self
    }

    /// Adds a value before the action.
    #[must_use]
    pub fn before(mut self, what: &str, value: &(impl Shown + ?Sized)) -> Self {
        self.before.insert(what.to_owned(), value.shown());
        self
    }

    /// Adds a value after the action.
    #[must_use]
    pub fn after(mut self, what: &str, value: &(impl Shown + ?Sized)) -> Self {
        self.after.insert(what.to_owned(), value.shown());
        self
    }

    /// Adds a value before and after the action, if they differ.
    #[must_use]
    pub fn change(self, what: &str, was: &(impl Shown + ?Sized), is: &(impl Shown + ?Sized)) -> Self {
        if was.shown() == is.shown() { self } else { self.before(what, was).after(what, is) }
    }

    /// Whether the event has no changed values.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

/// Implements [`Shown`] by `to_string`.
macro_rules! shown_as_text {
    ($($value:ty),+ $(,)?) => {$(
        impl Shown for $value {
            fn shown(&self) -> Value {
                Value::String(self.to_string())
            }
        }
    )+};
}

/// Implements [`Shown`] by `as_str`.
macro_rules! shown_as_stored {
    ($($value:ty),+ $(,)?) => {$(
        impl Shown for $value {
            fn shown(&self) -> Value {
                Value::from(self.as_str())
            }
        }
    )+};
}

shown_as_text!(str, String, Timestamp, UserId, InvitationId, OrgId, Uuid);
shown_as_stored!(
    DisplayName,
    Email,
    Language,
    Slug,
    Pattern,
    Permission,
    UserStatus,
    MembershipStatus,
    InvitationStatus
);

/// Implements [`Shown`] by the same value in JSON.
macro_rules! shown_as_json {
    ($($value:ty),+ $(,)?) => {$(
        impl Shown for $value {
            fn shown(&self) -> Value {
                Value::from(*self)
            }
        }
    )+};
}

shown_as_json!(bool, i32, i64, u32, u64);

impl Shown for Level {
    fn shown(&self) -> Value {
        Value::from(self.get())
    }
}

impl Shown for Role {
    fn shown(&self) -> Value {
        json!({ "id": self.id.to_string(), "name": self.name.as_str() })
    }
}

impl Shown for RoleRef {
    fn shown(&self) -> Value {
        json!({ "id": self.id.to_string(), "name": self.name })
    }
}

impl<T: Shown> Shown for Vec<T> {
    fn shown(&self) -> Value {
        self.iter().map(Shown::shown).collect()
    }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> Value {
        self.as_ref().map_or(Value::Null, Shown::shown)
    }
}

impl<T: Shown + ?Sized> Shown for &T {
    fn shown(&self) -> Value {
        (**self).shown()
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_kernel::Timestamp;

    use super::*;

    #[test]
    fn only_what_differs_is_a_change() {
        let id = UserId::from_stored(bailiwick_kernel::OrgId::parse(NIL).unwrap().as_uuid());
        let event = AuditEvent::new(Action::AccountRename, id).change("first_name", "Ada", "Ada");
        assert!(event.is_unchanged());
        let event =
            event.change("last_name", "Byron", "Lovelace").change("age", &None::<String>, &Some("36"));
        assert_eq!(Value::Object(event.before), json!({ "last_name": "Byron", "age": null }));
        assert_eq!(Value::Object(event.after), json!({ "last_name": "Lovelace", "age": "36" }));
    }

    #[test]
    fn values_are_shown_as_clients_know_them() {
        let level = Level::custom(30).unwrap();
        let moment = Timestamp::from_unix_seconds(0).unwrap();
        assert_eq!(level.shown(), json!(30));
        assert_eq!(moment.shown(), json!("1970-01-01T00:00:00Z"));
        assert_eq!(vec![Pattern::parse("kb:*").unwrap()].shown(), json!(["kb:*"]));
        assert_eq!(MembershipStatus::Suspended.shown(), json!("suspended"));
    }

    const NIL: &str = "00000000-0000-0000-0000-000000000000";
}
