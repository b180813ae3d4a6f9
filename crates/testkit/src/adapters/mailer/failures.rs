//! Mail servers that fail.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::{MailError, Mailer, OutgoingMail};
use tokio::time::timeout;

use super::tools::{MailFactory, own};
use super::{Failure, World};

/// Time in which a delivery must end, because the mails behind it wait.
const DEADLINE: Duration = Duration::from_mins(1);

async fn failure(mailer: &Arc<dyn Mailer>, mail: &OutgoingMail) -> MailError {
    let ended = timeout(DEADLINE, mailer.deliver(mail)).await.expect("a delivery ends");
    ended.expect_err("no server took the mail")
}

async fn verification_fails(world: &World, failure_of_server: Failure) -> Option<MailError> {
    let mailer = world.failing(failure_of_server).await?;
    let factory = MailFactory::default();
    let error = failure(&mailer, &factory.mail("ada@example.com", factory.verification("Ada"))).await;
    Some(error)
}

pub async fn a_server_that_cannot_be_reached_is_a_temporary_failure(world: World) {
    let Some(error) = verification_fails(&world, Failure::Unreachable).await else { return };
    assert!(matches!(error, MailError::Temporary(_)), "{error}");
}

pub async fn a_busy_server_is_a_temporary_failure(world: World) {
    let Some(error) = verification_fails(&world, Failure::Busy).await else { return };
    assert!(matches!(error, MailError::Temporary(_)), "{error}");
}

pub async fn a_refusal_of_the_mail_is_a_permanent_failure(world: World) {
    let refused = Failure::Refused("no such user".to_owned());
    let Some(error) = verification_fails(&world, refused).await else { return };
    assert!(matches!(error, MailError::Permanent(_)), "{error}");
}

/// The error is stored and shown to operators. Some servers repeat the link that they refuse.
pub async fn no_error_tells_the_secret(world: World) {
    let factory = MailFactory::default();
    let verification = factory.verification("Ada");
    let secret = verification.secret().unwrap().reveal().to_owned();
    let of_embedder = own("Your door code", "The code is open-sesame.");
    for (message, secret) in [(verification, secret.as_str()), (of_embedder, "open-sesame")] {
        let mail = factory.mail("ada@example.com", message);
        let refused = Failure::Refused(format!("I do not like https://id.example/x#token={secret} at all"));
        for failure_of_server in [refused, Failure::Busy, Failure::Unreachable] {
            let Some(mailer) = world.failing(failure_of_server).await else { continue };
            let error = failure(&mailer, &mail).await;
            assert!(!error.to_string().contains(secret) && !format!("{error:?}").contains(secret), "{error}");
        }
    }
}
