//! `/console`: the organizations of a person, the invitations that wait, and a new organization.

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
struct ConsolePage<'v> {
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
    shown(&page(&visit, person, &invitations, None))
}

/// Creates an organization, joins one, or declines its invitation. Leads to the page with the result.
pub async fn send(visit: Visit, sent: extract::Form) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let outcome = match sent.text("do") {
        Some("join") => join(&visit, person, &sent).await,
        Some("decline") => decline(&visit, person, &sent).await,
        _ => create(&visit, person, &sent).await,
    };
    match outcome {
        Ok(path) => see_other(path),
        Err(problem) => {
            let invitations = waiting(&visit, person).await?;
            refused(problem, |problem| page(&visit, person, &invitations, Some((&sent, problem))))
        }
    }
}

async fn create(visit: &Visit, person: &Person, sent: &extract::Form) -> Result<String, Problem> {
    let org = visit.app.run(&person.proof, &sent.check::<CreateOrganizationBody>()?).await?;
    Ok(visit.frame.at(&format!("/console/{}", org.slug)))
}

async fn join(visit: &Visit, person: &Person, sent: &extract::Form) -> Result<String, Problem> {
    let accept = AcceptReceivedInvitation { id: invitation(sent)? };
    let member = visit.app.run(&person.proof, &accept).await?;
    path_of(visit, &person.proof, member.membership.org_id).await
}

async fn decline(visit: &Visit, person: &Person, sent: &extract::Form) -> Result<String, Problem> {
    visit.app.run(&person.proof, &DeclineReceivedInvitation { id: invitation(sent)? }).await?;
    Ok(visit.frame.at("/console"))
}

fn invitation(sent: &extract::Form) -> Result<InvitationId, Problem> {
    let id = sent.text("invitation").and_then(InvitationId::parse);
    Ok(id.ok_or(Code::InvitationNotFound)?)
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
    refused: Option<(&extract::Form, &Problem)>,
) -> ConsolePage<'v> {
    let (frame, texts) = (&visit.frame, visit.frame.texts);
    let form = Form { action: frame.at("/console"), submit: texts.create_organization, ..Form::default() };
    let form = form.field(Field::name(texts.organization_field));
    let form = match refused {
        Some((sent, problem)) => form.filled(texts, Some(sent), Some(problem)),
        None => form,
    };
    ConsolePage {
        frame,
        heading: texts.organizations,
        notice: refused.map(|(_, problem)| Notice::of(frame, problem)),
        organizations: &person.profile.organizations,
        invitations,
        is_verified: person.profile.user.email_verified,
        form,
    }
}

impl ConsolePage<'_> {
    fn role_of(&self, entry: &OrgWithRole) -> Sentence {
        Sentence::naming(self.frame.texts.your_role, entry.role.name.as_str())
    }

    fn offer(&self, record: &InvitationRecord) -> Sentence {
        let role = record.role.as_ref().map_or("", |role| role.name.as_str());
        Sentence::naming(self.frame.texts.waiting_invitation, role)
    }

    fn until(record: &InvitationRecord) -> Time {
        Time::of(record.invitation.expires_at)
    }

    fn path_of(&self, entry: &OrgWithRole) -> String {
        self.frame.at(&format!("/console/{}", entry.org.slug))
    }
}
