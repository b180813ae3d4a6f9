//! Delivery: to whom, and how often.

use std::collections::BTreeSet;

use super::World;
use super::tools::{MailFactory, own};
use crate::at_once::at_once;

pub async fn a_mail_is_delivered_once_to_its_recipient_alone(world: World) {
    let factory = MailFactory::default();
    for address in ["ada@example.com", "bob+tag@mail.example.org", "o'brien@example.com"] {
        let mail = factory.mail(address, factory.verification("Ada"));
        assert_eq!(world.delivered(&mail).await.recipients, [mail.to.as_str()]);
    }
    assert_eq!(world.received().await.len(), 3);
}

pub async fn every_kind_of_mail_is_delivered(world: World) {
    let factory = MailFactory::default();
    let messages = factory.every_kind().into_iter().chain([own("Invoice 7", "You get 12 EUR back.")]);
    let mut subjects = BTreeSet::new();
    for message in messages {
        let kind = message.kind().to_owned();
        let received = world.delivered(&factory.mail("ada@example.com", message)).await;
        assert!(!received.subject.trim().is_empty(), "{kind} has a subject");
        assert!(subjects.insert(received.subject.clone()), "{kind} has the subject of another: {received:?}");
    }
}

pub async fn of_mails_delivered_at_once_each_arrives_once(world: World) {
    let factory = MailFactory::default();
    let mails: Vec<_> = (0..20)
        .map(|number| {
            factory.mail(&format!("user{number}@example.com"), factory.verification(&format!("User{number}")))
        })
        .collect();
    let deliver = |mail: &bailiwick_app::OutgoingMail| {
        let (mailer, mail) = (world.mailer(), mail.clone());
        async move { mailer.deliver(&mail).await }
    };
    let answers = at_once(mails.iter().map(deliver).collect()).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let received = world.received().await;
    assert_eq!(received.len(), mails.len());
    for mail in &mails {
        let secret = mail.message.secret().unwrap().reveal();
        let mut of_recipient = received.iter().filter(|one| one.recipients == [mail.to.as_str()]);
        let one = of_recipient.next().expect("each recipient gets a mail");
        assert!(one.text.contains(secret) && of_recipient.next().is_none(), "with its own secret, once");
    }
}

/// The server took the mail, and the sender ended before that was recorded.
pub async fn a_mail_delivered_again_can_be_recognized(world: World) {
    let factory = MailFactory::default();
    let mut mail = factory.mail("ada@example.com", factory.verification("Ada"));
    world.deliver(&mail).await;
    mail.attempts = 3;
    world.deliver(&mail).await;
    let ids: BTreeSet<_> = world.received().await.into_iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), 1, "a repeated mail has the same identity: {ids:?}");
    world.deliver(&factory.mail("ada@example.com", mail.message.clone())).await;
    let ids: BTreeSet<_> = world.received().await.into_iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), 2, "another mail has another: {ids:?}");
}
