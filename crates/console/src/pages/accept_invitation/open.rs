//! The page of an invitation that can be answered.

use bailiwick_app::invitations::{InvitationPreview, InvitationRecord};
use bailiwick_http::extract;
use bailiwick_http::problem::Problem;

use super::PATH;
use crate::frame::Frame;
use crate::return_to;
use crate::view::{Fact, FactValue, Field, Form, Link, Page, Part, Sentence};
use crate::visit::Visit;

/// Returns the page: who is invited to what, and the ways to answer.
pub fn page<'v>(
    visit: &'v Visit,
    invitation: &InvitationPreview,
    sent: &extract::Form,
    problem: Option<&Problem>,
) -> Page<'v> {
    let frame = &visit.frame;
    let token = sent.text("token").unwrap_or_default();
    let record = &invitation.record;
    let page = Page::new(frame, Sentence::naming(frame.texts.join, record.organization.as_str()))
        .error(problem)
        .text(lead(visit, invitation))
        .with(Part::Facts(facts(frame, record)));
    let page = match &visit.person {
        Some(person) if person.profile.user.email == record.invitation.email => {
            page.with(Part::Form(action(frame, token, "join", frame.texts.join_button)))
        }
        Some(_) => page.with(Part::Form(action(frame, token, "sign-out", frame.texts.sign_out_and_continue))),
        None if invitation.user_exists => page.with(Part::Button(sign_in(frame, token))),
        None => page.with(Part::Form(sign_up(frame, record, sent, problem))),
    };
    page.with(Part::Form(decline(frame, token)))
}

fn lead(visit: &Visit, invitation: &InvitationPreview) -> Sentence {
    let texts = visit.frame.texts;
    match &visit.person {
        Some(person) if person.profile.user.email == invitation.record.invitation.email => {
            texts.join_lead_signed_in.into()
        }
        Some(person) => Sentence::naming(texts.signed_in_as_other, person.profile.user.email.as_str()),
        None if invitation.user_exists => texts.join_lead_known.into(),
        None => texts.join_lead_new.into(),
    }
}

fn facts(frame: &Frame, record: &InvitationRecord) -> Vec<Fact> {
    let texts = frame.texts;
    let text = |name, value: &str| Fact { name, value: FactValue::Text(value.to_owned()) };
    let role = record.role.as_ref().map(|role| text(texts.role, &role.name));
    let address = text(texts.invited_address, record.invitation.email.as_str());
    let mut facts: Vec<Fact> = role.into_iter().collect();
    facts.extend([address, Fact::until(texts, record.invitation.expires_at)]);
    facts
}

/// The fragment is not sent, and comes back with the redirection after the sign-in.
fn sign_in(frame: &Frame, token: &str) -> Link {
    let path = format!("{}#token={token}", return_to::with(frame, "/sign-in", Some(&frame.at(PATH))));
    Link { text: frame.texts.sign_in_to_join, path }
}

/// The address is not asked for, because the invitation has it. Password managers store it with the
/// password.
fn sign_up(
    frame: &Frame,
    record: &InvitationRecord,
    sent: &extract::Form,
    problem: Option<&Problem>,
) -> Form {
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

fn action(frame: &Frame, token: &str, operation: &'static str, submit: &'static str) -> Form {
    let hidden = vec![("token", token.to_owned())];
    Form { action: frame.at(PATH), hidden, operation: Some(operation), submit, ..Form::default() }
}
