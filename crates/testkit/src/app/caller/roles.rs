//! Roles of the caller's organization, and the permissions that they grant.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Caller;
use crate::app::Reply;

impl Caller {
    /// Lists the roles.
    pub async fn roles(&self) -> Reply {
        self.get(&format!("/roles/list_roles?org_id={}", self.org)).await
    }

    /// Returns the id of the role with this name. Panics if there is none.
    pub async fn role_id(&self, name: &str) -> String {
        let roles = self.roles().await.is(200).json();
        let role = roles.as_array().and_then(|all| all.iter().find(|role| role["name"] == name));
        role.and_then(|role| role["id"].as_str())
            .unwrap_or_else(|| panic!("no role {name}: {roles}"))
            .to_owned()
    }

    /// Defines a role.
    pub async fn define_role(&self, name: &str, level: impl Into<i64>, permissions: &[&str]) -> Reply {
        let body = json!({ "name": name, "hierarchy_level": level.into(), "permissions": permissions });
        self.post(&format!("/roles?org_id={}", self.org), body).await
    }

    /// Defines a role, which must succeed, and returns its id.
    pub async fn create_role(&self, name: &str, level: impl Into<i64>, permissions: &[&str]) -> String {
        self.define_role(name, level, permissions).await.is(201).text_of("/id")
    }

    /// Reads a role.
    pub async fn read_role(&self, role: &str) -> Reply {
        self.get(&self.role_path(role)).await
    }

    /// Changes name, level, description or permissions of a role.
    pub async fn change_role(&self, role: &str, change: Value) -> Reply {
        self.put(&self.role_path(role), change).await
    }

    /// Deletes a role.
    pub async fn delete_role(&self, role: &str) -> Reply {
        self.delete(&self.role_path(role)).await
    }

    /// Puts roles into this order, the highest first.
    pub async fn reorder_roles(&self, roles: &[&str]) -> Reply {
        self.post(&format!("/roles/reorder?org_id={}", self.org), json!({ "role_ids": roles })).await
    }

    /// Lists the permissions of the caller's role.
    pub async fn permissions(&self) -> Reply {
        self.get(&format!("/roles/list_permissions?org_id={}", self.org)).await
    }

    /// Lists all permissions that the organization's roles can grant.
    pub async fn catalogue(&self) -> Reply {
        self.get(&format!("/roles/list_permissions?org_id={}&scope=all", self.org)).await
    }

    /// Returns the id of a role that is given by name or id.
    pub(super) async fn id_of_role(&self, role: &str) -> String {
        match Uuid::try_parse(role) {
            Ok(_) => role.to_owned(),
            Err(_) => self.role_id(role).await,
        }
    }

    fn role_path(&self, role: &str) -> String {
        format!("/roles/{role}?org_id={}", self.org)
    }
}
