//! `/accept-invitation`: the link of an invitation. Its page depends on the token, so the script sends the
//! token as soon as the link is opened; this changes nothing.

mod open;
mod refused_link;

use bailiwick_app::Actor;
use bailiwick_app::accounts::{LogOut, Me, SignedIn};
use bailiwick_app::invitations::{InvitationPreview, PreviewInvitation};
use bailiwick_http::bodies::{AcceptBody, DeclineBody, SignUpByInvitationBody};
use bailiwick_http::extract;
use bailiwick_http::problem::{Code, Problem};
use bailiwick_kernel::{ClaimedToken, OrgId};
use bailiwick_users::User;

use super::console::path_of;
use crate::answer::{Answer, refused, see_other, shown};
use crate::view::{Page, Part, Scripted, Sentence};
use crate::visit::Visit;

/// The path of the page.
const PATH: &str = "/accept-invitation";

/// Shows a page that waits for the script.
pub async fn show(visit: Visit) -> Answer {
    let texts = visit.frame.texts;
    let mut page = Page::new(&visit.frame, texts.invitation)
        .with(Part::NeedsScript(texts.needs_script))
        .with(Part::Opening(texts.opening))
        .with(Part::Scripted(Scripted { mark: "data-without-token", text: texts.link_incomplete }))
        .with(Part::Scripted(Scripted { mark: "data-failed", text: texts.failed_to_open }));
    page.opens = Some(visit.frame.at(PATH));
    shown(&page)
}

/// Shows the invitation, or answers it.
pub async fn send(visit: Visit, sent: extract::Form) -> Answer {
    let request = Request { visit, sent };
    match request.sent.text("do") {
        Some("join") => request.join().await,
        Some("sign-up") => request.sign_up().await,
        Some("sign-out") => request.sign_out().await,
        Some("decline") => request.decline().await,
        _ => request.preview(None).await,
    }
}

/// A request with the token of an invitation.
struct Request {
    visit: Visit,
    sent: extract::Form,
}

impl Request {
    async fn find(&self) -> Result<InvitationPreview, Problem> {
        let token = ClaimedToken::new(self.sent.text("token").unwrap_or_default().to_owned());
        Ok(self.visit.app.query(&self.visit.public, &PreviewInvitation { token }).await?)
    }

    /// Shows the invitation, with the refusal of what was asked, if any.
    async fn preview(&self, problem: Option<Problem>) -> Answer {
        let invitation = match self.find().await {
            Ok(invitation) => invitation,
            Err(problem) => {
                return refused(problem, |problem| refused_link::page(&self.visit.frame, problem));
            }
        };
        let page = |problem: Option<&Problem>| open::page(&self.visit, &invitation, &self.sent, problem);
        match problem {
            Some(problem) => refused(problem, |problem| page(Some(problem))),
            None => shown(&page(None)),
        }
    }

    /// Joins with the account that is signed in.
    async fn join(&self) -> Answer {
        let Some(person) = &self.visit.person else { return self.preview(None).await };
        let joining = async {
            let member = self.visit.app.run(&person.proof, &self.sent.check::<AcceptBody>()?).await?;
            Ok::<OrgId, Problem>(member.membership.org_id)
        };
        match joining.await {
            Ok(org) => see_other(path_of(&self.visit, &person.proof, org).await?),
            Err(problem) => self.refuse(problem).await,
        }
    }

    /// Joins with a new account, and signs in.
    async fn sign_up(&self) -> Answer {
        match self.try_sign_up().await {
            Ok(user) => match self.visit.open(&user).await? {
                Some(opened) => self.visit.signed_in(&opened, self.path_after(&opened).await),
                None => shown(&self.joined(user.email.as_str())),
            },
            Err(problem) => self.refuse(problem).await,
        }
    }

    /// Returns the path of the organization that a new account has joined, the only one that it has. A
    /// failure leads to the list, because the account is signed in already.
    async fn path_after(&self, opened: &SignedIn) -> String {
        let app = &self.visit.app;
        let actor = Actor { user: opened.session.user_id, session: opened.session.id };
        let profile = async { app.query(&app.authority().authenticated(&actor).await?, &Me).await };
        let organizations = profile.await.map(|profile| profile.organizations).unwrap_or_default();
        let path = organizations.first().map(|entry| format!("/console/{}", entry.org.slug));
        self.visit.frame.at(path.as_deref().unwrap_or("/console"))
    }

    async fn try_sign_up(&self) -> Result<User, Problem> {
        let request = self.sent.check::<SignUpByInvitationBody>()?;
        Ok(self.visit.app.sign_up_by_invitation(&self.visit.public, &request).await?)
    }

    fn joined(&self, email: &str) -> Page<'_> {
        let frame = &self.visit.frame;
        let page =
            Page::new(frame, frame.texts.joined).text(Sentence::naming(frame.texts.joined_text, email));
        page.links([frame.onward()])
    }

    /// Ends the session of another account, and shows the invitation again.
    async fn sign_out(mut self) -> Answer {
        if let Some(person) = &self.visit.person {
            self.visit.app.run(&person.proof, &LogOut).await?;
        }
        self.visit.forget_person();
        let page = self.preview(None).await;
        self.visit.signed_out(page)
    }

    async fn decline(&self) -> Answer {
        match self.try_decline().await {
            Ok(()) => shown(&refused_link::declined(&self.visit.frame)),
            Err(problem) => self.refuse(problem).await,
        }
    }

    async fn try_decline(&self) -> Result<(), Problem> {
        Ok(self.visit.app.run(&self.visit.public, &self.sent.check::<DeclineBody>()?).await?)
    }

    /// Shows a refusal: of the link itself, or beside the invitation, which can be answered otherwise.
    async fn refuse(&self, problem: Problem) -> Answer {
        match problem.code() {
            Code::InternalError => Err(problem),
            _ => self.preview(Some(problem)).await,
        }
    }
}
