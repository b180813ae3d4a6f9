//! Bodies of sign-up, login and accounts.

use bailiwick_app::accounts::{LogIn, LoggedIn, RenameMe, ResendVerification, SignUp, VerifyEmail};
use bailiwick_kernel::{ClaimedToken, DisplayName, Email, Language, Timestamp, UserId};
use bailiwick_orgs::Organization;
use bailiwick_users::{Password, User, UserStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::organizations::OrganizationRefDto;
use crate::dto::values;
use crate::extract::{Fields, Input};

/// A sign-up.
#[derive(Deserialize, ToSchema)]
pub struct SignUpBody {
    /// In any case; surrounding white space and invisible characters are trimmed.
    #[schema(required, value_type = values::Email)]
    email: Option<String>,
    #[schema(required, value_type = values::NewPassword)]
    password: Option<String>,
    #[schema(required, value_type = values::DisplayName)]
    first_name: Option<String>,
    /// Optional; absent, null and blank values are stored as `""`.
    #[schema(value_type = Option<values::LastName>)]
    last_name: Option<String>,
    /// Name of the organization that is created with the account and owned by it.
    #[schema(value_type = Option<values::DisplayName>)]
    organization_name: Option<String>,
}

impl Input for SignUpBody {
    type Value = SignUp;

    fn check(self, fields: &mut Fields) -> Option<SignUp> {
        let email = fields.required("/email", self.email, Email::parse);
        let password = fields.required("/password", self.password, Password::parse);
        let first_name = fields.required("/first_name", self.first_name, DisplayName::parse);
        let last_name = last_name(fields, self.last_name);
        let organization_name =
            fields.optional("/organization_name", self.organization_name, DisplayName::parse);
        Some(SignUp {
            email: email?,
            password: password?,
            first_name: first_name?,
            last_name: last_name?,
            organization_name: organization_name?,
        })
    }
}

/// Checks a last name. It is empty if `text` is absent.
pub fn last_name(fields: &mut Fields, text: Option<String>) -> Option<DisplayName> {
    fields.required("/last_name", Some(text.unwrap_or_default()), DisplayName::parse_optional)
}

/// The credentials of a login.
#[derive(Deserialize, ToSchema)]
pub struct LogInBody {
    #[schema(required, value_type = String, example = "ada@example.com")]
    email: Option<String>,
    #[schema(required, value_type = values::CurrentPassword)]
    password: Option<String>,
}

impl Input for LogInBody {
    type Value = LogIn;

    /// Accepts credentials of any form, so that the response does not reveal whether they are well-formed.
    fn check(self, fields: &mut Fields) -> Option<LogIn> {
        let email = fields.required("/email", self.email, |text| Ok::<_, String>(text.to_owned()));
        let password =
            fields.required("/password", self.password, |text| Ok::<_, String>(Password::claimed(text)));
        Some(LogIn { email: email?, password: password? })
    }
}

/// A mailed token.
#[derive(Deserialize, ToSchema)]
pub struct TokenBody {
    #[schema(required, value_type = String, example = "ver_GgTCxnPTcWnIb5-BpDOgrqNhgyTpVQ3Q-Q2_zpAsTu4")]
    token: Option<String>,
}

impl TokenBody {
    /// Returns the token, or records an error if it is absent.
    pub fn token(self, fields: &mut Fields) -> Option<ClaimedToken> {
        claimed_token(fields, self.token)
    }
}

/// Returns a token as sent, or records an error if it is absent. The use case checks its validity.
pub fn claimed_token(fields: &mut Fields, token: Option<String>) -> Option<ClaimedToken> {
    fields.required("/token", token, |text| Ok::<_, String>(ClaimedToken::new(text.to_owned())))
}

/// A request to verify an address.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
pub struct VerifyEmailBody(TokenBody);

impl Input for VerifyEmailBody {
    type Value = VerifyEmail;

    fn check(self, fields: &mut Fields) -> Option<VerifyEmail> {
        Some(VerifyEmail { token: self.0.token(fields)? })
    }
}

/// An e-mail address.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EmailBody {
    #[schema(required, value_type = values::Email)]
    email: Option<String>,
}

impl Input for EmailBody {
    type Value = ResendVerification;

    fn check(self, fields: &mut Fields) -> Option<ResendVerification> {
        Some(ResendVerification { email: fields.required("/email", self.email, Email::parse)? })
    }
}

/// New names and the language of an account. Absent fields keep their values.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RenameBody {
    #[schema(value_type = Option<values::DisplayName>)]
    first_name: Option<String>,
    /// `""` for a user with a single name.
    #[schema(value_type = Option<values::LastName>)]
    last_name: Option<String>,
    #[schema(value_type = Option<values::Language>)]
    language: Option<String>,
}

impl Input for RenameBody {
    type Value = RenameMe;

    fn check(self, fields: &mut Fields) -> Option<RenameMe> {
        let first_name = fields.optional("/first_name", self.first_name, DisplayName::parse);
        let last_name = fields.optional("/last_name", self.last_name, DisplayName::parse_optional);
        let language = fields.optional("/language", self.language, Language::parse);
        Some(RenameMe { first_name: first_name?, last_name: last_name?, language: language? })
    }
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: UserId,
    #[schema(value_type = values::Email)]
    pub email: Email,
    #[schema(value_type = values::DisplayName)]
    pub first_name: DisplayName,
    #[schema(value_type = values::LastName)]
    pub last_name: DisplayName,
    #[schema(max_length = 201, example = "Ada Lovelace")]
    pub full_name: String,
    #[schema(value_type = values::UserStatus)]
    pub status: UserStatus,
    pub is_active: bool,
    pub email_verified: bool,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub last_active: Option<Timestamp>,
}

impl From<User> for UserDto {
    fn from(user: User) -> Self {
        Self {
            full_name: user.full_name(),
            is_active: user.status == UserStatus::Active,
            id: user.id,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            status: user.status,
            email_verified: user.email_verified,
            created_at: user.created_at,
            last_active: user.last_active,
        }
    }
}

/// A new account with the organization it owns.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedUpDto {
    #[serde(flatten)]
    pub user: UserDto,
    pub organization: OrganizationRefDto,
}

impl SignedUpDto {
    /// Creates the response from what the sign-up created.
    pub fn new(user: User, org: Organization) -> Self {
        Self { user: user.into(), organization: org.into() }
    }
}

/// A message about the result, for people.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageDto {
    #[schema(value_type = String, example = "If the address can be verified, a mail with a link is on its way.")]
    pub message: &'static str,
}

/// The verified address of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifiedDto {
    #[schema(value_type = String, example = "Email verified")]
    pub message: &'static str,
    #[schema(value_type = values::Email)]
    pub email: Email,
    pub email_verified: bool,
}

/// The tokens of a login (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
pub struct TokensDto {
    /// The access token, to be sent as `Authorization: Bearer ..`.
    #[schema(example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6Ii4uIn0.c2lnbmF0dXJl")]
    pub access_token: String,
    #[schema(value_type = values::TokenType)]
    pub token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[schema(minimum = 0, example = 3600)]
    pub expires_in: i64,
    #[schema(example = "ref_GgTCxnPTcWnIb5-BpDOgrqNhgyTpVQ3Q-Q2_zpAsTu4")]
    pub refresh_token: String,
}

impl From<LoggedIn> for TokensDto {
    fn from(login: LoggedIn) -> Self {
        Self {
            access_token: login.access_token.reveal().to_owned(),
            token_type: "bearer",
            expires_in: login.expires_in.whole_seconds(),
            refresh_token: login.refresh_token.reveal().to_owned(),
        }
    }
}
