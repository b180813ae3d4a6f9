//! Explanations of decisions, by `POST /authz/explain` and in refusals.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

async fn explain(by: &Caller, org: &str, who: Option<&str>, permission: &str) -> Reply {
    let body = json!({ "org_id": org, "user_id": who, "permission": permission });
    by.post("/authz/explain", body).await.is(200)
}

fn kinds(reply: &Reply) -> Vec<Vec<Value>> {
    let steps = reply.field("/steps");
    let changes =
        |step: &Value| step["any_of"].as_array().unwrap().iter().map(|c| c["kind"].clone()).collect();
    steps.as_array().unwrap().iter().map(changes).collect()
}

fn passed(reply: &Reply) -> Vec<(Value, bool)> {
    let chain = reply.field("/chain");
    let link = |link: &Value| (link["kind"].clone(), link["passed"].as_bool().unwrap());
    chain.as_array().unwrap().iter().map(link).collect()
}

on_every_engine!(an_allowed_permission_is_explained_by_its_grant);

async fn an_allowed_permission_is_explained_by_its_grant(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let role = ada.create_role(&ada.org, "writer", 30, &["docs:*", "kb:*"]).await;
    let bob = app.bring_in(&ada, "bob", "writer").await;
    let found = explain(&bob, &ada.org, None, "kb:write").await.json();
    let role = json!({ "id": role, "name": "writer", "hierarchy_level": 30 });
    assert_eq!(
        found,
        json!({
            "allowed": true,
            "permission": "kb:write",
            "user_id": bob.id,
            "org_id": ada.org,
            "message": "kb:write is allowed. The role grants kb:write by kb:*.",
            "chain": [
                { "kind": "account", "passed": true, "message": "The account is active.", "status": "active" },
                { "kind": "membership", "passed": true, "message": "The membership is active.", "status": "active" },
                { "kind": "role", "passed": true, "message": "The role is writer.", "role": role },
                { "kind": "permission", "passed": true, "message": "The role grants kb:write by kb:*.", "grant": "kb:*" },
            ],
            "steps": [],
        })
    );
    assert_eq!(explain(&ada, &ada.org, Some(&bob.id), "kb:write").await.json(), found);
}

on_every_engine!(a_missing_permission_is_explained_by_the_nearest_grants_and_the_remedies);

async fn a_missing_permission_is_explained_by_the_nearest_grants_and_the_remedies(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let role = ada.create_role(&ada.org, "editor", 30, &["docs:write", "kb:read", "kb:l*"]).await;
    let bob = app.bring_in(&ada, "bob", "editor").await;
    let found = explain(&ada, &ada.org, Some(&bob.id), "kb:write").await;
    assert_eq!(found.field("/allowed"), false);
    let held = json!({ "id": role, "name": "editor", "hierarchy_level": 30 });
    assert_eq!((found.field("/chain/2/role"), found.field("/chain/2/passed")), (held.clone(), json!(true)));
    assert_eq!(found.field("/chain/3/nearest"), json!(["kb:read", "kb:l*", "docs:write"]));
    let message = "kb:write is not allowed. The role does not grant kb:write; nearest to it is kb:read, kb:l*, docs:write.";
    assert_eq!(found.text_of("/message"), message);
    assert_eq!(kinds(&found), [["assign_role", "extend_role"]]);
    let assign = found.field("/steps/0/any_of/0");
    let names: Vec<_> = assign["roles"].as_array().unwrap().iter().map(|role| role["name"].clone()).collect();
    assert_eq!(names, ["member", "admin", "owner"], "the lowest level first");
    assert_eq!(assign["message"], "Assign a role that grants kb:write: member, admin, owner.");
    let extend = json!({ "kind": "extend_role", "permission": "kb:write", "role": held, "message": "Add kb:write to the role editor." });
    assert_eq!(found.field("/steps/0/any_of/1"), extend);

    let own = explain(&bob, &ada.org, Some(&bob.id), "kb:write").await;
    assert_eq!(own.field("/chain"), found.field("/chain"));
    let without_names = json!({ "kind": "assign_role", "message": "Assign a role that grants kb:write." });
    assert_eq!(own.field("/steps/0/any_of/0"), without_names, "bob may not see roles");
    assert!(!own.text.contains("member\"") && !own.text.contains("owner"), "{}", own.text);

    let guest = app.bring_in(&ada, "zoe", "guest").await;
    let system = explain(&ada, &ada.org, Some(&guest.id), "org:delete").await;
    assert_eq!(kinds(&system), [["assign_role"]], "nothing is added to a system role");
    assert_eq!(system.field("/steps/0/any_of/0/roles/0/name"), "owner");
}

