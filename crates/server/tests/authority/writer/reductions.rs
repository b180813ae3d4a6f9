//! Operations that remove or change authority.

use reqwest::Method;
use serde_json::{Value, json};

use bailiwick::kernel::TokenKind;

use super::{MemberStatus, TRIES, Writer};
use crate::history::{Change, Fact, OFF, ON, Outcome};
use crate::postgres::connect;
use crate::secrets::{race, secret, stored};
use crate::setup::{GRANTING, REDUCED};
use crate::world::{PASSWORD, Role, request};

impl Writer {
    pub(super) async fn assign(&mut self, member: usize) {
        let role = self.dice.pick(&self.org().roles.clone()).clone();
        let mut outcome = self.try_assign(member, &role).await;
        for _ in 1..TRIES {
            if outcome == Some(Outcome::Unknown) {
                outcome = self.try_assign(member, &role).await;
            }
        }
        self.update_status(member, outcome, MemberStatus::Active).await;
    }

    async fn try_assign(&mut self, member: usize, role: &Role) -> Option<Outcome> {
        let (number, id) = (self.people[member].number, &self.people[member].id);
        let path = format!("/roles/{}/users/{id}/roles", self.org().id);
        let (node, answer) = self.request_as_owner(Method::POST, &path, json!({ "role_id": role.id })).await;
        let mut effects = vec![(Fact::Role(number), role.number)];
        // The assignment makes a suspended member active, but not an invited one.
        if !answer.is_success() || answer.text("/status") == "active" {
            effects.push((Fact::Membership(number), ON));
        }
        let outcome = self.record_outcome("assign role", node, &answer, effects);
        self.probe_everywhere(member);
        outcome
    }

    /// Removes a role's permissions, or restores them.
    pub(super) async fn edit_role(&mut self, index: usize) {
        self.grants_probed[index] = !self.grants_probed[index];
        for _ in 0..TRIES {
            if self.try_edit(index).await != Some(Outcome::Unknown) {
                return;
            }
        }
    }

    async fn try_edit(&mut self, index: usize) -> Option<Outcome> {
        let role = self.org().roles[index].clone();
        let grants: &[&str] = if self.grants_probed[index] { &GRANTING } else { &REDUCED };
        let path = format!("/roles/{}?org_id={}", role.id, self.org().id);
        let body = json!({
            "name": format!("Level {}", role.level),
            "hierarchy_level": role.level,
            "permissions": grants,
        });
        let (node, answer) = self.request_as_owner(Method::PUT, &path, body).await;
        let value = u32::from(self.grants_probed[index]);
        let outcome =
            self.record_outcome("edit role", node, &answer, vec![(Fact::RoleGrants(role.number), value)]);
        self.world.probe_everywhere(&self.org().memberships);
        outcome
    }

    /// Sets the status and retries if the outcome is unknown. An answer that the status was set already is
    /// an acknowledgement as well.
    pub(super) async fn set_status(&mut self, member: usize, status: MemberStatus) {
        let mut outcome = self.try_set(member, status).await;
        for _ in 1..TRIES {
            if outcome == Some(Outcome::Unknown) {
                outcome = self.try_set(member, status).await;
            }
        }
        self.update_status(member, outcome, status).await;
    }

    async fn try_set(&mut self, member: usize, status: MemberStatus) -> Option<Outcome> {
        let (number, id) = (self.people[member].number, &self.people[member].id);
        let active = status == MemberStatus::Active;
        let path = format!("/organizations/{}/users/{id}", self.org().id);
        let body = json!({ "status": if active { "active" } else { "suspended" } });
        let (node, answer) = self.request_as_owner(Method::PATCH, &path, body).await;
        let kind = if active { "restore" } else { "suspend" };
        let value = if active { ON } else { OFF };
        let outcome = self.record_outcome(kind, node, &answer, vec![(Fact::Membership(number), value)]);
        self.probe_everywhere(member);
        outcome
    }

    pub(super) async fn remove(&mut self, member: usize) {
        let (number, id) = (self.people[member].number, &self.people[member].id);
        let path = format!("/organizations/{}/users/{id}", self.org().id);
        let (node, answer) = self.request_as_owner(Method::DELETE, &path, Value::Null).await;
        let outcome = self.record_outcome("remove", node, &answer, vec![(Fact::Membership(number), OFF)]);
        self.probe_everywhere(member);
        self.update_status(member, outcome, MemberStatus::Removed).await;
    }

    /// Ends the newest session, or all sessions, with the credential of the newest one.
    pub(super) async fn log_out(&mut self, member: usize, everywhere: bool) {
        let Some(login) = self.membership(member).live().last().cloned() else { return };
        let (kind, path) =
            if everywhere { ("log out everywhere", "/auth/logout-all") } else { ("log out", "/auth/logout") };
        let sessions = if everywhere { self.all_sessions(member) } else { vec![login.caller.session] };
        self.end(member, kind, Method::POST, path, &login.token, &sessions).await;
    }

