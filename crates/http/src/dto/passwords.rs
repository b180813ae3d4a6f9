//! Bodies of changes to passwords and addresses, and of the setup of the first administrator.

use bailiwick_app::accounts::{
    ChangeEmail, ChangePassword, ConfirmEmail, ForgotPassword, ResetPassword, SetUp,
};
use bailiwick_kernel::{DisplayName, Email};
use bailiwick_users::Password;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::accounts::{TokenBody, claimed_token, last_name};
use crate::dto::values;
use crate::extract::{Fields, Input};

/// Reads a password to verify. Returns `None` if the text is too long to be a password.
#[expect(clippy::unnecessary_wraps, reason = "it has the form of a check")]
fn claimed(text: &str) -> Result<Option<Password>, String> {
    Ok(Password::claimed(text))
}

/// The address of the account whose password was forgotten.
#[derive(Deserialize, ToSchema)]
pub struct ForgotPasswordBody {
    #[schema(required, value_type = values::Email)]
    email: Option<String>,
}

impl Input for ForgotPasswordBody {
    type Value = ForgotPassword;

    fn check(self, fields: &mut Fields) -> Option<ForgotPassword> {
        Some(ForgotPassword { email: fields.required("/email", self.email, Email::parse)? })
    }
}

/// A new password, authorized by a mailed token.
#[derive(Deserialize, ToSchema)]
pub struct ResetPasswordBody {
    #[schema(required, value_type = String, example = "rst_GgTCxnPTcWnIb5-BpDOgrqNhgyTpVQ3Q-Q2_zpAsTu4")]
    token: Option<String>,
    #[schema(required, value_type = values::NewPassword)]
    password: Option<String>,
}

impl Input for ResetPasswordBody {
    type Value = ResetPassword;

    fn check(self, fields: &mut Fields) -> Option<ResetPassword> {
        let token = claimed_token(fields, self.token);
        let password = fields.required("/password", self.password, Password::parse);
        Some(ResetPassword { token: token?, password: password? })
    }
}

/// A new password, authorized by the current one.
#[derive(Deserialize, ToSchema)]
pub struct ChangePasswordBody {
    #[schema(required, value_type = values::CurrentPassword)]
    current_password: Option<String>,
    #[schema(required, value_type = values::NewPassword)]
    new_password: Option<String>,
}

impl Input for ChangePasswordBody {
    type Value = ChangePassword;

    fn check(self, fields: &mut Fields) -> Option<ChangePassword> {
        let current = fields.required("/current_password", self.current_password, claimed);
        let new = fields.required("/new_password", self.new_password, Password::parse);
        Some(ChangePassword { current: current?, new: new? })
    }
}

/// A new e-mail address, authorized by the current password.
#[derive(Deserialize, ToSchema)]
pub struct ChangeEmailBody {
    #[schema(required, value_type = values::Email)]
    new_email: Option<String>,
    #[schema(required, value_type = values::CurrentPassword)]
    password: Option<String>,
}

impl Input for ChangeEmailBody {
    type Value = ChangeEmail;

    fn check(self, fields: &mut Fields) -> Option<ChangeEmail> {
        let new_email = fields.required("/new_email", self.new_email, Email::parse);
        let password = fields.required("/password", self.password, claimed);
        Some(ChangeEmail { new_email: new_email?, password: password? })
    }
}

/// A request to confirm a new address.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
pub struct ConfirmEmailBody(TokenBody);

impl Input for ConfirmEmailBody {
    type Value = ConfirmEmail;

    fn check(self, fields: &mut Fields) -> Option<ConfirmEmail> {
        Some(ConfirmEmail { token: self.0.token(fields)? })
    }
}

/// The first administrator of the platform.
#[derive(Deserialize, ToSchema)]
pub struct SetUpBody {
    /// The token of the setup link.
    #[schema(required, value_type = String, example = "set_GgTCxnPTcWnIb5-BpDOgrqNhgyTpVQ3Q-Q2_zpAsTu4")]
    token: Option<String>,
    #[schema(required, value_type = values::Email)]
    email: Option<String>,
    #[schema(required, value_type = values::NewPassword)]
    password: Option<String>,
    #[schema(required, value_type = values::DisplayName)]
    first_name: Option<String>,
    /// Optional; absent, null and blank values are stored as `""`.
    #[schema(value_type = Option<values::LastName>)]
    last_name: Option<String>,
}

impl Input for SetUpBody {
    type Value = SetUp;

    fn check(self, fields: &mut Fields) -> Option<SetUp> {
        let token = claimed_token(fields, self.token);
        let email = fields.required("/email", self.email, Email::parse);
        let password = fields.required("/password", self.password, Password::parse);
        let first_name = fields.required("/first_name", self.first_name, DisplayName::parse);
        let last_name = last_name(fields, self.last_name);
        Some(SetUp {
            token: token?,
            email: email?,
            password: password?,
            first_name: first_name?,
            last_name: last_name?,
        })
    }
}
