//! Use cases of accounts: sign up, verify, log in, one's own profile.

mod administer;
mod admission;
mod log_in;
mod new_user;
mod profile;
mod sign_up;
mod throttles;
mod verify;

pub use administer::CreateAdmin;
pub use log_in::{LogIn, LoggedIn};
pub use profile::{Me, MyProfile, RenameMe};
pub use sign_up::{SignUp, SignedUp};
pub use throttles::{SpareUser, UnlockUser};
pub use verify::{ResendVerification, VerifyEmail};

pub(crate) use sign_up::remove_pending;
