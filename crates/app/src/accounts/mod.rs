//! Use cases of accounts: sign up, verify, log in, one's own profile.

mod administer;
mod log_in;
mod new_user;
mod profile;
mod sign_up;
mod verify;

pub use administer::CreateAdmin;
pub use log_in::{LogIn, LoggedIn};
pub use profile::{Me, MyProfile, RenameMe};
pub use sign_up::{SignUp, SignedUp};
pub use verify::{ResendVerification, VerifyEmail};

pub(crate) use sign_up::remove_pending;
pub(crate) use verify::prove_mailbox;

use bailiwick_users::User;

use crate::audit::{Action, Note};

/// A note of an account that is new.
pub(crate) fn new_account(action: Action, user: &User) -> Note {
    Note::new(action, user.id)
        .after("email", &user.email)
        .after("first_name", &user.first_name)
        .after("last_name", &user.last_name)
        .after("status", &user.status)
}
