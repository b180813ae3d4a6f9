//! Members of the caller's organization.

use serde_json::json;

use super::{Caller, UserTarget};
use crate::app::Reply;

impl Caller {
    /// Lists the members, first page.
    pub async fn members(&self) -> Reply {
        self.get(&format!("/organizations/{}/users", self.org)).await
    }

    /// Lists the members that a query finds: `search=bob`, `status=invited&limit=3`.
    pub async fn members_by(&self, query: &str) -> Reply {
        self.get(&format!("/organizations/{}/users?{query}", self.org)).await
    }

    /// Reads a member.
    pub async fn member(&self, whom: &(impl UserTarget + ?Sized)) -> Reply {
        self.get(&self.member_path(whom)).await
    }

    /// Suspends a member.
    pub async fn suspend(&self, whom: &(impl UserTarget + ?Sized)) -> Reply {
        self.patch(&self.member_path(whom), json!({ "status": "suspended" })).await
    }

    /// Restores a suspended member.
    pub async fn restore(&self, whom: &(impl UserTarget + ?Sized)) -> Reply {
        self.patch(&self.member_path(whom), json!({ "status": "active" })).await
    }

    /// Removes a member, or withdraws an invited one.
    pub async fn remove(&self, whom: &(impl UserTarget + ?Sized)) -> Reply {
        self.delete(&self.member_path(whom)).await
    }

    /// Assigns a role, named or by id, to a member.
    pub async fn assign(&self, whom: &(impl UserTarget + ?Sized), role: &str) -> Reply {
        let role = self.id_of_role(role).await;
        let path = format!("/roles/{}/users/{}/roles", self.org, whom.user_id());
        self.post(&path, json!({ "role_id": role })).await
    }

    /// Leaves the organization.
    pub async fn leave(&self) -> Reply {
        self.post(&format!("/organizations/{}/leave", self.org), json!({})).await
    }

    /// Makes a member the owner in the caller's place.
    pub async fn transfer_ownership(&self, whom: &(impl UserTarget + ?Sized)) -> Reply {
        let path = format!("/organizations/{}/transfer-ownership", self.org);
        self.post(&path, json!({ "user_id": whom.user_id() })).await
    }

    fn member_path(&self, whom: &(impl UserTarget + ?Sized)) -> String {
        format!("/organizations/{}/users/{}", self.org, whom.user_id())
    }
}