    /// Ends the older of two sessions with the credential of the newer one.
    pub(super) async fn end_session(&mut self, member: usize) {
        let [older, newer] = &self.membership(member).live()[..] else {
            return self.log_out(member, false).await;
        };
        let path = format!("/auth/sessions/{}", older.session);
        let sessions = [older.caller.session];
        self.end(member, "end session", Method::DELETE, &path, &newer.token, &sessions).await;
    }

    async fn end(
        &mut self,
        member: usize,
        kind: &'static str,
        method: Method,
        path: &str,
        token: &str,
        sessions: &[u32],
    ) {
        let node = self.node();
        let answer = request(&self.world, node, method, path, token, Value::Null).await;
        let effects = sessions.iter().map(|session| (Fact::Session(*session), OFF)).collect();
        self.record_outcome(kind, node, &answer, effects);
        // This is recorded also after a refusal, because a refused session no longer exists, and after an
        // unknown outcome.
        self.membership(member).ended(sessions);
        self.probe_everywhere(member);
    }

    /// Resets the password by a one-time secret. The new password is the same as before.
    pub(super) async fn reset_password(&mut self, member: usize) {
        let person = self.people[member].clone();
        let token = secret(TokenKind::PasswordReset, &mut self.dice);
        let insert = format!(
            "INSERT INTO one_time_secrets (hash, user_id, kind, created_at, expires_at)
             VALUES ({}, '{}', 'password_reset', now(), now() + interval '1 hour')
             ON CONFLICT (user_id, kind) DO UPDATE SET hash = excluded.hash",
            stored(&token),
            person.id
        );
        let Ok(client) = connect(&self.world.cluster.url).await else { return };
        if client.batch_execute(&insert).await.is_err() {
            return;
        }
        let body = json!({ "token": token.reveal(), "password": PASSWORD });
        let redeemed = race(&self.world, "reset", "/auth/reset-password", "", &body).await;
        let sessions = self.all_sessions(member);
        if let Some(outcome) = redeemed.outcome {
            let effects = sessions.iter().map(|session| (Fact::Session(*session), OFF)).collect();
            self.record_redeemed("reset password", &redeemed, outcome, effects);
            self.membership(member).ended(&sessions);
        }
        self.probe_everywhere(member);
    }

    pub(super) fn record_redeemed(
        &self,
        kind: &'static str,
        redeemed: &crate::secrets::Redeemed,
        outcome: Outcome,
        effects: Vec<(Fact, u32)>,
    ) {
        let (node, start, end, grace) =
            (Some(redeemed.node), redeemed.start, redeemed.end, std::time::Duration::ZERO);
        self.world.recorder.record_change(Change { kind, node, start, end, grace, outcome, effects });
    }

    pub(super) async fn deactivate(&mut self, member: usize) {
        let Some(login) = self.membership(member).live().last().cloned() else { return };
        let node = self.node();
        let answer = request(&self.world, node, Method::DELETE, "/auth/me", &login.token, Value::Null).await;
        let number = self.people[member].number;
        let sessions = self.all_sessions(member);
        let ended = sessions.iter().map(|session| (Fact::Session(*session), OFF));
        let effects = ended.chain([(Fact::Account(number), OFF)]).collect();
        if self.record_outcome("deactivate", node, &answer, effects).is_some() {
            self.people[member].is_active = false;
            self.membership(member).ended(&sessions);
        }
        self.probe_everywhere(member);
    }

    /// Deletes the account, so that the membership has no holder.
    pub(super) async fn delete(&mut self, member: usize) {
        let node = self.node();
        let person = self.people[member].clone();
        let path = format!("/users/{}", person.id);
        let admin = self.world.admin.clone();
        let answer = request(&self.world, node, Method::DELETE, &path, &admin.token, Value::Null).await;
        let sessions = self.all_sessions(member);
        let ended = sessions.iter().map(|session| (Fact::Session(*session), OFF));
        let gone = [(Fact::Account(person.number), OFF), (Fact::Membership(person.number), OFF)];
        if self.record_outcome("delete user", node, &answer, ended.chain(gone).collect()).is_some() {
            self.people[member].exists = false;
            self.membership(member).ended(&sessions);
        }
        self.probe_everywhere(member);
    }

    /// Records the status of a membership after a change; reads it from the database if the outcome is
    /// unknown.
    pub(super) async fn update_status(
        &mut self,
        member: usize,
        outcome: Option<Outcome>,
        status: MemberStatus,
    ) {
        if outcome == Some(Outcome::Acknowledged) {
            self.people[member].status = status;
            return;
        }
        let look = format!(
            "SELECT status FROM memberships WHERE org_id = '{}' AND user_id = '{}'",
            self.org().id,
            self.people[member].id
        );
        let Ok(client) = connect(&self.world.cluster.url).await else { return };
        if let Ok(row) = client.query_opt(&look, &[]).await {
            let status: String = row.map(|row| row.get(0)).unwrap_or_default();
            self.people[member].status = match status.as_str() {
                "active" => MemberStatus::Active,
                "suspended" => MemberStatus::Suspended,
                _ => MemberStatus::Removed,
            };
        }
    }
}
