//! Steps of passwords and sessions.

use bailiwick::app::accounts::{
    ChangePassword, ConfirmPassword, EndOtherSessions, EndSession, ForgotPassword, LogIn, LogOut,
    LogOutEverywhere, Refresh, ResetPassword,
};
use bailiwick::app::authority::Public;
use bailiwick::kernel::TokenKind;
use bailiwick::users::Password;

use super::{Done, Stop, Turn, shown};
use crate::kind::Kind;
use crate::known::{Learned, email, password};

impl Turn<'_> {
    pub(super) async fn act_on_credentials(&self) -> Done {
        match self.step.kind {
            Kind::LogIn => self.log_in().await,
            Kind::SignIn => self.sign_in().await,
            Kind::VisitPage => Ok(shown(&self.app.page_session(&self.token()?).await?)),
            Kind::ConfirmPassword => {
                let request = ConfirmPassword { password: Some(self.chosen_password()) };
                let proof = self.app.authority().authenticated(&self.page_actor().await?).await?;
                Ok(shown(&self.app.confirm_password(&proof, &request).await?))
            }
            Kind::Refresh => self.refresh().await,
            Kind::LogOut => self.run_as_account(LogOut).await,
            Kind::LogOutEverywhere => self.run_as_account(LogOutEverywhere).await,
            Kind::EndSession => {
                let id = self.selected.ended.ok_or(Stop::Nothing("there is no session"))?.session;
                self.run_as_account(EndSession { id }).await
            }
            Kind::EndOtherSessions => self.run_as_account(EndOtherSessions).await,
            Kind::ChangePassword => {
                let current = Some(self.own_password());
                let request = ChangePassword { current, new: password(self.step.what) };
                Ok(shown(&self.app.change_password(&self.account().await?, &request).await?))
            }
            Kind::ForgotPassword => {
                let request = ForgotPassword { email: email(self.selected.who) };
                Ok(shown(&self.app.forgot_password(&Public, &request).await?))
            }
            _ => {
                let request = ResetPassword { token: self.token()?, password: password(self.step.what) };
                Ok(shown(&self.app.reset_password(&Public, &request).await?))
            }
        }
    }

    async fn log_in(&self) -> Done {
        let email = email(self.selected.who).to_string();
        let request = LogIn { email, password: Some(self.chosen_password()) };
        let login = self.app.log_in(&Public, &request).await?;
        self.learn_secret(&login.refresh_token);
        Ok(shown(&self.learn_session(login.access_token.reveal())?))
    }

    async fn sign_in(&self) -> Done {
        let email = email(self.selected.who).to_string();
        let request = LogIn { email, password: Some(self.chosen_password()) };
        let former = if self.step.on > 2 { self.token().ok() } else { None };
        let login = self.app.sign_in(&Public, &request, former.as_ref()).await?;
        self.learn_secret(&login.cookie);
        let actor = bailiwick::app::Actor { user: login.session.user_id, session: login.session.id };
        self.learned.borrow_mut().push(Learned::Session(actor));
        Ok(shown(&login))
    }

    async fn refresh(&self) -> Done {
        let login = self.app.refresh(&Public, &Refresh { token: self.token()? }).await?;
        let of = self.link_of(TokenKind::Refresh).map_or(self.selected.who, |link| link.of);
        self.learn_secret_of(&login.refresh_token, of);
        let actor = self.app.read_token(login.access_token.reveal())?;
        Ok(format!("{actor:?} {}", login.refresh_token.reveal()))
    }

    /// Returns the session of the newest page cookie of the person; without a live one, the session that other
    /// steps use.
    async fn page_actor(&self) -> Result<bailiwick::app::Actor, Stop> {
        let links = self.known.links_near(&[TokenKind::PageSession], self.selected.who);
        let own = links.into_iter().find(|link| link.of == self.selected.who);
        if let Some(link) = own
            && let Some(caller) =
                self.app.page_session(&bailiwick::kernel::ClaimedToken::new(link.text.clone())).await?
        {
            return Ok(caller.actor);
        }
        self.actor().await
    }

    /// Returns the password of the account that acts, or, in one step of four, one that may be wrong.
    fn chosen_password(&self) -> Password {
        if self.step.what % 4 == 3 { password(self.step.what) } else { self.own_password() }
    }

    /// Returns the password of the account that acts.
    pub(super) fn own_password(&self) -> Password {
        let number = self.selected.user.and_then(|user| self.known.password_of(user));
        password(number.unwrap_or_default())
    }
}