on_every_engine!(a_user_without_an_active_membership_is_shown_the_remedy);

async fn a_user_without_an_active_membership_is_shown_the_remedy(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let (bob, zoe) = (app.bring_in(&ada, "bob", "member").await, app.sign_up("zoe").await);
    let role = ada.role_id(&ada.org, "guest").await;
    ada.post("/auth/invite", json!({ "email": zoe.email, "org_id": ada.org, "role_id": role })).await.is(200);
    let invited = explain(&ada, &ada.org, Some(&zoe.id), "kb:read").await;
    assert_eq!(
        (invited.field("/allowed"), invited.field("/chain/1/status")),
        (json!(false), json!("invited"))
    );
    assert_eq!(invited.field("/message"), "kb:read is not allowed. The invitation is not accepted yet.");
    assert_eq!(invited.field("/chain/2/message"), "The role offered is guest.");
    assert_eq!(kinds(&invited), [["accept_invitation"]]);
    assert_eq!(
        kinds(&explain(&ada, &ada.org, Some(&zoe.id), "kb:write").await),
        [["accept_invitation"], ["assign_role"]]
    );

    let member = format!("/organizations/{}/users/{}", ada.org, bob.id);
    ada.patch(&member, json!({ "status": "suspended" })).await.is(200);
    let suspended = explain(&ada, &ada.org, Some(&bob.id), "kb:write").await;
    let passes: Vec<_> = passed(&suspended).into_iter().map(|(_, passed)| passed).collect();
    assert_eq!(passes, [true, false, true, true]);
    assert_eq!(suspended.field("/chain/1/status"), "suspended");
    assert_eq!(kinds(&suspended), [["restore_membership"]]);
    let beyond = explain(&ada, &ada.org, Some(&bob.id), "kb:delete").await;
    assert_eq!(kinds(&beyond), [["assign_role"]], "the assignment also restores the membership");

    let off = format!("UPDATE users SET status = 'inactive' WHERE email = '{}'", bob.email);
    app.operator(&off).await;
    let both = explain(&ada, &ada.org, Some(&bob.id), "kb:write").await;
    assert_eq!(
        (both.field("/chain/0/status"), both.field("/chain/0/passed")),
        (json!("inactive"), json!(false))
    );
    assert_eq!(both.field("/message"), "kb:write is not allowed. The account is deactivated.");
    assert_eq!(kinds(&both), [["activate_account"], ["restore_membership"]]);
}

on_every_engine!(a_refusal_names_roles_only_to_callers_that_may_see_them);

async fn a_refusal_names_roles_only_to_callers_that_may_see_them(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role(&ada.org, "blind", 30, &["kb:write", "secret:read"]).await;
    ada.create_role(&ada.org, "clerk", 31, &["roles:read", "users:list", "roles:list"]).await;
    let (bob, zoe) = (app.bring_in(&ada, "bob", "blind").await, app.bring_in(&ada, "zoe", "clerk").await);
    let hint = async |who: &Caller, path: &str, required: &str| {
        let refused = who.get(path).await.refuses(403, &format!("Access denied. Required: {required}"));
        refused.text_of("/hint")
    };
    let probe = format!("/api/protected?org_id={}", ada.org);
    assert_eq!(
        hint(&bob, &probe, "kb:read").await,
        "Your role holds kb:write; kb:read is missing. \
         Ask an administrator of the organization for a role that grants it."
    );
    assert_eq!(
        hint(&zoe, &probe, "kb:read").await,
        "Your role clerk grants nothing on kb; kb:read is missing. guest, member and admin hold it: \
         ask an administrator of the organization for one of these roles."
    );
    let members = format!("/organizations/{}/users", ada.org);
    let one = format!("{members}/{}", ada.id);
    for path in [members, one] {
        assert_eq!(
            hint(&zoe, &path, "users:read").await,
            "Your role clerk holds users:list; users:read is missing. guest, member and admin hold it: \
             ask an administrator of the organization for one of these roles."
        );
    }
    let refused = zoe.post("/roles", json!({ "org_id": ada.org })).await;
    let refused = refused.refuses(403, "Access denied. Required: roles:write");
    assert_eq!(
        refused.text_of("/hint"),
        "Your role clerk holds roles:read and roles:list; roles:write is missing. admin and owner hold it: \
         ask an administrator of the organization for one of these roles."
    );
}
