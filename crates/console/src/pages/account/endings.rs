//! What ends: sessions, memberships, the account. The last two are asked for once more.

use bailiwick_app::accounts::{DeactivateMe, EndOtherSessions, EndSession};
use bailiwick_app::organizations::Leave;
use bailiwick_http::extract;
use bailiwick_http::problem::{Code, Problem};
use bailiwick_kernel::{OrgId, SessionId};

use crate::answer::{Answer, refused, see_other, shown};
use crate::frame::Frame;
use crate::pages::confirm_password;
use crate::view::{Form, Page, Part, Sentence};
use crate::visit::{Person, Visit};

/// Ends a session, or all but this one.
pub async fn end_sessions(visit: Visit, sent: extract::Form) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let id = sent.text("session");
    let ended = async {
        let Some(id) = id else {
            return visit.app.run(&person.proof, &EndOtherSessions).await.map(drop).map_err(Problem::from);
        };
        let id = SessionId::parse(id).ok_or(Code::SessionNotFound)?;
        match visit.app.run(&person.proof, &EndSession { id }).await.map_err(Problem::from) {
            // It ended in the meantime.
            Err(problem) if problem.code() == Code::SessionNotFound => Ok(()),
            outcome => outcome,
        }
    };
    ended.await?;
    see_other(format!("{}?done=sessions#sessions", visit.frame.at("/account")))
}

/// Leaves an organization.
pub async fn leave(visit: Visit, sent: extract::Form) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let id = sent.text("organization").and_then(OrgId::parse);
    let entry = person.profile.organizations.iter().find(|entry| Some(entry.org.id) == id);
    let entry = entry.ok_or(Code::NotAMember)?;
    let (texts, name) = (visit.frame.texts, entry.org.name.as_str());
    if sent.text("confirmed").is_none() {
        let form = Form { submit: texts.leave, ..confirmation(&visit, "/account/organizations") };
        let form =
            Form { hidden: [form.hidden, vec![("organization", entry.org.id.to_string())]].concat(), ..form };
        return shown(&asked(&visit, Sentence::naming(texts.leave_heading, name), texts.leave_text, form));
    }
    match leave_organization(&visit, person, entry.org.id).await {
        Ok(()) => see_other(format!("{}?done=organizations", visit.frame.at("/account"))),
        Err(problem) => refused(problem, |problem| {
            let page =
                Page::new(&visit.frame, Sentence::naming(texts.leave_heading, name)).error(Some(problem));
            page.links([(texts.account, visit.frame.at("/account"))])
        }),
    }
}

async fn leave_organization(visit: &Visit, person: &Person, org: OrgId) -> Result<(), Problem> {
    let member = visit.app.authority().member(&person.proof.actor(), org).await?;
    Ok(visit.app.run(&member, &Leave).await?)
}

/// Deactivates the account, for a person who has just given the password.
pub async fn deactivate(mut visit: Visit, sent: extract::Form) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    if !person.is_fresh {
        return confirm_password::ask(&visit.frame, "/account");
    }
    let texts = visit.frame.texts;
    if sent.text("confirmed").is_none() {
        let form = Form { submit: texts.deactivate, ..confirmation(&visit, "/account/deactivation") };
        return shown(&asked(&visit, texts.deactivate.into(), texts.deactivate_text, form));
    }
    let outcome = visit.app.run(&person.proof, &DeactivateMe).await.map_err(Problem::from);
    match outcome {
        Ok(_) => {
            visit.forget_person();
            visit.signed_out(shown(&deactivated(&visit.frame)))
        }
        Err(problem) => refused(problem, |problem| {
            let page = Page::new(&visit.frame, texts.deactivate).error(Some(problem));
            page.links([(texts.account, visit.frame.at("/account"))])
        }),
    }
}

fn deactivated(frame: &Frame) -> Page<'_> {
    let texts = frame.texts;
    Page::new(frame, texts.deactivated).success(texts.deactivated_text)
}

fn confirmation(visit: &Visit, path: &str) -> Form {
    let hidden = vec![("confirmed", "yes".to_owned())];
    Form { action: visit.frame.at(path), hidden, ..Form::default() }
}

/// Returns the page that asks once more, and names what goes.
fn asked<'v>(visit: &'v Visit, heading: Sentence, text: &'static str, form: Form) -> Page<'v> {
    let texts = visit.frame.texts;
    let page = Page { is_confirmation: true, ..Page::new(&visit.frame, heading) };
    page.text(text).with(Part::Form(form)).with(Part::Cancel(visit.frame.at("/account"), texts.cancel))
}
