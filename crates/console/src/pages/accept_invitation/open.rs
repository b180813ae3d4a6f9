//! The page of an invitation that can be answered.

use bailiwick_app::invitations::{InvitationPreview, InvitationRecord};
use bailiwick_http::extract;
use bailiwick_http::problem::Problem;

use super::PATH;
use crate::frame::Frame;
use crate::view::{Fact, FactValue, Field, Form, Link, Page, Part, Sentence};

/// Returns the page: who invites whom to what, and the ways to answer.
pub fn page<'f>(
    frame: &'f Frame,
    invitation: &InvitationPreview,
    sent: &extract::Form,
    problem: Option<&Problem>,
) -> Page<'f> {
    let texts = frame.texts;
    let token = sent.text("token").unwrap_or_default();
    let record = &invitation.record;
    let lead = if invitation.user_exists { texts.join_lead_known } else { texts.join_lead_new };
    let page = Page::new(frame, Sentence::naming(texts.join, record.organization.as_str()))
        .bad(problem)
        .text(lead)
        .with(Part::Facts(facts(frame, record)));
    let page = if invitation.user_exists {
        page.with(Part::Button(sign_in(frame, token)))
    } else {
        page.with(Part::Form(sign_up(frame, record, sent, problem)))
    };
    page.with(Part::Form(decline(frame, token)))
}

fn facts(frame: &Frame, record: &InvitationRecord) -> Vec<Fact> {
    let texts = frame.texts;
    let text = |name, value: &str| Fact { name, value: FactValue::Text(value.to_owned()) };
    let role = record.role.as_ref().map(|role| text(texts.role, &role.name));
    let address = text(texts.invited_address, record.invitation.email.as_str());
    let mut facts: Vec<Fact> = role.into_iter().collect();
    facts.extend([address, texts.until(record.invitation.expires_at)]);
    facts
}

/// The fragment is not sent, and comes back with the redirection after the sign-in.
fn sign_in(frame: &Frame, token: &str) -> Link {
    let path = format!("{}?return_to={}#token={token}", frame.at("/sign-in"), frame.at(PATH));
    Link { text: frame.texts.sign_in_to_join, path }
}

/// The address is not asked for, because the invitation has it. Password managers store it with the
/// password.
fn sign_up(frame: &Frame, record: &InvitationRecord, sent: &extract::Form, problem: Option<&Problem>) -> Form {
    let texts = frame.texts;
    let mut form = action(frame, sent.text("token").unwrap_or_default(), "sign-up", texts.create_and_join)
        .field(Field::first_name(texts))
        .field(Field::last_name(texts))
        .field(Field::new_password(texts, texts.password))
        .filled(texts, Some(sent), problem);
    form.hidden.push(("email", record.invitation.email.to_string()));
    form
}

fn decline(frame: &Frame, token: &str) -> Form {
    Form { is_plain: true, ..action(frame, token, "decline", frame.texts.decline) }
}

fn action(frame: &Frame, token: &str, deed: &'static str, submit: &'static str) -> Form {
    let hidden = vec![("token", token.to_owned())];
    Form { action: frame.at(PATH), hidden, deed: Some(deed), submit, ..Form::default() }
}
