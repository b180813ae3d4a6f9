//! Organizations as tests want them.

use serde_json::json;

use crate::app::service::PASSWORD;
use crate::app::{Caller, OrgTarget, TestApp};

/// An organization with its owner.
#[derive(Clone, Debug)]
pub struct Org {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The owner, who acts in the organization.
    pub owner: Caller,
}

impl TestApp {
    /// Founds an organization of this name. Its owner is `NAME-owner@example.com`, with everything but
    /// letters and digits replaced by `-`.
    pub async fn org(&self, name: &str) -> Org {
        let local = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-").to_lowercase();
        let email = format!("{local}-owner@example.com");
        let owner =
            json!({ "email": email, "password": PASSWORD, "first_name": "Owner", "organization_name": name });
        let owner = self.found(&email, owner).await;
        Org { id: owner.org.clone(), name: name.to_owned(), owner }
    }
}

impl OrgTarget for Org {
    fn org_id(&self) -> &str {
        &self.id
    }
}

impl AsRef<Caller> for Org {
    fn as_ref(&self) -> &Caller {
        &self.owner
    }
}
