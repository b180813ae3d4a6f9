//! The audit events of a running command.

use bailiwick_kernel::{AuditId, IdSource, SessionId, Timestamp, UserId};
use serde_json::{Map, Value};

use super::{AuditEvent, Entry};
use crate::Context;
use crate::ports::AuthorityQuery;

/// The events of one command, in order, and the actor if the proof names none.
#[derive(Default)]
pub(crate) struct AuditTrail {
    events: Vec<AuditEvent>,
    actor: Option<(UserId, Option<SessionId>)>,
}

impl AuditTrail {
    pub(crate) fn add(&mut self, event: AuditEvent) {
        self.events.push(event);
    }

    pub(crate) fn name_actor(&mut self, user: UserId, session: Option<SessionId>) {
        self.actor = Some((user, session));
    }

    /// Returns the rows to be stored. The actor of the proof takes precedence over that of the
    /// command.
    pub(crate) fn entries(
        self,
        proven: Option<AuthorityQuery>,
        context: &Context,
        ids: &dyn IdSource,
        now: Timestamp,
    ) -> Vec<Entry> {
        let actor = proven.map(|query| (query.user, query.session)).or(self.actor);
        let stamped = |event: AuditEvent| Entry {
            id: AuditId::generate(ids, now),
            org: event.org.or(proven.and_then(|query| query.org)),
            actor: actor.map(|(user, _)| user),
            session: actor.and_then(|(_, session)| session),
            action: event.action,
            target: Some(event.target),
            before: if_any(event.before),
            after: if_any(event.after),
            at: now,
            request_id: context.request_id.as_deref().map(str::to_owned),
            ip: context.client.ip.map(|ip| ip.to_string()),
        };
        self.events.into_iter().map(stamped).collect()
    }
}

fn if_any(values: Map<String, Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Object(values))
}
