//! The choices of the builder and their effects.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed test panics

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bailiwick::app::accounts::{SignUp, SignedUp};
use bailiwick::app::authority::{Permit, Public};
use bailiwick::app::{AccessTokens, MailError, Mailer, OutgoingMail, Settings};
use bailiwick::http::HttpSettings;
use bailiwick::infra::{JwtKeys, JwtTokens, SystemIds, TokenParties};
use bailiwick::kernel::{Clock, DisplayName, Email, Timestamp};
use bailiwick::roles::{DeclaredPermission, Role, SystemRole};
use bailiwick::store::OpenError;
use bailiwick::users::Password;
use bailiwick::{Bailiwick, BuildError, Builder};
use tempfile::TempDir;
use tokio::sync::Notify;

/// Sets everything that has no default.
fn required_choices(folder: &TempDir) -> Builder {
    Bailiwick::builder()
        .database_url(format!("sqlite:{}", folder.path().join("bailiwick.db").display()))
        .jwt(JwtKeys::hs256(&[7; 32]).unwrap())
        .mail_to_files(folder.path().join("outbox"))
        .public_url("https://id.example.com")
}

fn ada() -> SignUp {
    SignUp {
        email: Email::parse("ada@example.com").unwrap(),
        password: Password::parse("correct horse battery").unwrap(),
        first_name: DisplayName::parse("Ada").unwrap(),
        last_name: DisplayName::parse("Lovelace").unwrap(),
        organization_name: None,
    }
}

#[tokio::test]
async fn a_malformed_resource_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    for resource in ["a b", "", "a:b", "k*b", "users"] {
        let settings =
            Settings { resources: vec!["kb".to_owned(), resource.to_owned()], ..Settings::default() };
        match required_choices(&folder).settings(settings).build().await {
            Err(error @ BuildError::Resource(_)) => {
                assert!(error.to_string().contains(&format!("{resource:?}")), "{error}");
            }
            other => panic!("{resource}: {other:?}"),
        }
    }
    assert!(!folder.path().join("bailiwick.db").exists(), "nothing was created");
}

bailiwick::app::permissions! {
    /// May see invoices.
    InvoicesRead = "invoices:read";
    /// May purge users: an action that the service does not have, of a resource that it has.
    UsersPurge = "users:purge";
}

#[tokio::test]
async fn a_permission_that_cannot_be_declared_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let see = |builder: Builder| builder.permission::<InvoicesRead>("See invoices", SystemRole::Guest);
    let settings = Settings { resources: vec!["invoices".to_owned()], ..Settings::default() };
    let declared = vec![
        DeclaredPermission::new(InvoicesRead::permission().clone(), "See all invoices", SystemRole::Guest)
            .unwrap(),
    ];
    for (builder, message) in [
        (
            required_choices(&folder).permission::<UsersPurge>("Purge users", SystemRole::Owner),
            "users:purge is of a resource of the service itself; choose another resource",
        ),
        (
            required_choices(&folder).permission::<InvoicesRead>(" ", SystemRole::Guest),
            "the description of invoices:read is empty; say what the permission allows",
        ),
        (
            see(required_choices(&folder)).permission::<InvoicesRead>("See invoices", SystemRole::Admin),
            "invoices:read is declared twice, with different roles or descriptions; declare it once",
        ),
        (
            see(required_choices(&folder)).settings(Settings { declared, ..Settings::default() }),
            "invoices:read is declared twice, with different roles or descriptions; declare it once",
        ),
        (
            required_choices(&folder).settings(settings).permission::<InvoicesRead>("See", SystemRole::Admin),
            "invoices:read is declared for the role admin, but the resource invoices is configured too and grants it \
             to the role guest; declare it for that role, or remove the resource",
        ),
    ] {
        match builder.build().await {
            Err(error @ BuildError::Permission(_)) => {
                assert_eq!(error.to_string(), format!("a permission cannot be used: {message}"));
            }
            other => panic!("{message}: {other:?}"),
        }
    }
    assert!(!folder.path().join("bailiwick.db").exists(), "nothing was created");
    see(see(required_choices(&folder))).build().await.unwrap();
}

