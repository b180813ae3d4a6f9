//! Operations that remove or change authority.

use reqwest::Method;
use serde_json::{Value, json};

use bailiwick::kernel::TokenKind;

use super::{MemberStatus, TRIES, Writer};
use crate::founding::{GRANTING, SILENT};
use crate::history::{Change, Fact, OFF, ON, Outcome};
use crate::postgres::connect;
use crate::secrets::{race, secret, stored};
use crate::world::{PASSWORD, Role, ask};

impl Writer {
    pub(super) async fn assign(&mut self, seat: usize) {
        let role = self.dice.pick(&self.org().roles.clone()).clone();
        let mut outcome = self.try_to_assign(seat, &role).await;
        for _ in 1..TRIES {
            if outcome == Some(Outcome::Unknown) {
                outcome = self.try_to_assign(seat, &role).await;
            }
        }
        self.now_is(seat, outcome, MemberStatus::Active).await;
    }

    async fn try_to_assign(&mut self, seat: usize, role: &Role) -> Option<Outcome> {
        let (number, id) = (self.people[seat].number, &self.people[seat].id);
        let path = format!("/roles/{}/users/{id}/roles", self.org().id);
        let (node, answer) = self.by_owner(Method::POST, &path, json!({ "role_id": role.id })).await;
        let mut effects = vec![(Fact::Role(number), role.number)];
        // The assignment makes a suspended member active, but not an invited one.
        if !answer.is_success() || answer.text("/status") == "active" {
            effects.push((Fact::Membership(number), ON));
        }
        let outcome = self.came_of("assign role", node, &answer, effects);
        self.strike(seat);
        outcome
    }

    /// Removes a role's permissions, or restores them.
    pub(super) async fn edit_role(&mut self, which: usize) {
        self.edited[which] = !self.edited[which];
        for _ in 0..TRIES {
            if self.try_to_edit(which).await != Some(Outcome::Unknown) {
                return;
            }
        }
    }

    async fn try_to_edit(&mut self, which: usize) -> Option<Outcome> {
        let role = self.org().roles[which].clone();
        let grants: &[&str] = if self.edited[which] { &GRANTING } else { &SILENT };
        let path = format!("/roles/{}?org_id={}", role.id, self.org().id);
        let body = json!({
            "name": format!("Level {}", role.level),
            "hierarchy_level": role.level,
            "permissions": grants,
        });
        let (node, answer) = self.by_owner(Method::PUT, &path, body).await;
        let value = u32::from(self.edited[which]);
        let outcome = self.came_of("edit role", node, &answer, vec![(Fact::RoleGrants(role.number), value)]);
        self.world.strike(&self.org().seats);
        outcome
    }

    /// Sets the status and retries if the outcome is unknown. A writer that finds the change already
    /// made relies on that answer as well.
    pub(super) async fn set_status(&mut self, seat: usize, standing: MemberStatus) {
        let mut outcome = self.try_to_set(seat, standing).await;
        for _ in 1..TRIES {
            if outcome == Some(Outcome::Unknown) {
                outcome = self.try_to_set(seat, standing).await;
            }
        }
        self.now_is(seat, outcome, standing).await;
    }

    async fn try_to_set(&mut self, seat: usize, standing: MemberStatus) -> Option<Outcome> {
        let (number, id) = (self.people[seat].number, &self.people[seat].id);
        let active = standing == MemberStatus::Active;
        let path = format!("/organizations/{}/users/{id}", self.org().id);
        let body = json!({ "status": if active { "active" } else { "suspended" } });
        let (node, answer) = self.by_owner(Method::PATCH, &path, body).await;
        let kind = if active { "restore" } else { "suspend" };
        let value = if active { ON } else { OFF };
        let outcome = self.came_of(kind, node, &answer, vec![(Fact::Membership(number), value)]);
        self.strike(seat);
        outcome
    }

    pub(super) async fn remove(&mut self, seat: usize) {
        let (number, id) = (self.people[seat].number, &self.people[seat].id);
        let path = format!("/organizations/{}/users/{id}", self.org().id);
        let (node, answer) = self.by_owner(Method::DELETE, &path, Value::Null).await;
        let outcome = self.came_of("remove", node, &answer, vec![(Fact::Membership(number), OFF)]);
        self.strike(seat);
        self.now_is(seat, outcome, MemberStatus::Removed).await;
    }

    /// Ends one session with its own credential, or all of them.
    pub(super) async fn log_out(&mut self, seat: usize, everywhere: bool) {
        let Some(login) = self.seat(seat).live().last().cloned() else { return };
        let (kind, path) =
            if everywhere { ("log out everywhere", "/auth/logout-all") } else { ("log out", "/auth/logout") };
        let sessions = if everywhere { self.all_sessions(seat) } else { vec![login.asker.session] };
        self.end(seat, kind, Method::POST, path, &login.token, &sessions).await;
    }

