//! The audit entries of members.

use std::collections::HashMap;

use bailiwick_testkit::app::{Caller, Reply, TestApp};
use serde_json::{Value, json};

use super::invitations::{sent, settled};
use super::trail::AuditLog;

/// An organization with Ada as its owner and Bob as another member.
struct Scene<'a> {
    app: &'a TestApp,
    ada: &'a Caller,
    bob: &'a Caller,
    org: &'a str,
    roles: HashMap<&'static str, Value>,
}

/// Tries every operation on members, and on invitations of existing accounts.
pub async fn change(app: &TestApp, ada: &Caller, bob: &Caller, trail: &mut AuditLog) {
    let mut roles = HashMap::new();
    for name in ["owner", "admin", "member", "guest"] {
        roles.insert(name, json!({ "id": ada.role_id(name).await, "name": name }));
    }
    let scene = Scene { app, ada, bob, org: &ada.org, roles };
    scene.suspend_and_restore(trail).await;
    scene.assign(trail).await;
    scene.hand_over_and_leave(trail).await;
    scene.come_and_go(trail).await;
}

impl Scene<'_> {
    fn row(
        &self,
        action: &str,
        by: &Caller,
        whom: &Caller,
        was: impl Into<Value>,
        is: impl Into<Value>,
    ) -> Value {
        json!([action, self.org, by.id, ["user", whom.id], was.into(), is.into()])
    }

    fn assigned(&self, by: &Caller, whom: &Caller, from: &str, to: &str) -> Value {
        let (was, is) = (json!({ "role": self.roles[from] }), json!({ "role": self.roles[to] }));
        self.row("member.assign_role", by, whom, was, is)
    }

    async fn suspend_and_restore(&self, trail: &mut AuditLog) {
        let change = ("patch /organizations/{org_id}/users/{user_id}", [self.org, &self.bob.id]);
        let (active, suspended) = (status("active"), status("suspended"));
        trail
            .leaves(self.ada, change, suspended.clone(), |_| {
                vec![self.row("member.suspend", self.ada, self.bob, active.clone(), suspended.clone())]
            })
            .await;
        trail.leaves_nothing(self.ada, change, suspended.clone(), 200).await;
        trail
            .leaves(self.ada, change, active.clone(), |_| {
                vec![self.row("member.restore", self.ada, self.bob, suspended, active)]
            })
            .await;
    }

    async fn assign(&self, trail: &mut AuditLog) {
        let assign = |whom: &Caller| {
            ("post /roles/{org_id}/users/{user_id}/roles", [self.org.to_owned(), whom.id.clone()])
        };
        let member = json!({ "role_id": self.roles["member"]["id"] });
        trail
            .leaves(self.ada, assign(self.bob), member.clone(), |_| {
                vec![self.assigned(self.ada, self.bob, "admin", "member")]
            })
            .await;
        trail.leaves_nothing(self.ada, assign(self.bob), member, 200).await;
        let guest = json!({ "role_id": self.roles["guest"]["id"] });
        trail.leaves_nothing(self.ada, assign(self.ada), guest, 409).await;
    }

    async fn hand_over_and_leave(&self, trail: &mut AuditLog) {
        let transfer = ("post /organizations/{org_id}/transfer-ownership", [self.org]);
        trail
            .leaves(self.ada, transfer, json!({ "user_id": self.bob.id }), |_| {
                let (was, is) = (json!({ "owner": self.ada.id }), json!({ "owner": self.bob.id }));
                let target = ["organization", self.org];
                vec![
                    json!(["organization.transfer", self.org, self.ada.id, target, was, is]),
                    self.assigned(self.ada, self.bob, "member", "owner"),
                    self.assigned(self.ada, self.ada, "owner", "admin"),
                ]
            })
            .await;
        let leave = ("post /organizations/{org_id}/leave", [self.org]);
        trail.leaves_nothing(self.bob, leave, json!({}), 409).await;
        trail
            .leaves(self.ada, leave, json!({}), |_| {
                vec![self.row("member.leave", self.ada, self.ada, status("active"), status("removed"))]
            })
            .await;
    }

    /// Ada accepts and is removed, declines by token and by id, accepts by id, and is uninvited.
    async fn come_and_go(&self, trail: &mut AuditLog) {
        let (ada, bob, org) = (self.ada, self.bob, self.org);
        let (id, token) = self.ask_ada_in(trail).await;
        trail
            .leaves(ada, "post /invitations/accept", token, |_| {
                let is = json!({ "status": "active", "role": self.roles["guest"] });
                vec![
                    settled("invitation.accept", org, ada, &id, "accepted"),
                    self.row("member.join", ada, ada, status("invited"), is),
                ]
            })
            .await;
        let remove = ("delete /organizations/{org_id}/users/{user_id}", [org, &ada.id]);
        trail
            .leaves(bob, remove, json!({}), |_| {
                vec![self.row("member.remove", bob, ada, status("active"), status("removed"))]
            })
            .await;
        let (id, token) = self.ask_ada_in(trail).await;
        let decline = "post /invitations/decline";
        trail
            .leaves(&self.app.anyone(), decline, token, |_| {
                vec![settled("invitation.decline", org, ada, &id, "declined"), self.withdrawn(ada)]
            })
            .await;
        let (id, _) = self.ask_ada_in(trail).await;
        let decline = ("post /auth/invitations/{invitation_id}/decline", [&id]);
        trail
            .leaves(ada, decline, json!({}), |_| {
                vec![settled("invitation.decline", org, ada, &id, "declined"), self.withdrawn(ada)]
            })
            .await;
        trail.leaves_nothing(ada, decline, json!({}), 410).await;
        let (id, _) = self.ask_ada_in(trail).await;
        let accept = ("post /auth/invitations/{invitation_id}/accept", [&id]);
        trail
            .leaves(ada, accept, json!({}), |_| {
                let is = json!({ "status": "active", "role": self.roles["guest"] });
                vec![
                    settled("invitation.accept", org, ada, &id, "accepted"),
                    self.row("member.join", ada, ada, status("invited"), is),
                ]
            })
            .await;
        trail.leaves_nothing(ada, accept, json!({}), 409).await;
        bob.in_org(org).remove(ada).await.is(204);
        let (id, _) = self.ask_ada_in(trail).await;
        trail
            .leaves(bob, remove, json!({}), |_| {
                vec![settled("invitation.revoke", org, bob, &id, "revoked"), self.withdrawn(bob)]
            })
            .await;
    }

    fn withdrawn(&self, by: &Caller) -> Value {
        self.row("member.withdraw", by, self.ada, status("invited"), status("removed"))
    }

    /// Invites Ada; returns the id of the invitation and the mailed token.
    async fn ask_ada_in(&self, trail: &mut AuditLog) -> (String, Value) {
        let role = &self.roles["guest"];
        let body = json!({ "email": self.ada.email, "org_id": self.org, "role_id": role["id"] });
        let rows = |reply: &Reply| {
            let is = json!({ "status": "invited", "role": role });
            vec![
                self.row("member.invite", self.bob, self.ada, status("removed"), is),
                sent("invitation.create", self.bob, self.org, role, reply, None),
            ]
        };
        let reply = trail.leaves(self.bob, "post /auth/invite", body, rows).await;
        let token = self.app.post.secret_for(&self.ada.email).await;
        (reply.text_of("/id"), json!({ "token": token }))
    }
}

fn status(status: &str) -> Value {
    json!({ "status": status })
}
