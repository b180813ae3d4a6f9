//! A request to a page, and the person who sent it.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use askama::Template;
use bailiwick_app::accounts::{Me, MyProfile, SignedIn};
use bailiwick_app::authority::Authenticated;
use bailiwick_app::{Denial, Error};
use bailiwick_http::extract::{Public, Service};
use bailiwick_http::problem::Problem;
use bailiwick_http::{MountPath, Protection, is_foreign, name_user};
use bailiwick_kernel::ClaimedToken;
use bailiwick_users::{User, UserError};

use crate::answer::{Answer, see_other, shown};
use crate::branding::Branding;
use crate::cookie;
use crate::frame::Frame;
use crate::future::{LocalFuture, boxed};
use crate::return_to;
use crate::texts;

/// What every handler of a page gets.
pub struct Visit {
    pub public: Public,
    pub app: Service,
    pub frame: Frame,
    pub person: Option<Person>,
    /// The cookie that the browser sent, valid or not.
    pub cookie: Option<ClaimedToken>,
    request: HttpRequest,
}

/// A person who is signed in.
pub struct Person {
    pub proof: Authenticated,
    pub profile: MyProfile,
    /// Whether the password was given in the last minutes.
    pub is_fresh: bool,
}

impl Visit {
    /// Leads to the page to sign in, and back afterwards.
    pub fn sign_in_first(&self) -> Answer {
        let mount = MountPath::of_request(&self.request);
        let path = self.frame.at(mount.stripped(self.request.path()));
        see_other(return_to::with(&self.frame, "/sign-in", Some(&path)))
    }

    /// Returns whether the cookie of the browser is that of a session that is over.
    pub fn was_signed_out(&self) -> bool {
        self.person.is_none() && self.cookie.is_some()
    }

    /// Opens a session for an account that this request created. `None` where nobody can sign in, or
    /// before the address is confirmed.
    pub async fn open(&self, user: &User) -> Result<Option<SignedIn>, Problem> {
        if self.frame.protection == Protection::Plain {
            return Ok(None);
        }
        match self.app.sign_in_created(&self.public, user, self.cookie.as_ref()).await {
            Ok(opened) => Ok(Some(opened)),
            Err(Error::User(UserError::NotVerified)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a session for an account that this request created, and leads to `path`, or shows `page` if
    /// there is no session.
    pub async fn admit<T: Template>(&self, user: &User, path: String, page: impl FnOnce() -> T) -> Answer {
        match self.open(user).await? {
            Some(opened) => self.signed_in(&opened, path),
            None => shown(&page()),
        }
    }

    /// Hands out the cookie, and leads to `path`.
    pub fn signed_in(&self, opened: &SignedIn, path: String) -> Answer {
        cookie::store(see_other(path), self.frame.protection, &opened.cookie)
    }

    /// Returns the answer with the order to forget the cookie.
    pub fn signed_out(&self, answer: Answer) -> Answer {
        cookie::forget(answer, self.frame.protection)
    }

    /// Looks again whose session the cookie is, after a change that may have ended it.
    pub async fn again(mut self) -> Result<Self, Problem> {
        self.forget_person();
        self.identify().await
    }

    /// Forgets the person, because the session has ended. No page that answers this request greets the
    /// person any more.
    pub fn forget_person(&mut self) {
        self.person = None;
        self.frame.person = None;
        self.frame.identify(&self.request);
    }

    async fn identify(mut self) -> Result<Self, Problem> {
        let Some(cookie) = &self.cookie else { return Ok(self) };
        let Some(person) = identify(&self.app, cookie).await? else { return Ok(self) };
        self.frame = for_person(self.frame, &person);
        self.frame.identify(&self.request);
        self.person = Some(person);
        Ok(self)
    }
}

/// Returns the frame in the language of the person, with the menu.
fn for_person(frame: Frame, person: &Person) -> Frame {
    let user = &person.profile.user;
    let chosen = user.language.as_ref().and_then(|language| texts::in_language(language.primary()));
    Frame { texts: chosen.unwrap_or(frame.texts), person: Some(user.full_name()), ..frame }
}

/// Returns the frame of a refusal that no page answered. A handler may have found the person; else the
/// cookie is looked up, unless the service has failed or a page of another origin sent the request. If that
/// fails, the page shows no person, in the language of the browser.
pub async fn frame_of_refusal(request: &HttpRequest, branding: &Arc<Branding>, problem: &Problem) -> Frame {
    let frame = Frame::of(request, branding);
    let asks = problem.status() < 500 && !is_foreign(request);
    let cookie = cookie::of(request, frame.protection).filter(|_| frame.person.is_none() && asks);
    let (Some(cookie), Ok(app)) = (cookie, Service::extract(request).await) else { return frame };
    match identify(&app, &cookie).await {
        Ok(Some(person)) => for_person(frame, &person),
        Ok(None) | Err(_) => frame,
    }
}

/// Returns the person of a cookie; `None` if the session is over or the account is deactivated.
async fn identify(app: &Service, cookie: &ClaimedToken) -> Result<Option<Person>, Problem> {
    let Some(caller) = app.page_session(cookie).await? else { return Ok(None) };
    let proof = match app.authority().authenticated(&caller.actor).await {
        Err(Error::Denied(Denial::Token(_) | Denial::Deactivated)) => return Ok(None),
        outcome => outcome?,
    };
    let profile = app.query(&proof, &Me).await?;
    Ok(Some(Person { proof, profile, is_fresh: caller.is_fresh }))
}

impl FromRequest for Visit {
    type Error = Problem;
    type Future = LocalFuture<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let public = Public::from_request(request, payload);
        let app = Service::from_request(request, payload);
        let frame = Frame::from_request(request, payload);
        let request = request.clone();
        boxed(async move {
            let (public, app, frame) = (public.await?, app.await?, frame.await?);
            let cookie = cookie::of(&request, frame.protection);
            let visit = Self { public, app, frame, person: None, cookie, request }.identify().await?;
            if let Some(person) = &visit.person {
                name_user(&visit.request, person.profile.user.id);
            }
            Ok(visit)
        })
    }
}
