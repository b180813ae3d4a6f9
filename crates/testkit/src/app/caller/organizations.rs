//! Organizations.

use serde_json::{Value, json};

use super::Caller;
use crate::app::Reply;

impl Caller {
    /// Lists the organizations that the caller is a member of, first page.
    pub async fn orgs(&self) -> Reply {
        self.get("/organizations").await
    }

    /// Does the same with a query: `limit=3`.
    pub async fn orgs_by(&self, query: &str) -> Reply {
        self.get(&format!("/organizations?{query}")).await
    }

    /// Founds an organization; the caller still acts in the former one.
    pub async fn found_org(&self, name: &str) -> Reply {
        self.post("/organizations", json!({ "name": name })).await
    }

    /// Reads the organization.
    pub async fn read_org(&self) -> Reply {
        self.get(&self.org_path()).await
    }

    /// Changes name or slug.
    pub async fn change_org(&self, change: Value) -> Reply {
        self.patch(&self.org_path(), change).await
    }

    /// Deletes the organization.
    pub async fn delete_org(&self) -> Reply {
        self.delete(&self.org_path()).await
    }

    fn org_path(&self) -> String {
        format!("/organizations/{}", self.org)
    }
}
