//! `/accept-invitation`: the link of an invitation. Its page depends on the token, so the script sends the
//! token as soon as the link is opened; this changes nothing.

mod open;
mod refused_link;

use bailiwick_app::invitations::{InvitationPreview, PreviewInvitation};
use bailiwick_http::bodies::{DeclineBody, SignUpByInvitationBody};
use bailiwick_http::extract::{self, Public, Service};
use bailiwick_http::problem::{Code, Problem};
use bailiwick_kernel::ClaimedToken;

use crate::answer::{Answer, refused, shown};
use crate::frame::Frame;
use crate::view::{Page, Part, Scripted, Sentence};

/// Name of the path in the browser.
const PATH: &str = "/accept-invitation";

/// Shows a page that waits for the script.
pub async fn show(_: Public, frame: Frame) -> Answer {
    let texts = frame.texts;
    let mut page = Page::new(&frame, texts.invitation)
        .with(Part::NeedsScript(texts.needs_script))
        .with(Part::Opening(texts.opening))
        .with(Part::Scripted(Scripted { mark: "data-without-token", text: texts.link_incomplete }))
        .with(Part::Scripted(Scripted { mark: "data-failed", text: texts.failed_to_open }));
    page.opens = Some(frame.at(PATH));
    shown(&page)
}

/// Shows the invitation, or answers it.
pub async fn send(public: Public, sent: extract::Form, frame: Frame, app: Service) -> Answer {
    let request = Request { public, sent, frame, app };
    match request.sent.text("do") {
        Some("sign-up") => request.sign_up().await,
        Some("decline") => request.decline().await,
        _ => request.preview(None).await,
    }
}

/// A request with the token of an invitation.
struct Request {
    public: Public,
    sent: extract::Form,
    frame: Frame,
    app: Service,
}

impl Request {
    fn token(&self) -> &str {
        self.sent.text("token").unwrap_or_default()
    }

    async fn find(&self) -> Result<InvitationPreview, Problem> {
        let token = ClaimedToken::new(self.token().to_owned());
        Ok(self.app.query(&self.public, &PreviewInvitation { token }).await?)
    }

    /// Shows the invitation, with the refusal of what was asked, if any.
    async fn preview(&self, problem: Option<Problem>) -> Answer {
        let invitation = match self.find().await {
            Ok(invitation) => invitation,
            Err(problem) => return refused(problem, |problem| refused_link::page(&self.frame, problem)),
        };
        let page = |problem: Option<&Problem>| open::page(&self.frame, &invitation, &self.sent, problem);
        match problem {
            Some(problem) => refused(problem, |problem| page(Some(problem))),
            None => shown(&page(None)),
        }
    }

    async fn sign_up(&self) -> Answer {
        match self.try_sign_up().await {
            Ok(email) => shown(&self.joined(&email)),
            Err(problem) => self.refuse(problem).await,
        }
    }

    async fn try_sign_up(&self) -> Result<String, Problem> {
        let request = self.sent.check::<SignUpByInvitationBody>()?;
        let user = self.app.sign_up_by_invitation(&self.public, &request).await?;
        Ok(user.email.to_string())
    }

    fn joined(&self, email: &str) -> Page<'_> {
        let texts = self.frame.texts;
        let page = Page::new(&self.frame, texts.joined).text(Sentence::naming(texts.joined_text, email));
        page.links([(texts.sign_in_link, self.frame.at("/sign-in"))])
    }

    async fn decline(&self) -> Answer {
        match self.try_decline().await {
            Ok(()) => shown(&refused_link::declined(&self.frame)),
            Err(problem) => self.refuse(problem).await,
        }
    }

    async fn try_decline(&self) -> Result<(), Problem> {
        Ok(self.app.run(&self.public, &self.sent.check::<DeclineBody>()?).await?)
    }

    /// Shows a refusal: of the link itself, or beside the invitation, which can be answered otherwise.
    async fn refuse(&self, problem: Problem) -> Answer {
        match problem.code() {
            Code::InternalError => Err(problem),
            _ => self.preview(Some(problem)).await,
        }
    }
}
