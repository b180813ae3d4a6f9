//! Bodies of requests that the forms of pages send too, so that both are checked by the same rules.

pub use crate::dto::accounts::{EmailBody, LogInBody, RenameBody, SignUpBody, VerifyEmailBody};
pub use crate::dto::invitations::{AcceptBody, DeclineBody, SignUpByInvitationBody};
pub use crate::dto::organizations::CreateOrganizationBody;
pub use crate::dto::passwords::{
    ChangeEmailBody, ChangePasswordBody, ConfirmEmailBody, ForgotPasswordBody, ResetPasswordBody, SetUpBody,
};