    /// Ends the older of two sessions with the newer one.
    pub(super) async fn end_session(&mut self, seat: usize) {
        let [older, newer] = &self.seat(seat).live()[..] else { return self.log_out(seat, false).await };
        let path = format!("/auth/sessions/{}", older.session);
        let sessions = [older.asker.session];
        self.end(seat, "end session", Method::DELETE, &path, &newer.token, &sessions).await;
    }

    async fn end(
        &mut self,
        seat: usize,
        kind: &'static str,
        method: Method,
        path: &str,
        token: &str,
        sessions: &[u32],
    ) {
        let node = self.node();
        let answer = ask(&self.world, node, method, path, token, Value::Null).await;
        let effects = sessions.iter().map(|session| (Fact::Session(*session), OFF)).collect();
        self.came_of(kind, node, &answer, effects);
        // Also after a refusal or an unknown outcome, because a refused session no longer exists.
        self.seat(seat).ended(sessions);
        self.strike(seat);
    }

    /// Resets the password to the same one, by a one-time secret.
    pub(super) async fn reset_password(&mut self, seat: usize) {
        let person = self.people[seat].clone();
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
        let sessions = self.all_sessions(seat);
        if let Some(outcome) = redeemed.outcome {
            let effects = sessions.iter().map(|session| (Fact::Session(*session), OFF)).collect();
            self.redeemed("reset password", &redeemed, outcome, effects);
            self.seat(seat).ended(&sessions);
        }
        self.strike(seat);
    }

    pub(super) fn redeemed(
        &self,
        kind: &'static str,
        redeemed: &crate::secrets::Redeemed,
        outcome: Outcome,
        effects: Vec<(Fact, u32)>,
    ) {
        let (node, start, end, grace) =
            (Some(redeemed.node), redeemed.start, redeemed.end, std::time::Duration::ZERO);
        self.world.recorder.change(Change { kind, node, start, end, grace, outcome, effects });
    }

    pub(super) async fn deactivate(&mut self, seat: usize) {
        let Some(login) = self.seat(seat).live().last().cloned() else { return };
        let node = self.node();
        let answer = ask(&self.world, node, Method::DELETE, "/auth/me", &login.token, Value::Null).await;
        let number = self.people[seat].number;
        let sessions = self.all_sessions(seat);
        let ended = sessions.iter().map(|session| (Fact::Session(*session), OFF));
        let effects = ended.chain([(Fact::Account(number), OFF)]).collect();
        if self.came_of("deactivate", node, &answer, effects).is_some() {
            self.people[seat].account = false;
            self.seat(seat).ended(&sessions);
        }
        self.strike(seat);
    }

    /// Deletes the account, so that the seat is empty.
    pub(super) async fn delete(&mut self, seat: usize) {
        let node = self.node();
        let person = self.people[seat].clone();
        let path = format!("/users/{}", person.id);
        let admin = self.world.admin.clone();
        let answer = ask(&self.world, node, Method::DELETE, &path, &admin.token, Value::Null).await;
        let sessions = self.all_sessions(seat);
        let ended = sessions.iter().map(|session| (Fact::Session(*session), OFF));
        let gone = [(Fact::Account(person.number), OFF), (Fact::Membership(person.number), OFF)];
        if self.came_of("delete user", node, &answer, ended.chain(gone).collect()).is_some() {
            self.people[seat].exists = false;
            self.seat(seat).ended(&sessions);
        }
        self.strike(seat);
    }

    /// Records the status of a membership after a change; reads it from the database if the outcome is
    /// unknown.
    pub(super) async fn now_is(&mut self, seat: usize, outcome: Option<Outcome>, standing: MemberStatus) {
        if outcome == Some(Outcome::Acknowledged) {
            self.people[seat].membership = standing;
            return;
        }
        let look = format!(
            "SELECT status FROM memberships WHERE org_id = '{}' AND user_id = '{}'",
            self.org().id,
            self.people[seat].id
        );
        let Ok(client) = connect(&self.world.cluster.url).await else { return };
        if let Ok(row) = client.query_opt(&look, &[]).await {
            let status: String = row.map(|row| row.get(0)).unwrap_or_default();
            self.people[seat].membership = match status.as_str() {
                "active" => MemberStatus::Active,
                "suspended" => MemberStatus::Suspended,
                _ => MemberStatus::Removed,
            };
        }
    }
}
