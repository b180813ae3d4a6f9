//! The audit entries of organizations and their roles.

use bailiwick_testkit::app::Caller;
use serde_json::json;

use super::trail::{AuditLog, NULL};

/// Tries every operation on an organization.
pub async fn change(ada: &Caller, trail: &mut AuditLog) {
    let body = json!({ "name": "Second", "slug": "second" });
    let founded = trail.leaves(ada, "post /organizations", body.clone(), |reply| {
        let (org, is) = (reply.field("/id"), json!({ "name": "Second", "slug": "second", "owner": ada.id }));
        vec![json!(["organization.create", org, ada.id, ["organization", org], NULL, is])]
    });
    let org = founded.await.text_of("/id");
    trail.leaves_nothing(ada, "post /organizations", body, 409).await;
    let body = json!({ "name": "Third", "slug": "second" });
    trail
        .leaves(ada, ("patch /organizations/{org_id}", [&org]), body.clone(), |_| {
            let (was, is) = (json!({ "name": "Second" }), json!({ "name": "Third" }));
            vec![json!(["organization.update", org, ada.id, ["organization", org], was, is])]
        })
        .await;
    trail.leaves_nothing(ada, ("patch /organizations/{org_id}", [&org]), body, 200).await;
    trail
        .leaves(ada, ("delete /organizations/{org_id}", [&org]), json!({}), |_| {
            let was = json!({ "name": "Third", "slug": "second" });
            vec![json!(["organization.delete", org, ada.id, ["organization", org], was, NULL])]
        })
        .await;
    trail.leaves_nothing(ada, ("delete /organizations/{org_id}", [&org]), json!({}), 403).await;
}

/// Tries every operation on a role and on the permission catalogue.
pub async fn change_roles(ada: &Caller, trail: &mut AuditLog) {
    let create = ("post /roles?org_id={org_id}", [&ada.org]);
    let body = json!({ "name": "editor", "hierarchy_level": 30, "permissions": ["kb:read"] });
    let made = trail.leaves(ada, create, body.clone(), |reply| {
        let is = json!({ "name": "editor", "description": "", "level": 30, "permissions": ["kb:read"] });
        vec![json!(["role.create", ada.org, ada.id, ["role", reply.field("/id")], NULL, is])]
    });
    let id = made.await.text_of("/id");
    trail.leaves_nothing(ada, create, body, 409).await;
    let update = ("put /roles/{role_id}?org_id={org_id}", [&id, &ada.org]);
    let delete = ("delete /roles/{role_id}?org_id={org_id}", [&id, &ada.org]);
    let body = json!({ "name": "editor", "hierarchy_level": 31, "permissions": ["kb:*"] });
    trail
        .leaves(ada, update, body.clone(), |_| {
            let was = json!({ "level": 30, "permissions": ["kb:read"] });
            let is = json!({ "level": 31, "permissions": ["kb:*"] });
            vec![json!(["role.update", ada.org, ada.id, ["role", id], was, is])]
        })
        .await;
    trail.leaves_nothing(ada, update, body, 200).await;
    reorder_roles(ada, &id, trail).await;
    trail
        .leaves(ada, delete, json!({}), |_| {
            let was = json!({ "name": "editor", "description": "", "level": 31, "permissions": ["kb:*"] });
            vec![json!(["role.delete", ada.org, ada.id, ["role", id], was, NULL])]
        })
        .await;
    trail.leaves_nothing(ada, delete, json!({}), 404).await;
    let body = json!({ "resource": "kb", "action": "print", "description": "On paper", "org_id": ada.org });
    trail
        .leaves(ada, "post /roles/permission", body.clone(), |reply| {
            let is = json!({ "permission": "kb:print", "description": "On paper" });
            vec![json!(["permission.create", ada.org, ada.id, ["permission", reply.field("/id")], NULL, is])]
        })
        .await;
    trail.leaves_nothing(ada, "post /roles/permission", body, 200).await;
}

/// `role` has level 31. Each role that moves leaves an entry; one that keeps its level leaves none.
async fn reorder_roles(ada: &Caller, role: &str, trail: &mut AuditLog) {
    let above = ada.create_role("above", 33, &[]).await;
    let between = ada.create_role("between", 32, &[]).await;
    let reorder = ("post /roles/reorder?org_id={org_id}", [&ada.org]);
    let order = |roles: [&str; 3]| json!({ "role_ids": roles });
    let row = |role: &str, was: u8, is: u8| json!(["role.update", ada.org, ada.id, ["role", role], { "level": was }, { "level": is }]);
    trail
        .leaves(ada, reorder, order([role, &between, &above]), |_| {
            vec![row(role, 31, 33), row(&above, 33, 31)]
        })
        .await;
    trail.leaves_nothing(ada, reorder, order([role, &between, &above]), 200).await;
    trail.leaves_nothing(ada, reorder, order([role, &above, role]), 422).await;
    trail
        .leaves(ada, reorder, order([&above, &between, role]), |_| {
            vec![row(&above, 31, 33), row(role, 33, 31)]
        })
        .await;
    for id in [above, between] {
        ada.delete_role(&id).await.is(204);
    }
}
