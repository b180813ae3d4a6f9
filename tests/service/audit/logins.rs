//! The audit entries of logins, passwords and addresses, and of accounts at their end.

use bailiwick_testkit::app::{Caller, TestApp};
use serde_json::{Value, json};

use super::trail::{AuditLog, NULL, PASSWORD};
use crate::logins::log_in;

const NEW: &str = "newSecurePassword123";

/// Carol, and the entries about her.
struct Scene<'a> {
    app: &'a TestApp,
    carol: Caller,
}

/// Tries every operation on logins, passwords and addresses.
pub async fn change(app: &TestApp, trail: &mut AuditLog) {
    let carol = app.sign_up("carol").await;
    let scene = Scene { app, carol };
    scene.renew(trail).await;
    scene.end_sessions(trail).await;
    scene.forget_password(trail).await;
    scene.change_password(trail).await;
    scene.move_away(trail).await;
}

impl Scene<'_> {
    fn told(&self, action: &str, was: impl Into<Value>, is: impl Into<Value>) -> Value {
        let id = &self.carol.id;
        json!([action, NULL, id, ["user", id], was.into(), is.into()])
    }

    async fn again(&self) -> Caller {
        self.app.log_in("carol@example.com").await
    }

    /// The use of a refresh token leaves no entry; its reuse leaves one, once.
    async fn renew(&self, trail: &mut AuditLog) {
        let (carol, first) = log_in(self.app, &self.carol.email).await;
        let session = current(&carol).await;
        let anyone = self.app.anyone();
        let renew = "post /auth/refresh";
        let body = |token: &str| json!({ "refresh_token": token });
        trail.leaves_nothing(&anyone, renew, json!({}), 422).await;
        trail.leaves_nothing(&anyone, renew, body("ref_unknown"), 401).await;
        trail.leaves_nothing(&anyone, renew, body(&first), 200).await;
        let second = anyone.post("/auth/refresh", body(&first)).await.is(200).text_of("/refresh_token");
        trail.leaves_nothing(&anyone, renew, body(&second), 200).await;
        let (reply, rows) = trail.send(&anyone, "post", "/auth/refresh", &body(&first)).await;
        reply.is(401);
        let was = json!({ "user": carol.id });
        assert_eq!(rows, [json!(["session.refresh_reuse", NULL, NULL, ["session", session], was, NULL])]);
        trail.leaves_nothing(&anyone, renew, body(&first), 401).await;
    }

    async fn end_sessions(&self, trail: &mut AuditLog) {
        let id = &self.carol.id;
        let phone = current(&self.again().await).await;
        let end = ("delete /auth/sessions/{session_id}", [&phone]);
        trail
            .leaves(&self.carol, end, json!({}), |_| {
                vec![json!(["session.logout", NULL, id, ["session", phone], NULL, NULL])]
            })
            .await;
        trail.leaves_nothing(&self.carol, end, json!({}), 404).await;
        let phone = self.again().await;
        trail
            .leaves(&phone, "post /auth/logout", json!({}), |_| {
                vec![json!(["session.logout", NULL, id, ["session", "its own"], NULL, NULL])]
            })
            .await;
        trail.leaves_nothing(&phone, "post /auth/logout", json!({}), 401).await;
        trail
            .leaves(&self.carol, "post /auth/logout-all", json!({}), |_| {
                vec![self.told("session.logout_all", NULL, json!({ "sessions_ended": 1 }))]
            })
            .await;
    }

    async fn forget_password(&self, trail: &mut AuditLog) {
        self.again().await;
        let (anyone, id) = (self.app.anyone(), &self.carol.id);
        self.app.post.secret_for(&self.carol.email).await;
        let body = json!({ "email": self.carol.email });
        trail
            .leaves(&anyone, "post /auth/forgot-password", body, |_| {
                vec![json!(["account.request_reset", NULL, NULL, ["user", id], NULL, NULL])]
            })
            .await;
        let unknown = json!({ "email": "nobody@example.com" });
        trail.leaves_nothing(&anyone, "post /auth/forgot-password", unknown, 200).await;
        let token = self.app.post.secret_for(&self.carol.email).await;
        let body = json!({ "token": token, "password": PASSWORD });
        trail
            .leaves(&anyone, "post /auth/reset-password", body.clone(), |_| {
                let (was, is) = (json!({ "email_verified": false }), json!({ "email_verified": true }));
                vec![
                    self.told("account.verify_email", was, is),
                    self.told("account.reset_password", NULL, json!({ "sessions_ended": 1 })),
                ]
            })
            .await;
        trail.leaves_nothing(&anyone, "post /auth/reset-password", body, 400).await;
    }

    async fn change_password(&self, trail: &mut AuditLog) {
        let (_, carol) = (self.again().await, self.again().await);
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        trail
            .leaves(&carol, "post /auth/change-password", body.clone(), |_| {
                vec![self.told("account.change_password", NULL, json!({ "sessions_ended": 1 }))]
            })
            .await;
        trail.leaves_nothing(&carol, "post /auth/change-password", body, 401).await;
        carol.change_password(NEW, PASSWORD).await.is(204);
    }

    async fn move_away(&self, trail: &mut AuditLog) {
        let carol = self.again().await;
        let (old, new) = ("carol@example.com", "caroline@example.com");
        let body = |address: &str| json!({ "new_email": address, "password": PASSWORD });
        trail.leaves_nothing(&carol, "post /auth/change-email", body("root@example.com"), 202).await;
        trail.leaves_nothing(&carol, "post /auth/change-email", body(old), 409).await;
        trail
            .leaves(&carol, "post /auth/change-email", body(new), |_| {
                vec![self.told("account.request_email_change", NULL, json!({ "new_email": new }))]
            })
            .await;
        let token = json!({ "token": self.app.post.secret_for(new).await });
        let anyone = self.app.anyone();
        trail
            .leaves(&anyone, "post /auth/confirm-email", token.clone(), |_| {
                vec![self.told("account.change_email", json!({ "email": old }), json!({ "email": new }))]
            })
            .await;
        trail.leaves_nothing(&anyone, "post /auth/confirm-email", token, 200).await;
    }
}

