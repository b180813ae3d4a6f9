//! Steps of accounts.

use bailiwick::app::accounts::{
    ActivateUser, ChangeEmail, ConfirmEmail, DeactivateMe, DeactivateUser, DeleteUser, ExemptUser, RenameMe,
    ResendVerification, SignUp, UnlockUser, VerifyEmail,
};
use bailiwick::app::authority::Public;
use bailiwick::kernel::{DisplayName, Language};
use time::Duration;

use super::{Done, Turn, shown};
use crate::kind::Kind;
use crate::known::{NAMES, email, password};

impl Turn<'_> {
    pub(super) async fn act_on_account(&self) -> Done {
        match self.step.kind {
            Kind::SignUp => self.sign_up().await,
            Kind::VerifyEmail => self.run_public(VerifyEmail { token: self.token()? }).await,
            Kind::ResendVerification => {
                let request = ResendVerification { email: email(self.selected.who) };
                Ok(shown(&self.app.resend_verification(&Public, &request).await?))
            }
            Kind::Rename => self.rename().await,
            Kind::ChangeEmail => {
                let new_email = email(self.selected.on);
                let request = ChangeEmail { new_email, password: Some(self.own_password()) };
                Ok(shown(&self.app.change_email(&self.account().await?, &request).await?))
            }
            Kind::ConfirmEmail => self.run_public(ConfirmEmail { token: self.token()? }).await,
            Kind::DeactivateMe => self.run_as_account(DeactivateMe).await,
            Kind::DeactivateUser => self.run_as_admin(DeactivateUser { user: self.target()? }).await,
            Kind::ActivateUser => self.run_as_admin(ActivateUser { user: self.target()? }).await,
            Kind::DeleteUser => self.run_as_account(DeleteUser { user: self.target()? }).await,
            Kind::UnlockUser => self.run_as_admin(UnlockUser { user: self.target()? }).await,
            _ => {
                let span = Duration::minutes(30);
                self.run_as_admin(ExemptUser { user: self.target()?, span }).await
            }
        }
    }

    async fn sign_up(&self) -> Done {
        let request = SignUp {
            email: email(self.selected.who),
            password: password(0),
            first_name: self.first_name(),
            last_name: DisplayName::parse("Tester").unwrap(),
            organization_name: None,
        };
        Ok(shown(&self.app.sign_up(&Public, &request).await?))
    }

    async fn rename(&self) -> Done {
        let names = ["Zoë", "Ada", "Łukasz"];
        let first_name = DisplayName::parse(names[self.step.what % names.len()]).unwrap();
        let language = (self.step.on > 2).then(|| Language::parse("de").unwrap());
        self.run_as_account(RenameMe { first_name: Some(first_name), last_name: None, language }).await
    }

    /// Returns the name that a new account gets.
    pub(super) fn first_name(&self) -> DisplayName {
        DisplayName::parse(NAMES[self.selected.who]).unwrap()
    }
}
