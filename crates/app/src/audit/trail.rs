//! What a running command has said so far.

use bailiwick_kernel::{AuditId, IdSource, SessionId, Timestamp, UserId};
use serde_json::{Map, Value};

use super::{Entry, Note};
use crate::Context;
use crate::ports::Subject;

/// The notes of one command, in order, and who acts where no proof tells.
#[derive(Default)]
pub(crate) struct Trail {
    notes: Vec<Note>,
    actor: Option<(UserId, Option<SessionId>)>,
}

impl Trail {
    pub(crate) fn add(&mut self, note: Note) {
        self.notes.push(note);
    }

    pub(crate) fn name_actor(&mut self, user: UserId, session: Option<SessionId>) {
        self.actor = Some((user, session));
    }

    /// The rows to be stored. What the proof says of the actor goes before what
    /// the command says.
    pub(crate) fn entries(
        self,
        proven: Option<Subject>,
        context: &Context,
        ids: &dyn IdSource,
        now: Timestamp,
    ) -> Vec<Entry> {
        let actor = proven.map(|subject| (subject.user, subject.session)).or(self.actor);
        let stamped = |note: Note| Entry {
            id: AuditId::generate(ids, now),
            org: note.org.or(proven.and_then(|subject| subject.org)),
            actor: actor.map(|(user, _)| user),
            session: actor.and_then(|(_, session)| session),
            action: note.action,
            target: Some(note.target),
            before: if_any(note.before),
            after: if_any(note.after),
            at: now,
            request_id: context.request_id.as_deref().map(str::to_owned),
            ip: context.client.ip.map(|ip| ip.to_string()),
        };
        self.notes.into_iter().map(stamped).collect()
    }
}

fn if_any(values: Map<String, Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Object(values))
}
