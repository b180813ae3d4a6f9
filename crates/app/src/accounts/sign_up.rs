//! Sign-up: creates an account and an organization that the account owns.

use std::time::Duration;

use async_trait::async_trait;
use bailiwick_kernel::{DisplayName, Email, Lock, UserId};
use bailiwick_orgs::Organization;
use bailiwick_users::{NewUser, Password, User, UserError, UserStatus};

use crate::accounts::new_account;
use crate::accounts::throttles::clear_failed_logins;
use crate::accounts::verify::send_verification;
use crate::audit::{Action, AuditEvent};
use crate::authority::Public;
use crate::organizations::{delete_organization, found_organization};
use crate::ports::OrgScope;
use crate::throttle::{Limit, RateLimitKey};
use crate::timing::equalize;
use crate::{App, Command, Error, Work};

/// The data of a sign-up.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// Canonical address.
    pub email: Email,
    /// The chosen password.
    pub password: Password,
    /// Given name.
    pub first_name: DisplayName,
    /// Family name; may be empty.
    pub last_name: DisplayName,
    /// Name of the organization; by default it contains the first name of the account.
    pub organization_name: Option<DisplayName>,
}

/// The outcome of a sign-up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignedUp {
    /// The account can be used at once.
    Created(Box<User>, Box<Organization>),
    /// Verification is required, and a mail is sent if the address may receive one. The response is the
    /// same if the address already has an account.
    MailSent,
}

impl App {
    /// Creates account, organization, roles, ownership and the verification mail in one
    /// transaction. [`UserError::EmailTaken`] if the address already has an account.
    ///
    /// If verification is required, the result is [`SignedUp::MailSent`] in both cases, and neither
    /// the response nor its time reveals whether the address has an account.
    pub async fn sign_up(&self, proof: &Public, request: &SignUp) -> Result<SignedUp, Error> {
        self.limit(Limit::SIGN_UP, RateLimitKey::Client).await?;
        let settings = &self.parts().settings;
        let verification_required = settings.require_verified_email;
        let pace = if verification_required { settings.answer_pace } else { Duration::ZERO };
        match equalize(pace, self.register(proof, request)).await {
            Ok(_) | Err(Error::User(UserError::EmailTaken)) if verification_required => {
                Ok(SignedUp::MailSent)
            }
            Ok((user, org)) => Ok(SignedUp::Created(Box::new(user), Box::new(org))),
            Err(other) => Err(other),
        }
    }

    async fn register(&self, proof: &Public, request: &SignUp) -> Result<(User, Organization), Error> {
        let SignUp { email, password, first_name, last_name, .. } = request;
        let new_user = self.new_user(email, password, first_name, last_name).await?;
        let organization = request.organization_name.clone().unwrap_or_else(|| default_org_name(first_name));
        self.run(proof, &Register { new_user, organization }).await
    }
}

/// Returns the default name of an organization: `Ada's organization`. Clients rely on this spelling.
/// The first name is truncated, because a display name has a maximum length.
fn default_org_name(first_name: &DisplayName) -> DisplayName {
    let short: String = first_name.as_str().chars().take(80).collect();
    DisplayName::from_stored(format!("{short}'s organization"))
}

/// The transaction of a sign-up.
struct Register {
    new_user: NewUser,
    organization: DisplayName,
}

#[async_trait]
impl Command for Register {
    type Proof = Public;
    type Output = (User, Organization);

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Self::Output, Error> {
        let verification_required = work.settings.require_verified_email;
        let user = User::sign_up(self.new_user.clone(), verification_required, work.ids, work.now);
        work.name_actor(user.id, None);
        if verification_required {
            remove_pending(work, &self.new_user.email).await?;
        } else {
            // If verification is required, the verification clears them, because clearing them here
            // would reveal whether the address had an account.
            clear_failed_logins(work, &user.email).await?;
        }
        work.tx.users().insert(&user).await?;
        work.audit(new_account(Action::AccountSignUp, &user));
        let org = Organization::found(self.organization.clone(), None, work.ids, work.now)?;
        found_organization(work, &org, user.id).await?;
        send_verification(work, &user).await?;
        Ok((user, org))
    }
}

/// Removes a pending account and the organizations that it created, so that a later sign-up or an
/// invitation can use the address. The password of the pending account is removed too, because a
/// stranger may have set it before the address was verified (better-auth #10239).
///
/// The account is locked before its status is read, so that it cannot be verified in the meantime.
pub(crate) async fn remove_pending<P>(work: &mut Work<'_, P>, email: &Email) -> Result<(), Error> {
    let Some(user) = work.tx.users().find_by_email(email, Lock::Update).await? else {
        return Ok(());
    };
    if user.status != UserStatus::Pending {
        return Ok(());
    }
    delete_created_organizations(work, user.id).await?;
    work.tx.users().delete(user.id).await?;
    let event = AuditEvent::new(Action::AccountDelete, user.id).before("email", &user.email);
    work.audit(event.before("status", &user.status));
    Ok(())
}

/// Deletes the organizations that a pending account created. A pending account never logged in, so it
/// created every organization of which it is an active member, and is the only member there.
async fn delete_created_organizations<P>(work: &mut Work<'_, P>, user: UserId) -> Result<(), Error> {
    let created = work.tx.directory().list_organizations(user, OrgScope::Existing, None).await?;
    for entry in created.items {
        let owners = work.tx.orgs().lock_owners(entry.org.id).await?;
        // `lock_owners` does not return the pending account, because it is not active.
        if owners.is_empty() {
            delete_organization(work, &entry.org).await?;
        }
    }
    Ok(())
}
