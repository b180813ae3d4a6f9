//! Invitations: those of the caller's organization, and those that the caller received.

use serde_json::{Value, json};

use super::Caller;
use crate::app::Reply;

impl Caller {
    /// Invites an address to a role, named or by id.
    pub async fn invite(&self, email: &str, role: &str) -> Reply {
        let role = self.id_of_role(role).await;
        let body = json!({ "email": email, "org_id": self.org, "role_id": role });
        self.post("/auth/invite", body).await
    }

    /// Invites many; each row has the fields `email` and `role_id`.
    pub async fn invite_many(&self, rows: impl Into<Value>) -> Reply {
        let path = format!("/invitations/bulk?org_id={}", self.org);
        self.post(&path, json!({ "invitations": rows.into() })).await
    }

    /// Lists the invitations of the organization, first page.
    pub async fn invitations(&self) -> Reply {
        self.get(&format!("/invitations?org_id={}", self.org)).await
    }

    /// Lists the invitations that a query finds: `status=pending`.
    pub async fn invitations_by(&self, query: &str) -> Reply {
        self.get(&format!("/invitations?org_id={}&{query}", self.org)).await
    }

    /// Reads an invitation.
    pub async fn invitation(&self, id: &str) -> Reply {
        self.get(&self.invitation_path(id)).await
    }

    /// Sends an invitation again; a new one takes its place.
    pub async fn resend(&self, id: &str) -> Reply {
        let path = format!("/invitations/{id}/resend?org_id={}", self.org);
        self.post(&path, json!({})).await
    }

    /// Revokes an invitation.
    pub async fn revoke(&self, id: &str) -> Reply {
        self.delete(&self.invitation_path(id)).await
    }

    /// Reads what the page of a mailed link shows of its invitation.
    pub async fn preview(&self, token: &str) -> Reply {
        self.get(&format!("/auth/signup-invite?token={token}")).await
    }

    /// Lists the pending invitations to the caller's address.
    pub async fn received(&self) -> Reply {
        self.get("/auth/invitations").await
    }

    /// Accepts a received invitation by its id.
    pub async fn accept(&self, id: &str) -> Reply {
        self.post(&format!("/auth/invitations/{id}/accept"), json!({})).await
    }

    /// Declines a received invitation by its id.
    pub async fn decline(&self, id: &str) -> Reply {
        self.post(&format!("/auth/invitations/{id}/decline"), json!({})).await
    }

    /// Accepts an invitation by its mailed token.
    pub async fn accept_token(&self, token: &str) -> Reply {
        self.post("/invitations/accept", json!({ "token": token })).await
    }

    /// Declines an invitation by its mailed token.
    pub async fn decline_token(&self, token: &str) -> Reply {
        self.post("/invitations/decline", json!({ "token": token })).await
    }

    fn invitation_path(&self, id: &str) -> String {
        format!("/invitations/{id}?org_id={}", self.org)
    }
}
