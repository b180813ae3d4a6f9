//! Changes by SQL, as an operator with a database shell makes them. They do not wait for the caches.

use std::time::Duration;

use tokio_postgres::SimpleQueryMessage;

use super::{MemberStatus, Writer};
use crate::BOUND;
use crate::history::{Change, Fact, OFF, Outcome};
use crate::postgres::connect;

impl Writer {
    pub(super) async fn change_by_sql(&mut self, member: usize) {
        match self.dice.below(5) {
            0 => self.status_by_sql(member).await,
            1 => self.grants_by_sql().await,
            2 => self.session_by_sql(member).await,
            3 => self.account_by_sql(member).await,
            _ => self.role_by_sql(member).await,
        }
    }

    async fn status_by_sql(&mut self, member: usize) {
        let (number, id) = (self.people[member].number, &self.people[member].id);
        let update = format!(
            "UPDATE memberships SET status = 'suspended'
             WHERE org_id = '{}' AND user_id = '{id}' AND status = 'active'",
            self.org().id
        );
        let effects = vec![(Fact::Membership(number), OFF)];
        let outcome = self.execute("suspend by SQL", &update, effects).await;
        self.probe_everywhere(member);
        self.update_status(member, outcome, MemberStatus::Suspended).await;
    }

    async fn grants_by_sql(&mut self) {
        let index = self.dice.below(self.grants_probed.len());
        let role = self.org().roles[index].clone();
        let delete = format!(
            "DELETE FROM role_permissions WHERE role_id = '{}' AND permission IN ('kb:read', 'roles:write')",
            role.id
        );
        let insert = format!(
            "INSERT INTO role_permissions (role_id, permission)
             VALUES ('{0}', 'kb:read'), ('{0}', 'roles:write') ON CONFLICT DO NOTHING",
            role.id
        );
        self.grants_probed[index] = !self.grants_probed[index];
        let statement = if self.grants_probed[index] { insert } else { delete };
        let effects = vec![(Fact::RoleGrants(role.number), u32::from(self.grants_probed[index]))];
        self.execute("edit role by SQL", &statement, effects).await;
        self.world.probe_everywhere(&self.org().memberships);
    }

    async fn session_by_sql(&mut self, member: usize) {
        let Some(login) = self.membership(member).live().first().cloned() else { return };
        let update = format!(
            "UPDATE sessions SET ended_at = now() WHERE id = '{}' AND ended_at IS NULL",
            login.session
        );
        let effects = vec![(Fact::Session(login.caller.session), OFF)];
        if self.execute("end session by SQL", &update, effects).await.is_some() {
            self.membership(member).ended(&[login.caller.session]);
        }
        self.probe_everywhere(member);
    }

    async fn account_by_sql(&mut self, member: usize) {
        let (number, id) = (self.people[member].number, &self.people[member].id);
        let update = format!("UPDATE users SET status = 'inactive' WHERE id = '{id}' AND status = 'active'");
        let effects = vec![(Fact::Account(number), OFF)];
        if self.execute("deactivate by SQL", &update, effects).await.is_some() {
            self.people[member].is_active = false;
        }
        self.probe_everywhere(member);
    }

    async fn role_by_sql(&mut self, member: usize) {
        let role = self.dice.pick(&self.org().roles.clone()).clone();
        let (number, id) = (self.people[member].number, &self.people[member].id);
        let update = format!(
            "UPDATE memberships SET role_id = '{}' WHERE org_id = '{}' AND user_id = '{id}'",
            role.id,
            self.org().id
        );
        self.execute("assign role by SQL", &update, vec![(Fact::Role(number), role.number)]).await;
        self.probe_everywhere(member);
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
        self.world.recorder.record_change(Change { kind, node: None, start, end, grace, outcome, effects });
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
