//! What members may do, and what was done.

use serde_json::json;

use super::{Caller, UserTarget};
use crate::app::Reply;

impl Caller {
    /// Reads the route that is there to try authority on.
    pub async fn protected(&self) -> Reply {
        self.get(&format!("/api/protected?org_id={}", self.org)).await
    }

    /// Asks which of the permissions a member has.
    pub async fn check(&self, whom: &(impl UserTarget + ?Sized), permissions: &[&str]) -> Reply {
        let body = json!({ "org_id": self.org, "user_id": whom.user_id(), "permissions": permissions });
        self.post("/authz/check", body).await
    }

    /// Asks why a member has a permission, or what is missing.
    pub async fn explain(&self, whom: &(impl UserTarget + ?Sized), permission: &str) -> Reply {
        let body = json!({ "org_id": self.org, "user_id": whom.user_id(), "permission": permission });
        self.post("/authz/explain", body).await
    }

    /// Asks which members have a permission; a query may follow it: `kb:read&limit=1`.
    pub async fn who_can(&self, permission: &str) -> Reply {
        self.get(&format!("/authz/who-can?org_id={}&permission={permission}", self.org)).await
    }

    /// Reads the audit trail of the organization, newest first.
    pub async fn audit(&self) -> Reply {
        self.get(&format!("/audit?org_id={}", self.org)).await
    }

    /// Reads the rows of the audit trail that a query finds: `action=member.remove`.
    pub async fn audit_by(&self, query: &str) -> Reply {
        self.get(&format!("/audit?org_id={}&{query}", self.org)).await
    }
}
