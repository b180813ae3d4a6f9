//! Sign-up: a new account, which owns a new organization.

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
    /// Name of the organization; by default it is named after its founder.
    pub organization_name: Option<DisplayName>,
}

/// The outcome of a sign-up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignedUp {
    /// The account can be used at once.
    Created(Box<User>, Box<Organization>),
    /// If verification is required: a mail is sent if the address may have one. The response is the
    /// same for a known address.
    MailSent,
}

impl App {
    /// Creates account, organization, roles, ownership and the verification mail in one
    /// transaction. [`UserError::EmailTaken`], unless verification is required: then neither the
    /// response nor its time reveals whether the address is known.
    pub async fn sign_up(&self, proof: &Public, request: &SignUp) -> Result<SignedUp, Error> {
        self.limit(Limit::SIGN_UP, RateLimitKey::Client).await?;
        let settings = &self.parts().settings;
        let quiet = settings.require_verified_email;
        let pace = if quiet { settings.answer_pace } else { Duration::ZERO };
        match equalize(pace, self.register(proof, request)).await {
            Ok(_) | Err(Error::User(UserError::EmailTaken)) if quiet => Ok(SignedUp::MailSent),
            Ok((user, org)) => Ok(SignedUp::Created(Box::new(user), Box::new(org))),
            Err(other) => Err(other),
        }
    }

    async fn register(&self, proof: &Public, request: &SignUp) -> Result<(User, Organization), Error> {
        let SignUp { email, password, first_name, last_name, .. } = request;
        let new_user = self.new_user(email, password, first_name, last_name).await?;
        let organization = request.organization_name.clone().unwrap_or_else(|| own_name(first_name));
        self.run(proof, &Register { new_user, organization }).await
    }
}

/// Returns `Ada's organization`, spelled as in the contract. The first name is truncated to keep
/// the result within the bounds of a display name.
fn own_name(first_name: &DisplayName) -> DisplayName {
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
            // With verification this would reveal whether the address had an account, so the
            // verification does it instead.
            clear_failed_logins(work, &user.email).await?;
        }
        work.tx.users().insert(&user).await?;
        work.audit(new_account(Action::AccountSignUp, &user));
        let org = Organization::found(self.organization.clone(), None, work.ids, work.now);
        found_organization(work, &org, user.id).await?;
        send_verification(work, &user).await?;
        Ok((user, org))
    }
}

/// Removes a pending account, which never proved its mailbox, with what it founded, so that a later
/// sign-up or an invitation takes the address over. A password that a stranger set beforehand ends
/// with it (better-auth #10239).
///
/// The account is locked before its status is read, so it cannot be verified in the meantime.
pub(crate) async fn remove_pending<P>(work: &mut Work<'_, P>, email: &Email) -> Result<(), Error> {
    let Some(user) = work.tx.users().find_by_email(email, Lock::Update).await? else {
        return Ok(());
    };
    if user.status != UserStatus::Pending {
        return Ok(());
    }
    delete_founded(work, user.id).await?;
    work.tx.users().delete(user.id).await?;
    let event = AuditEvent::new(Action::AccountDelete, user.id).before("email", &user.email);
    work.audit(event.before("status", &user.status));
    Ok(())
}

/// Deletes the organizations that a pending account founded. A pending account never logged in, so
/// it founded every organization of which it is an active member, and is alone there.
async fn delete_founded<P>(work: &mut Work<'_, P>, user: UserId) -> Result<(), Error> {
    let founded = work.tx.directory().list_organizations(user, OrgScope::Existing, None).await?;
    for entry in founded.items {
        let owners = work.tx.orgs().lock_owners(entry.org.id).await?;
        // The pending account itself is not an active owner.
        if owners.is_empty() {
            delete_organization(work, &entry.org).await?;
        }
    }
    Ok(())
}
