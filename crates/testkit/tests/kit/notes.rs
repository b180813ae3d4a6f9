//! The program under test: notes of organizations.

use std::collections::HashMap;
use std::sync::Mutex;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, delete, get, post};
use async_trait::async_trait;
use bailiwick::app::audit::{Action, AuditEvent};
use bailiwick::app::authority;
use bailiwick::app::sockets::PublishEvent;
use bailiwick::http::extract::{Fields, Input};
use bailiwick::kernel::OrgId;
use bailiwick::prelude::*;
use serde::Deserialize;
use serde_json::json;

permissions! {
    /// May see notes.
    NotesRead = "notes:read";
    /// May write notes.
    NotesWrite = "notes:write";
    /// May delete all notes.
    NotesDelete = "notes:delete";
}

/// The notes of each organization.
#[derive(Default)]
pub struct Notes(Mutex<HashMap<OrgId, Vec<String>>>);

/// Records in the audit trail that a note is written.
pub struct WriteNote {
    pub text: String,
}

#[async_trait]
impl Command for WriteNote {
    type Proof = authority::Allow<NotesWrite>;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<(), Error> {
        let org = work.proof.context().org;
        work.audit(AuditEvent::new(Action::own("note.write"), org).after("text", &self.text));
        Ok(())
    }
}

/// Mounts the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    let handlers = [get().to(list), post().to(write), delete().to(clear)];
    resource(cfg, "/organizations/{org_id}/notes", handlers);
}

async fn list(allow: Allow<NotesRead>, notes: Data<Notes>) -> HttpResponse {
    let notes = notes.0.lock().unwrap().get(&allow.context().org).cloned().unwrap_or_default();
    response::json(StatusCode::OK, &notes)
}

async fn write(
    allow: Allow<NotesWrite>,
    Body(note): Body<NoteBody>,
    app: Service,
    notes: Data<Notes>,
) -> Result<HttpResponse, Problem> {
    app.run(&allow, &note).await?;
    let org = allow.context().org;
    notes.0.lock().unwrap().entry(org).or_default().push(note.text.clone());
    let data = json!({ "text": note.text });
    let event = PublishEvent { event: NotesRead::permission().clone(), channel: None, data };
    app.publish(org, event).await?;
    Ok(response::json(StatusCode::CREATED, &note.text))
}

async fn clear(allow: Allow<NotesDelete>, _: NoBody, notes: Data<Notes>) -> HttpResponse {
    notes.0.lock().unwrap().remove(&allow.context().org);
    response::json(StatusCode::OK, &json!({}))
}

#[derive(Deserialize)]
struct NoteBody {
    text: Option<String>,
}

impl Input for NoteBody {
    type Value = WriteNote;

    fn check(self, fields: &mut Fields) -> Option<WriteNote> {
        let text = fields.required("/text", self.text, |text: &str| match text.trim() {
            "" => Err("a note has a text"),
            text => Ok(text.to_owned()),
        });
        Some(WriteNote { text: text? })
    }
}
