//! `/console`: the organizations of a person, the invitations that wait, and a new organization.

use actix_web::web::Path;
use askama::Template;
use bailiwick_app::OrgWithRole;
use bailiwick_app::accounts::Me;
use bailiwick_app::authority::Authenticated;
use bailiwick_app::invitations::{
    AcceptReceivedInvitation, DeclineReceivedInvitation, InvitationRecord, ListReceivedInvitations,
};
use bailiwick_http::bodies::CreateOrganizationBody;
use bailiwick_http::extract;
use bailiwick_http::problem::{Code, Problem};
use bailiwick_kernel::{InvitationId, OrgId};

use crate::answer::{Answer, refused, see_other, shown};
use crate::frame::Frame;
use crate::view::{Field, Form, Notice, Sentence, Time};
use crate::visit::{Person, Visit};

/// The page.
#[derive(Template)]
#[template(path = "console.html")]
struct Organizations<'v> {
    frame: &'v Frame,
    heading: &'static str,
    notice: Option<Notice>,
    organizations: &'v [OrgWithRole],
    invitations: &'v [InvitationRecord],
    is_verified: bool,
    form: Form,
}

/// Shows the page.
pub async fn show(visit: Visit) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let invitations = waiting(&visit, person).await?;
    shown(&page(&visit, person, &invitations, None, None))
}

/// Creates an organization.
pub async fn create(visit: Visit, sent: extract::Form) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let created = async {
        let command = sent.check::<CreateOrganizationBody>()?;
        Ok::<_, Problem>(visit.app.run(&person.proof, &command).await?)
    };
    match created.await {
        Ok(org) => see_other(visit.frame.at(&format!("/console/{}", org.slug))),
        Err(problem) => {
            let invitations = waiting(&visit, person).await?;
            refused(problem, |problem| page(&visit, person, &invitations, Some(&sent), Some(problem)))
        }
    }
}

/// Joins an organization, or declines its invitation.
pub async fn answer(visit: Visit, id: Path<String>, sent: extract::Form) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    match answered(&visit, person, &id, sent.text("do")).await {
        Ok(path) => see_other(path),
        Err(problem) => {
            let invitations = waiting(&visit, person).await?;
            refused(problem, |problem| page(&visit, person, &invitations, None, Some(problem)))
        }
    }
}

/// Returns the path that shows the result.
async fn answered(visit: &Visit, person: &Person, id: &str, deed: Option<&str>) -> Result<String, Problem> {
    let id = InvitationId::parse(id).ok_or(Code::InvitationNotFound)?;
    match deed {
        Some("join") => {
            let member = visit.app.run(&person.proof, &AcceptReceivedInvitation { id }).await?;
            path_of(visit, &person.proof, member.membership.org_id).await
        }
        Some("decline") => {
            visit.app.run(&person.proof, &DeclineReceivedInvitation { id }).await?;
            Ok(visit.frame.at("/console"))
        }
        _ => Err(Code::BadRequest.into()),
    }
}

/// Returns the path of an organization of the person.
pub async fn path_of(visit: &Visit, proof: &Authenticated, org: OrgId) -> Result<String, Problem> {
    let profile = visit.app.query(proof, &Me).await?;
    let found = profile.organizations.iter().find(|entry| entry.org.id == org);
    let path = found.map(|entry| format!("/console/{}", entry.org.slug));
    Ok(visit.frame.at(path.as_deref().unwrap_or("/console")))
}

/// Lists the invitations to the person. An address that is not verified sees none.
async fn waiting(visit: &Visit, person: &Person) -> Result<Vec<InvitationRecord>, Problem> {
    if !person.profile.user.email_verified {
        return Ok(Vec::new());
    }
    Ok(visit.app.query(&person.proof, &ListReceivedInvitations).await?)
}

fn page<'v>(
    visit: &'v Visit,
    person: &'v Person,
    invitations: &'v [InvitationRecord],
    sent: Option<&extract::Form>,
    problem: Option<&Problem>,
) -> Organizations<'v> {
    let (frame, texts) = (&visit.frame, visit.frame.texts);
    let form = Form { action: frame.at("/console/organizations"), submit: texts.create_organization, ..Form::default() };
    let mut form = form.field(Field::name(texts.organization_field)).filled(texts, sent, problem);
    if problem.is_none() {
        form.fields.iter_mut().for_each(|field| field.is_focused = false);
    }
    Organizations {
        frame,
        heading: texts.organizations,
        notice: problem.map(|problem| Notice::of(frame, problem)),
        organizations: &person.profile.organizations,
        invitations,
        is_verified: person.profile.user.email_verified,
        form,
    }
}

impl Organizations<'_> {
    fn role_of(&self, entry: &OrgWithRole) -> Sentence {
        Sentence::naming(self.frame.texts.your_role, entry.role.name.as_str())
    }

    fn offer(&self, record: &InvitationRecord) -> Sentence {
        let role = record.role.as_ref().map_or("", |role| role.name.as_str());
        Sentence::naming(self.frame.texts.waiting_invitation, role)
    }

    fn until(&self, record: &InvitationRecord) -> Time {
        Time::of(record.invitation.expires_at)
    }

    fn path_of(&self, entry: &OrgWithRole) -> String {
        self.frame.at(&format!("/console/{}", entry.org.slug))
    }

    fn answer_path(&self, record: &InvitationRecord) -> String {
        self.frame.at(&format!("/console/invitations/{}", record.invitation.id))
    }
}