async fn current(caller: &Caller) -> String {
    let all = caller.sessions().await.is(200).field("/items");
    let current = all.as_array().unwrap().iter().find(|session| session["current"] == true);
    current.unwrap()["id"].as_str().unwrap().to_owned()
}

/// Tries every operation that deactivates or deletes an account.
pub async fn switch_off_and_delete(app: &TestApp, trail: &mut AuditLog) {
    let dora = app.sign_up("dora").await;
    let emil = app.bring_in(&dora, "emil", "member").await;
    let (root, own) = (app.log_in("root@example.com").await, ["organization", dora.org.as_str()]);
    let status = |status: &str| json!({ "status": status });
    trail.leaves_nothing(&dora, "delete /auth/me", json!({}), 409).await;
    let delete = ("delete /users/{user_id}", [&emil.id]);
    trail
        .leaves(&dora, delete, json!({}), |_| {
            let was = json!({ "email": emil.email });
            vec![
                json!(["member.remove", dora.org, dora.id, ["user", emil.id], was, NULL]),
                json!(["account.delete", NULL, dora.id, ["user", emil.id], was, NULL]),
            ]
        })
        .await;
    trail.leaves_nothing(&dora, delete, json!({}), 404).await;
    trail
        .leaves(&dora, "delete /auth/me", json!({}), |_| {
            let (was, is) = (status("active"), status("inactive"));
            vec![
                json!(["organization.archive", dora.org, dora.id, own, NULL, NULL]),
                json!(["account.deactivate", NULL, dora.id, ["user", dora.id], was, is]),
            ]
        })
        .await;
    let activate = ("post /users/{user_id}/activate", [&dora.id]);
    trail
        .leaves(&root, activate, json!({}), |_| {
            let (was, is) = (status("inactive"), status("active"));
            vec![
                json!(["account.activate", NULL, root.id, ["user", dora.id], was, is]),
                json!(["organization.restore", dora.org, root.id, own, NULL, NULL]),
            ]
        })
        .await;
    trail.leaves_nothing(&root, activate, json!({}), 204).await;
    let dora = app.log_in_again(&dora).await;
    let deactivate = ("post /users/{user_id}/deactivate", [&dora.id]);
    trail
        .leaves(&root, deactivate, json!({}), |_| {
            let (was, is) = (status("active"), status("inactive"));
            vec![
                json!(["organization.archive", dora.org, root.id, own, NULL, NULL]),
                json!(["account.deactivate", NULL, root.id, ["user", dora.id], was, is]),
            ]
        })
        .await;
    trail.leaves_nothing(&root, deactivate, json!({}), 204).await;
    root.activate(&dora).await.is(204);
    let dora = app.log_in_again(&dora).await;
    let org = dora.read_org().await.is(200);
    let path = format!("/users/{}", dora.id);
    let (_, rows) = trail.send(&root, "delete", &path, &json!({})).await;
    let was = json!({ "name": org.field("/name"), "slug": org.field("/slug") });
    let gone = json!(["organization.delete", dora.org, root.id, own, was, NULL]);
    let was = json!({ "email": dora.email });
    assert_eq!(rows, [gone, json!(["account.delete", NULL, root.id, ["user", dora.id], was, NULL])]);
}
