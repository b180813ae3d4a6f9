//! Steps of the operator and of the platform, and of tickets.

use bailiwick::app::accounts::{CreateAdmin, IssueRecovery, SetUp};
use bailiwick::app::authority::Public;
use bailiwick::app::authority::permission::WsConnect;
use bailiwick::app::platform::SendMail;
use bailiwick::app::sockets::IssueTicket;
use bailiwick::app::{App, Parts, Settings};
use bailiwick::kernel::DisplayName;
use bailiwick::rbac::Permission;
use bailiwick::roles::{DeclaredPermission, SystemRole};
use bailiwick_testkit::QuickHasher;
use time::Duration;

use super::{Done, Stop, Turn, shown};
use crate::kind::Kind;
use crate::known::{email, password};

impl Turn<'_> {
    pub(super) async fn act_on_platform(&self) -> Done {
        match self.step.kind {
            Kind::OfferSetup => {
                let token = self.app.offer_setup(&Public).await?;
                if let Some(token) = &token {
                    self.learn_secret(token);
                }
                Ok(shown(&token))
            }
            Kind::SetUp => self.set_up().await,
            Kind::CreateAdmin => {
                let (first_name, last_name) = (self.first_name(), DisplayName::parse("Admin").unwrap());
                let (email, password) = (email(self.selected.who), password(0));
                let request = CreateAdmin { email, password, first_name, last_name };
                Ok(shown(&self.app.create_admin(&Public, &request).await?))
            }
            Kind::IssueRecovery => {
                let platform_admin = self.step.what % 4 == 3;
                let request = IssueRecovery { email: email(self.selected.who), platform_admin };
                let token = self.app.run(&Public, &request).await?;
                self.learn_secret(&token);
                Ok(shown(&token))
            }
            Kind::SendMail => {
                let mail = self.selected.mail.ok_or(Stop::Nothing("there is no mail"))?;
                self.run_as_admin(SendMail { mail }).await
            }
            Kind::IssueTicket => self.issue_ticket().await,
            _ => {
                let ticket = self.app.count_ticket(self.token()?).await?;
                Ok(shown(&self.app.redeem_ticket(&Public, &ticket).await?))
            }
        }
    }

    async fn set_up(&self) -> Done {
        let request = SetUp {
            token: self.token()?,
            email: email(self.selected.who),
            password: password(0),
            first_name: self.first_name(),
            last_name: DisplayName::parse("Admin").unwrap(),
        };
        Ok(shown(&self.app.set_up(&Public, &request).await?))
    }

    async fn issue_ticket(&self) -> Done {
        let proof = self.allow(WsConnect).await?;
        let token_expires_at = self.app.parts().clock.now() + Duration::hours(1);
        let request = IssueTicket { actor: proof.actor(), token_expires_at };
        let issued = self.app.run(&proof, &request).await?;
        self.learn_secret(&issued.secret);
        Ok(shown(&issued))
    }

    /// Does what no use case does: work beside the requests, and an import.
    pub(super) async fn maintain(&self) -> Done {
        match self.step.kind {
            Kind::Housekeeping => {
                let housekeeper = self.app.housekeeper();
                housekeeper.round().await?;
                housekeeper.sweep().await?;
                housekeeper.fold_names().await?;
                Ok(String::new())
            }
            Kind::ImportPassword => self.import_password().await,
            _ => {
                let settings = self.next_release();
                let next = App::new(Parts { settings, ..self.app.parts().clone() });
                Ok(shown(&next.complete_catalogue().await?))
            }
        }
    }

    async fn import_password(&self) -> Done {
        let user = self.target()?;
        let number = self.known.password_of(user).ok_or(Stop::Nothing("there is no password"))?;
        let seen = &self.known.state.user(user).ok_or(Stop::Nothing("there is no account"))?.password_hash;
        let mut tx = self.app.parts().store.begin().await?;
        let outdated = QuickHasher::outdated(&password(number));
        let replaced = tx.users().replace_password(user, seen, &outdated).await?;
        tx.commit().await?;
        Ok(shown(&replaced))
    }

    fn next_release(&self) -> Settings {
        let permission = Permission::parse("reports:export").unwrap();
        let declared = DeclaredPermission::new(permission, "Export reports", SystemRole::Member).unwrap();
        Settings { declared: vec![declared], ..self.app.parts().settings.clone() }
    }
}
