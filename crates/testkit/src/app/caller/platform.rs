//! What administrators of the platform see.

use serde_json::json;

use super::Caller;
use crate::app::Reply;

impl Caller {
    /// Lists the accounts, first page.
    pub async fn platform_users(&self) -> Reply {
        self.get("/platform/users").await
    }

    /// Lists the accounts that a query finds: `search=bob`.
    pub async fn platform_users_by(&self, query: &str) -> Reply {
        self.get(&format!("/platform/users?{query}")).await
    }

    /// Lists the organizations, first page.
    pub async fn platform_orgs(&self) -> Reply {
        self.get("/platform/organizations").await
    }

    /// Lists the organizations that a query finds.
    pub async fn platform_orgs_by(&self, query: &str) -> Reply {
        self.get(&format!("/platform/organizations?{query}")).await
    }

    /// Lists the mails, first page.
    pub async fn outbox(&self) -> Reply {
        self.get("/platform/outbox").await
    }

    /// Lists the mails that a query finds: `status=failed`.
    pub async fn outbox_by(&self, query: &str) -> Reply {
        self.get(&format!("/platform/outbox?{query}")).await
    }

    /// Sends a mail at once, whenever its next attempt is due.
    pub async fn send_mail(&self, mail: &str) -> Reply {
        self.post(&format!("/platform/outbox/{mail}/send"), json!({})).await
    }

    /// Lists the audit entries of all organizations and accounts, first page.
    pub async fn platform_audit(&self) -> Reply {
        self.get("/platform/audit").await
    }

    /// Reads the rows of all audit trails that a query finds.
    pub async fn platform_audit_by(&self, query: &str) -> Reply {
        self.get(&format!("/platform/audit?{query}")).await
    }
}
