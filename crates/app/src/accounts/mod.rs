//! Use cases of accounts: sign up, verify, log in and out, profile, passwords and addresses,
//! deactivate, delete; administrators.

mod administer;
mod attempt_queue;
mod change_email;
mod change_password;
mod deactivate;
mod delete;
mod log_in;
mod login_limits;
mod new_user;
mod own_password;
mod page_session;
mod profile;
mod recover;
mod refresh;
mod replace_password;
mod reset_password;
mod secrets;
mod sessions;
mod setup;
mod sign_in;
mod sign_up;
mod throttles;
mod verify;

pub use administer::CreateAdmin;
pub use change_email::{ChangeEmail, ConfirmEmail};
pub use change_password::ChangePassword;
pub use deactivate::{ActivateUser, DeactivateMe, DeactivateUser};
pub use delete::{DeleteUser, RequireRightToDelete};
pub use log_in::{LogIn, LoggedIn};
pub use page_session::{ConfirmPassword, PageCaller};
pub use profile::{Me, MyProfile, RenameMe};
pub use recover::IssueRecovery;
pub use refresh::Refresh;
pub use reset_password::{ForgotPassword, ResetPassword};
pub use sessions::{EndOtherSessions, EndSession, LogOut, LogOutEverywhere, MySession, MySessions};
pub use setup::{RequireNotSetUp, SetUp};
pub use sign_in::SignedIn;
pub use sign_up::{SignUp, SignedUp};
pub use throttles::{ExemptUser, UnlockUser};
pub use verify::{ResendVerification, VerifyEmail};

pub(crate) use attempt_queue::AttemptQueues;
pub(crate) use sign_up::remove_pending;
pub(crate) use throttles::clear_failed_logins;
pub(crate) use verify::prove_mailbox;

use bailiwick_users::User;

use crate::audit::{Action, AuditEvent};

/// The audit event of a new account.
pub(crate) fn new_account(action: Action, user: &User) -> AuditEvent {
    AuditEvent::new(action, user.id)
        .after("email", &user.email)
        .after("first_name", &user.first_name)
        .after("last_name", &user.last_name)
        .after("status", &user.status)
}