#[tokio::test]
async fn a_declared_permission_reaches_organizations_that_exist_when_the_service_starts() {
    let folder = tempfile::tempdir().unwrap();
    let bailiwick = required_choices(&folder).build().await.unwrap();
    bailiwick.migrate().await.unwrap();
    let SignedUp::Created(_, org) = bailiwick.app().sign_up(&Public, &ada()).await.unwrap() else {
        panic!("no account is created")
    };
    drop(bailiwick);
    let builder = required_choices(&folder).permission::<InvoicesRead>("See invoices", SystemRole::Member);
    let bailiwick = builder.build().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = HttpSettings { drain_delay: Duration::ZERO, ..HttpSettings::default() };
    // The service stops as soon as it has answered.
    let address = listener.local_addr().unwrap();
    let answered = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        stream.read_exact(&mut [0; 12]).unwrap();
    });
    let answers = async move { answered.await.unwrap() };
    bailiwick.serve(listener, settings, answers).await.unwrap();
    let mut tx = bailiwick.app().parts().store.begin_read().await.unwrap();
    let holds = |role: &Role| role.permissions.iter().any(|grant| grant.as_str() == "invoices:read");
    let roles = tx.roles().list(org.id).await.unwrap();
    let holders: Vec<_> = roles.iter().filter(|role| holds(role)).map(|role| role.name.as_str()).collect();
    assert_eq!(holders, ["admin", "member"]);
}

#[tokio::test]
async fn a_choice_without_default_is_named_when_it_is_missing() {
    let keys = || JwtKeys::hs256(&[7; 32]).unwrap();
    let tokens = || {
        let tokens = JwtTokens::new(keys(), TokenParties::default(), Arc::new(SystemIds::new()));
        Arc::new(tokens.unwrap()) as Arc<dyn AccessTokens>
    };
    for (builder, missing) in [
        (Bailiwick::builder(), "jwt"),
        (Bailiwick::builder().tokens(tokens()), "server_key"),
        (Bailiwick::builder().tokens(tokens()).server_key(keys().server_key()), "mail_to_files"),
        (Bailiwick::builder().jwt(keys()), "mail_to_files"),
        (Bailiwick::builder().jwt(keys()).mail_to_files("outbox"), "public_url"),
        (Bailiwick::builder().jwt(keys()).mailer(Arc::new(LetterBox::default())), "database_url"),
    ] {
        match builder.build().await {
            Err(BuildError::Missing(method)) => assert_eq!(method, missing),
            other => panic!("{missing}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_file_is_claimed_by_one_application_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = required_choices(&folder).build().await.unwrap();
    let second = required_choices(&folder).build().await;
    assert!(matches!(second, Err(BuildError::Database(OpenError::OpenTwice))), "{second:?}");
    drop(first);
    required_choices(&folder).build().await.unwrap();
}

#[tokio::test]
async fn migrating_again_applies_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bailiwick = required_choices(&folder).build().await.unwrap();
    assert!(!bailiwick.migrate().await.unwrap().is_empty());
    assert!(bailiwick.migrate().await.unwrap().is_empty());
}

#[tokio::test]
async fn serving_sends_mail_until_it_is_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Arc::new(LetterBox::default());
    let builder = required_choices(&folder).mailer(Arc::clone(&mailer) as Arc<dyn Mailer>);
    let bailiwick = builder.clock(Arc::new(LongAgo)).build().await.unwrap();
    bailiwick.migrate().await.unwrap();
    bailiwick.app().sign_up(&Public, &ada()).await.unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = HttpSettings { drain_delay: Duration::ZERO, ..HttpSettings::default() };
    let posted = Arc::clone(&mailer);
    bailiwick.serve(listener, settings, async move { posted.arrived.notified().await }).await.unwrap();

    let mails = mailer.mails.lock().unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].created_at, LongAgo.now(), "the time is that of the chosen clock");
}

/// A mailer that keeps mail in a list.
#[derive(Default)]
struct LetterBox {
    mails: Mutex<Vec<OutgoingMail>>,
    arrived: Notify,
}

#[async_trait::async_trait]
impl Mailer for LetterBox {
    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        self.mails.lock().unwrap().push(mail.clone());
        self.arrived.notify_one();
        Ok(())
    }
}

struct LongAgo;

impl Clock for LongAgo {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000_000).unwrap()
    }
}
