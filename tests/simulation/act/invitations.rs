//! Steps of invitations.

use bailiwick::app::authority::Public;
use bailiwick::app::authority::permission::{InvitationsDelete, InvitationsWrite};
use bailiwick::app::invitations::{
    AcceptInvitation, AcceptReceivedInvitation, DeclineInvitation, DeclineReceivedInvitation, Invite,
    RevokeInvitation, SignUpByInvitation,
};
use bailiwick::kernel::{DisplayName, Email, InvitationId};

use super::{Done, Stop, Turn, shown};
use crate::kind::Kind;
use crate::known::{email, password};

impl Turn<'_> {
    pub(super) async fn act_on_invitation(&self) -> Done {
        match self.step.kind {
            Kind::Invite => self.run_allowed(InvitationsWrite, self.invite(email(self.selected.on))?).await,
            Kind::InviteMany => {
                let next = email(self.selected.on + 1);
                let addresses = [email(self.selected.on), next.clone(), next];
                let rows = addresses.into_iter().map(|email| self.invite(email));
                let rows = rows.collect::<Result<Vec<_>, _>>()?;
                let proof = self.allow(InvitationsWrite).await?;
                Ok(shown(&self.app.invite_many(&proof, &rows).await))
            }
            Kind::ResendInvitation => {
                let (id, proof) = (self.invitation()?, self.allow(InvitationsWrite).await?);
                Ok(shown(&self.app.resend_invitation(&proof, id).await?))
            }
            Kind::RevokeInvitation => {
                self.run_allowed(InvitationsDelete, RevokeInvitation { id: self.invitation()? }).await
            }
            Kind::AcceptInvitation => self.run_as_account(AcceptInvitation { token: self.token()? }).await,
            Kind::DeclineInvitation => self.run_public(DeclineInvitation { token: self.token()? }).await,
            Kind::SignUpByInvitation => self.sign_up_by_invitation().await,
            Kind::AcceptReceived => {
                self.run_as_account(AcceptReceivedInvitation { id: self.invitation()? }).await
            }
            _ => self.run_as_account(DeclineReceivedInvitation { id: self.invitation()? }).await,
        }
    }

    fn invite(&self, email: Email) -> Result<Invite, Stop> {
        let message = (self.step.at > 0).then(|| "Grüße".to_owned());
        Ok(Invite { email, role: self.role()?, message })
    }

    pub(super) fn invitation(&self) -> Result<InvitationId, Stop> {
        self.selected.invitation.ok_or(Stop::Nothing("there is no invitation"))
    }

    async fn sign_up_by_invitation(&self) -> Done {
        let request = SignUpByInvitation {
            token: self.token()?,
            email: email(self.selected.who),
            password: password(0),
            first_name: self.first_name(),
            last_name: DisplayName::parse("Guest").unwrap(),
        };
        Ok(shown(&self.app.sign_up_by_invitation(&Public, &request).await?))
    }
}
