//! Accounts: the caller's own, and what an administrator does with others.

use serde_json::{Value, json};

use super::{Caller, UserTarget};
use crate::app::Reply;

impl Caller {
    /// Reads the caller's account.
    pub async fn me(&self) -> Reply {
        self.get("/auth/me").await
    }

    /// Reads the caller's account with role and permissions in the organization.
    pub async fn me_as_member(&self) -> Reply {
        self.get(&format!("/users/me?org_id={}", self.org)).await
    }

    /// Changes the caller's names, as the body says: `{"first_name": "Ada"}`.
    pub async fn rename_me(&self, names: Value) -> Reply {
        self.put("/auth/me", names).await
    }

    /// Deactivates the caller's account.
    pub async fn deactivate_me(&self) -> Reply {
        self.delete("/auth/me").await
    }

    /// Lists the caller's sessions, first page.
    pub async fn sessions(&self) -> Reply {
        self.get("/auth/sessions").await
    }

    /// Does the same with a query: `limit=2`.
    pub async fn sessions_by(&self, query: &str) -> Reply {
        self.get(&format!("/auth/sessions?{query}")).await
    }

    /// Ends one of the caller's sessions.
    pub async fn end_session(&self, session: &str) -> Reply {
        self.delete(&format!("/auth/sessions/{session}")).await
    }

    /// Deactivates an account.
    pub async fn deactivate(&self, whom: &(impl UserTarget + ?Sized)) -> Reply {
        self.post(&format!("/users/{}/deactivate", whom.user_id()), json!({})).await
    }

    /// Activates a deactivated account.
    pub async fn activate(&self, whom: &(impl UserTarget + ?Sized)) -> Reply {
        self.post(&format!("/users/{}/activate", whom.user_id()), json!({})).await
    }

    /// Deletes an account.
    pub async fn delete_user(&self, whom: &(impl UserTarget + ?Sized)) -> Reply {
        self.delete(&format!("/users/{}", whom.user_id())).await
    }

    /// Ends the lockout of an account.
    pub async fn unlock(&self, whom: &(impl UserTarget + ?Sized)) -> Reply {
        self.post(&format!("/users/{}/unlock", whom.user_id()), Value::Null).await
    }

    /// Exempts an account from the limits of failed logins, as the body says: `{"seconds": 60}`.
    pub async fn bypass_rate_limits(&self, whom: &(impl UserTarget + ?Sized), body: Value) -> Reply {
        self.post(&format!("/users/{}/rate-limit-bypass", whom.user_id()), body).await
    }
}
