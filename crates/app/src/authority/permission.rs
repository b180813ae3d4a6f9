//! Permissions as types, whose names are checked at compile time.

use bailiwick_rbac::Permission;

/// A permission known at compile time. Declared by [`permissions!`](crate::permissions).
pub trait Permit: Copy + Send + Sync + 'static {
    /// The name, `resource:action`.
    const NAME: &'static str;

    /// The permission, parsed once.
    fn permission() -> &'static Permission;
}

/// Declares permissions as types.
///
/// ```
/// bailiwick_app::permissions! {
///     /// May read reports.
///     ReportsRead = "reports:read";
/// }
/// use bailiwick_app::authority::Permit;
/// assert_eq!(ReportsRead::permission().as_str(), "reports:read");
/// ```
///
/// A malformed name does not compile:
///
/// ```compile_fail
/// bailiwick_app::permissions! {
///     /// No colon.
///     Broken = "reports";
/// }
/// ```
#[macro_export]
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        const _: () = assert!($crate::authority::permission::PermissionValue::is_valid($text));

        impl $crate::authority::Permit for $name {
            const NAME: &'static str = $text;

            fn permission() -> &'static $crate::authority::permission::PermissionValue {
                static VALUE: std::sync::LazyLock<$crate::authority::permission::PermissionValue> =
                    std::sync::LazyLock::new(|| $crate::authority::permission::parse_checked($text));
                &VALUE
            }
        }
    )+};
}

#[doc(hidden)]
pub use bailiwick_rbac::Permission as PermissionValue;

/// Parses a name that was checked at compile time.
#[doc(hidden)]
pub fn parse_checked(name: &'static str) -> Permission {
    #[expect(clippy::expect_used, reason = "the name was checked at compile time")]
    Permission::parse(name).expect("a well-formed permission")
}

permissions! {
    /// May see the organization.
    OrgRead = "org:read";
    /// May change the organization.
    OrgWrite = "org:write";
    /// May delete the organization.
    OrgDelete = "org:delete";
    /// May see members.
    UsersRead = "users:read";
    /// May change members.
    UsersWrite = "users:write";
    /// May remove members.
    UsersDelete = "users:delete";
    /// May see roles.
    RolesRead = "roles:read";
    /// May add and change roles.
    RolesWrite = "roles:write";
    /// May delete roles.
    RolesDelete = "roles:delete";
    /// May see invitations.
    InvitationsRead = "invitations:read";
    /// May invite.
    InvitationsWrite = "invitations:write";
    /// May revoke invitations.
    InvitationsDelete = "invitations:delete";
    /// May read the audit trail.
    AuditRead = "audit:read";
    /// May open a socket.
    WsConnect = "ws:connect";
    /// May publish events.
    EventsPublish = "events:publish";
    /// May read the knowledge base: the example of a product's own resource.
    KbRead = "kb:read";
}
