//! What the verbs of a caller act on.

use crate::app::Caller;

/// A user: a caller, or an id.
pub trait UserTarget {
    /// The user's id.
    fn user_id(&self) -> &str;
}

/// An organization: that of a caller, or an id.
pub trait OrgTarget {
    /// The organization's id.
    fn org_id(&self) -> &str;
}

impl UserTarget for Caller {
    fn user_id(&self) -> &str {
        &self.id
    }
}

impl AsRef<Self> for Caller {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl OrgTarget for Caller {
    fn org_id(&self) -> &str {
        &self.org
    }
}

impl UserTarget for str {
    fn user_id(&self) -> &str {
        self
    }
}

impl OrgTarget for str {
    fn org_id(&self) -> &str {
        self
    }
}

impl UserTarget for String {
    fn user_id(&self) -> &str {
        self
    }
}

impl OrgTarget for String {
    fn org_id(&self) -> &str {
        self
    }
}

impl<T: UserTarget + ?Sized> UserTarget for &T {
    fn user_id(&self) -> &str {
        (**self).user_id()
    }
}

impl<T: OrgTarget + ?Sized> OrgTarget for &T {
    fn org_id(&self) -> &str {
        (**self).org_id()
    }
}
