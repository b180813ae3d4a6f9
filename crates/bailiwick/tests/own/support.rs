//! An embedding program and its first user.

use bailiwick::Builder;
use bailiwick::app::App;
use bailiwick::app::accounts::{LogIn, SignUp, SignedUp};
use bailiwick::app::authority::{Allow, Public, permission::OrgWrite};
use bailiwick::kernel::{DisplayName, Email};
use bailiwick::prelude::{Bailiwick, JwtKeys};
use bailiwick::users::Password;
use bailiwick_testkit::app::{Database, Engine, sql};

const PASSWORD: &str = "correct horse battery";

/// The engines that this machine has; says that tests of `what` are left out on the others.
pub fn engines(what: &str) -> Vec<Engine> {
    [Some(Engine::Sqlite), Engine::postgres_or_left_out(what)].into_iter().flatten().collect()
}

/// A builder without database and mail.
pub fn builder() -> Builder {
    Bailiwick::builder().jwt(JwtKeys::hs256(&[7; 32]).unwrap()).public_url("https://shop.example/identity")
}

pub fn sign_up(email: &str) -> SignUp {
    SignUp {
        email: Email::parse(email).unwrap(),
        password: Password::parse(PASSWORD).unwrap(),
        first_name: DisplayName::parse("Ada").unwrap(),
        last_name: DisplayName::parse("Lovelace").unwrap(),
        organization_name: None,
    }
}

/// The owner of an organization.
pub struct Owner {
    pub allow: Allow<OrgWrite>,
    pub token: String,
}

/// Signs up and logs in `ada@example.com`.
pub async fn ada(app: &App) -> Owner {
    let signed_up = app.sign_up(&Public, &sign_up("ada@example.com")).await.unwrap();
    let SignedUp::Created(_, org) = signed_up else { panic!("verification is required") };
    let login = LogIn { email: "ada@example.com".to_owned(), password: Password::claimed(PASSWORD) };
    let token = app.log_in(&Public, &login).await.unwrap().access_token.reveal().to_owned();
    let actor = app.read_token(&token).unwrap();
    let allow = app.authority().check(&actor, org.id, OrgWrite).await.unwrap();
    Owner { allow, token }
}

/// Returns the number of rows of a table, or of those that a condition after its name selects.
pub async fn count(database: &Database, of: &str) -> String {
    let counted = format!("SELECT CAST(count(*) AS TEXT) FROM {of}");
    sql::rows(database.url(), &counted).await.remove(0)
}
