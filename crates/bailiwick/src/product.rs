//! The permissions of the product, as the builder got them.

use bailiwick_app::Settings;
use bailiwick_app::authority::Permit;
use bailiwick_roles::{DeclarationError, DeclaredPermission, SystemRole, check_resource};

use crate::{BuildError, Builder};

/// A permission of [`Builder::permission`](crate::Builder::permission), or why it cannot be declared.
pub type Declared = Result<DeclaredPermission, DeclarationError>;

impl Builder {
    /// Declares a permission of the product, beside those of [`Settings::declared`]: `role` and all
    /// system roles above it hold it, in organizations that exist too from the next start on. The
    /// description is shown in the catalogue. [`Self::build`] refuses a permission of a resource of the
    /// service, a faulty description, and declarations that contradict each other.
    #[must_use]
    pub fn permission<P: Permit>(mut self, description: &str, role: SystemRole) -> Self {
        self.permissions.push(DeclaredPermission::new(P::permission().clone(), description, role));
        self
    }
}

/// Adds the permissions to those of the settings. Refuses a malformed name of a resource, a permission
/// that cannot be declared, and declarations that contradict each other or a resource.
pub fn checked(mut settings: Settings, permissions: Vec<Declared>) -> Result<Settings, BuildError> {
    for resource in &settings.resources {
        check_resource(resource)?;
    }
    for permission in permissions {
        settings.declared.push(permission?);
    }
    settings.product().check()?;
    Ok(settings)
}
