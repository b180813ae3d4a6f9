//! A permission is a type, and its name is checked when the program is built.

use bailiwick_rbac::Permission;

/// A permission known at compile time. Declared by [`permissions!`](crate::permissions).
pub trait Permit: Copy + Send + Sync + 'static {
    /// Its name, `resource:action`.
    const NAME: &'static str;

    /// It, parsed once.
    fn permission() -> &'static Permission;
}

/// Whether `name` is `resource:action` in the characters that a required
/// permission may have. For use in constants.
pub const fn is_well_formed(name: &str) -> bool {
    let mut rest = name.as_bytes();
    let (mut colons, mut half) = (0, 0);
    while let [byte, tail @ ..] = rest {
        match *byte {
            b':' if half > 0 => (colons, half) = (colons + 1, 0),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' => half += 1,
            _ => return false,
        }
        rest = tail;
    }
    colons == 1 && half > 0
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
/// A misspelt name does not compile:
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

        const _: () = assert!($crate::authority::permission::is_well_formed($text));

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

/// Parses a name that [`is_well_formed`] accepted at compile time.
#[doc(hidden)]
pub fn parse_checked(name: &'static str) -> Permission {
    #[expect(clippy::expect_used, reason = "the name was checked at compile time")]
    Permission::parse(name).expect("a well-formed permission")
}

permissions! {
    /// May see the organisation.
    OrgRead = "org:read";
    /// May change the organisation.
    OrgWrite = "org:write";
    /// May delete the organisation.
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
    /// May read the knowledge base: the seed's example.
    KbRead = "kb:read";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compile_time_check_agrees_with_the_parser() {
        for text in ["a:b", "a", ":b", "a:", "a:b:c", "a*:b", "", "A.b-c_1:x", "a b:c", "\u{e4}:b", "::"] {
            assert_eq!(is_well_formed(text), Permission::parse(text).is_ok(), "{text}");
        }
    }
}
