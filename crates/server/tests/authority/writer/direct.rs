//! Changes by SQL, as by an operator with a database shell, who waits for no cache.

use std::time::Duration;

use tokio_postgres::SimpleQueryMessage;

use super::{MemberStatus, Writer};
use crate::BOUND;
use crate::history::{Change, Fact, OFF, Outcome};
use crate::postgres::connect;

impl Writer {
    pub(super) async fn direct(&mut self, seat: usize) {
        match self.dice.below(5) {
            0 => self.direct_status(seat).await,
            1 => self.direct_grants().await,
            2 => self.direct_session(seat).await,
            3 => self.direct_account(seat).await,
            _ => self.direct_role(seat).await,
        }
    }

    async fn direct_status(&mut self, seat: usize) {
        let (number, id) = (self.people[seat].number, &self.people[seat].id);
        let update = format!(
            "UPDATE memberships SET status = 'suspended'
             WHERE org_id = '{}' AND user_id = '{id}' AND status = 'active'",
            self.org().id
        );
        let effects = vec![(Fact::Membership(number), OFF)];
        let outcome = self.execute("suspend by SQL", &update, effects).await;
        self.strike(seat);
        self.now_is(seat, outcome, MemberStatus::Suspended).await;
    }

    async fn direct_grants(&mut self) {
        let which = self.dice.below(self.edited.len());
        let role = self.org().roles[which].clone();
        let delete = format!(
            "DELETE FROM role_permissions WHERE role_id = '{}' AND permission IN ('kb:read', 'roles:write')",
            role.id
        );
        let insert = format!(
            "INSERT INTO role_permissions (role_id, permission)
             VALUES ('{0}', 'kb:read'), ('{0}', 'roles:write') ON CONFLICT DO NOTHING",
            role.id
        );
        self.edited[which] = !self.edited[which];
        let statement = if self.edited[which] { insert } else { delete };
        let effects = vec![(Fact::RoleGrants(role.number), u32::from(self.edited[which]))];
        self.execute("edit role by SQL", &statement, effects).await;
        self.world.strike(&self.org().seats);
    }

    async fn direct_session(&mut self, seat: usize) {
        let Some(login) = self.seat(seat).live().first().cloned() else { return };
        let update = format!(
            "UPDATE sessions SET ended_at = now() WHERE id = '{}' AND ended_at IS NULL",
            login.session
        );
        let effects = vec![(Fact::Session(login.asker.session), OFF)];
        if self.execute("end session by SQL", &update, effects).await.is_some() {
            self.seat(seat).ended(&[login.asker.session]);
        }
        self.strike(seat);
    }

    async fn direct_account(&mut self, seat: usize) {
        let (number, id) = (self.people[seat].number, &self.people[seat].id);
        let update = format!("UPDATE users SET status = 'inactive' WHERE id = '{id}' AND status = 'active'");
        let effects = vec![(Fact::Account(number), OFF)];
        if self.execute("deactivate by SQL", &update, effects).await.is_some() {
            self.people[seat].account = false;
        }
        self.strike(seat);
    }

    async fn direct_role(&mut self, seat: usize) {
        let role = self.dice.pick(&self.org().roles.clone()).clone();
        let (number, id) = (self.people[seat].number, &self.people[seat].id);
        let update = format!(
            "UPDATE memberships SET role_id = '{}' WHERE org_id = '{}' AND user_id = '{id}'",
            role.id,
            self.org().id
        );
        self.execute("assign role by SQL", &update, vec![(Fact::Role(number), role.number)]).await;
        self.strike(seat);
    }

    /// Runs a statement and records its effects; records nothing if no row was changed.
    async fn execute(
        &self,
        kind: &'static str,
        statement: &str,
        effects: Vec<(Fact, u32)>,
    ) -> Option<Outcome> {
        let client = connect(&self.world.cluster.url).await.ok()?;
        let start = self.world.recorder.now();
        let done = client.simple_query(statement).await;
        let end = self.world.recorder.now();
        let outcome = match done {
            Ok(messages) if changed(&messages) == 0 => return None,
            Ok(_) => Outcome::Acknowledged,
            Err(_) => Outcome::Unknown,
        };
        let grace: Duration = BOUND;
        self.world.recorder.change(Change { kind, node: None, start, end, grace, outcome, effects });
        Some(outcome)
    }
}

fn changed(messages: &[SimpleQueryMessage]) -> u64 {
    let rows = messages.iter().map(|message| match message {
        SimpleQueryMessage::CommandComplete(rows) => *rows,
        _ => 0,
    });
    rows.sum()
}
