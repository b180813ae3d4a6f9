//! The audit entries of invitations.

use bailiwick_testkit::app::{Caller, Reply, TestApp};
use serde_json::{Value, json};

use super::trail::{AuditLog, NULL, PASSWORD};

/// The entry of an invitation that was sent.
pub fn sent(
    action: &str,
    by: &Caller,
    org: &str,
    role: &Value,
    reply: &Reply,
    supersedes: Option<&str>,
) -> Value {
    let mut is =
        json!({ "email": reply.field("/email"), "role": role, "expires_at": reply.field("/expires_at") });
    if let Some(former) = supersedes {
        is["supersedes"] = json!(former);
    }
    json!([action, org, by.id, ["invitation", reply.field("/id")], NULL, is])
}

/// The entry of an invitation that was closed.
pub fn settled(action: &str, org: &str, by: &Caller, id: &str, status: &str) -> Value {
    let (was, is) = (json!({ "status": "pending" }), json!({ "status": status }));
    json!([action, org, by.id, ["invitation", id], was, is])
}

/// Tries every operation on invitations of an address without an account, and returns the account that
/// accepted.
pub async fn change(app: &TestApp, ada: &Caller, trail: &mut AuditLog) -> Caller {
    let role = json!({ "id": ada.role_id("admin").await, "name": "admin" });
    let org = ada.org.as_str();
    let body = json!({ "email": "bob@example.com", "org_id": org, "role_id": role["id"] });
    let first = trail.leaves(ada, "post /auth/invite", body, |reply| {
        vec![sent("invitation.create", ada, org, &role, reply, None)]
    });
    let first = first.await.text_of("/id");
    app.post.secret_for("bob@example.com").await;
    let resend = ("post /invitations/{invitation_id}/resend?org_id={org_id}", [first.as_str(), org]);
    let again = trail.leaves(ada, resend, json!({}), |reply| {
        vec![sent("invitation.resend", ada, org, &role, reply, Some(&first))]
    });
    let again = again.await.text_of("/id");
    trail.leaves_nothing(ada, resend, json!({}), 409).await;
    let token = app.post.secret_for("bob@example.com").await;
    trail.leaves_nothing(ada, ("get /auth/signup-invite?token={token}", [&token]), json!({}), 200).await;
    let mut account = json!({ "email": "bob@example.com", "first_name": "Bob", "last_name": "Tester" });
    let mut body = account.clone();
    body["token"] = json!(token);
    body["password"] = json!(PASSWORD);
    account["status"] = json!("active");
    trail
        .leaves(&app.anyone(), "post /auth/signup-invite", body.clone(), |reply| {
            let bob = Caller { id: reply.text_of("/id"), ..app.anyone() };
            let (was, is) = (json!({ "status": NULL }), json!({ "status": "active", "role": role }));
            vec![
                json!(["account.sign_up", NULL, bob.id, ["user", bob.id], NULL, account]),
                settled("invitation.accept", org, &bob, &again, "accepted"),
                json!(["member.join", org, bob.id, ["user", bob.id], was, is]),
            ]
        })
        .await;
    trail.leaves_nothing(&app.anyone(), "post /auth/signup-invite", body, 409).await;
    let nobodys = "0198c5a0-7d3e-7000-8000-000000000001";
    let rows = json!({ "invitations": [{ "email": "zoe@example.com", "role_id": role["id"] },
        { "email": "zed@example.com", "role_id": nobodys }] });
    let sent_in_bulk = trail.leaves(ada, ("post /invitations/bulk?org_id={org_id}", [org]), rows, |reply| {
        let invitation = Reply { text: reply.field("/results/0/invitation").to_string(), ..copy(reply) };
        vec![sent("invitation.create", ada, org, &role, &invitation, None)]
    });
    let zoes = sent_in_bulk.await.text_of("/results/0/invitation/id");
    let revoke = ("delete /invitations/{invitation_id}?org_id={org_id}", [zoes.as_str(), org]);
    trail
        .leaves(ada, revoke, json!({}), |_| vec![settled("invitation.revoke", org, ada, &zoes, "revoked")])
        .await;
    trail.leaves_nothing(ada, revoke, json!({}), 409).await;
    app.log_in("bob@example.com").await
}

fn copy(reply: &Reply) -> Reply {
    let Reply { request, status, headers, text } = reply;
    Reply { request: request.clone(), status: *status, headers: headers.clone(), text: text.clone() }
}
