//! `OutboxRepo`: mail waiting to be sent.

use std::slice::from_ref;

use bailiwick_app::{Delivery, LatestDue, MailClaim, MailMessage, MailSecret, OutgoingMail, OwnMail};
use bailiwick_kernel::{Language, MailId, PlainToken, Timestamp, TokenKind};
use time::Duration;

use super::world::{World, difficult};
use crate::mail_claim;

pub fn new_mail(world: &World, now: Timestamp) -> OutgoingMail {
    let token = PlainToken::generate(TokenKind::EmailVerification, &*world.ids);
    let message = MailMessage::VerifyEmail {
        token: MailSecret::from(&token),
        first_name: difficult("Zoe"),
        expires_at: world.after(60),
    };
    let languages = ["de-AT", "en"].map(|tag| Language::from_stored(tag.to_owned()));
    OutgoingMail::new(world.email(), message, &*world.ids, now).in_languages(languages)
}

fn new_invitation_mail(world: &World, now: Timestamp, greeting: Option<&str>) -> OutgoingMail {
    let token = PlainToken::generate(TokenKind::Invitation, &*world.ids);
    let message = MailMessage::Invitation {
        token: MailSecret::from(&token),
        organization: difficult("Acme & S\u{f6}hne"),
        inviter: difficult("Ada Lovelace"),
        role: difficult("editor"),
        message: greeting.map(|text| format!(" {} ", difficult(text))),
        expires_at: world.after(60),
    };
    OutgoingMail::new(world.email(), message, &*world.ids, now)
}

pub async fn enqueue(world: &World, mail: &OutgoingMail) {
    transaction!(world, |tx| tx.outbox().enqueue(mail, mail.created_at).await).unwrap();
}

async fn mail(world: &World, seconds: i64) -> OutgoingMail {
    let mail = new_mail(world, world.after(seconds));
    enqueue(world, &mail).await;
    mail
}

async fn claim(world: &World, now: Timestamp, limit: usize) -> Vec<OutgoingMail> {
    let hidden_until = now + Duration::seconds(30);
    transaction!(world, |tx| tx.outbox().claim(&mail_claim(now, hidden_until, limit)).await).unwrap()
}

async fn fail(world: &World, mail: &OutgoingMail, retry_at: Option<Timestamp>) {
    transaction!(world, |tx| tx
        .outbox()
        .record_delivery(
            mail,
            &Delivery::Failed { error: format!(" {} ", difficult("the line is dead")), retry_at }
        )
        .await)
    .unwrap();
}

pub async fn a_mail_is_due_at_once_and_unchanged(world: World) {
    let own = OwnMail::with_html("invoice_refunded", "S\u{f6}hne", "a\n\n'b'", "<p>\"\u{1f511}\"").unwrap();
    let mails = [
        new_mail(&world, world.now),
        new_invitation_mail(&world, world.after(1), None),
        new_invitation_mail(&world, world.after(2), Some("Welcome,\n'friend'!")),
        OutgoingMail::new(world.email(), MailMessage::Own(own), &*world.ids, world.after(3)),
    ];
    assert_eq!(claim(&world, world.now, 10).await, []);
    for mail in &mails {
        enqueue(&world, mail).await;
        assert_eq!(claim(&world, mail.created_at, 10).await, from_ref(mail));
    }
}

pub async fn a_mail_of_the_future_is_not_due(world: World) {
    let mail = mail(&world, 5).await;
    let too_early = mail.created_at + Duration::microseconds(-1);
    assert_eq!(claim(&world, too_early, 10).await, []);
    assert_eq!(claim(&world, mail.created_at, 10).await, [mail]);
}

pub async fn the_oldest_mail_is_claimed_first(world: World) {
    // The times differ by microseconds only, so an order by id would be the order of creation.
    let of = |micros| new_mail(&world, world.now + Duration::microseconds(micros));
    let (newest, oldest, middle) = (of(3), of(1), of(2));
    for mail in [&newest, &oldest, &middle] {
        enqueue(&world, mail).await;
    }
    assert_eq!(claim(&world, world.after(9), 2).await, [oldest, middle]);
    assert_eq!(claim(&world, world.after(9), 2).await, [newest]);
    assert_eq!(claim(&world, world.after(9), 2).await, []);
}

pub async fn no_more_mail_is_claimed_than_asked_for(world: World) {
    for seconds in 0..5 {
        mail(&world, seconds).await;
    }
    assert_eq!(claim(&world, world.after(9), 0).await, []);
    assert_eq!(claim(&world, world.after(9), 3).await.len(), 3);
    assert_eq!(claim(&world, world.after(9), 3).await.len(), 2);
}

pub async fn a_claimed_mail_is_hidden_until_the_time_given(world: World) {
    let mail = mail(&world, 0).await;
    assert_eq!(claim(&world, world.now, 10).await, from_ref(&mail));
    let still_hidden = world.after(30) + Duration::microseconds(-1);
    assert_eq!(claim(&world, still_hidden, 10).await, []);
    assert_eq!(claim(&world, world.after(30), 10).await, [mail]);
}

pub async fn a_claim_that_is_rolled_back_hides_nothing(world: World) {
    let mail = mail(&world, 0).await;
    let mut tx = world.begin().await;
    assert_eq!(tx.outbox().claim(&mail_claim(world.now, world.after(30), 10)).await, Ok(vec![mail.clone()]));
    assert_eq!(tx.outbox().claim(&mail_claim(world.now, world.after(30), 10)).await, Ok(Vec::new()));
    tx.rollback().await.unwrap();
    assert_eq!(claim(&world, world.now, 10).await, [mail]);
}

pub async fn a_mail_sent_is_never_claimed_again(world: World) {
    let (sent, other) = (mail(&world, 0).await, mail(&world, 1).await);
    claim(&world, world.after(2), 10).await;
    transaction!(world, |tx| tx.outbox().record_delivery(&sent, &Delivery::Sent(world.after(3))).await)
        .unwrap();
    for hours in [1, 24 * 365] {
        assert_eq!(claim(&world, world.after(hours * 3600), 10).await, from_ref(&other));
    }
}

pub async fn a_failed_mail_is_due_again_at_the_time_given(world: World) {
    let mail = mail(&world, 0).await;
    for failures in 1..=3 {
        let retry_at = world.after(i64::from(failures) * 100);
        fail(&world, &mail, Some(retry_at)).await;
        assert_eq!(claim(&world, retry_at + Duration::microseconds(-1), 10).await, []);
        let expected = OutgoingMail { attempts: failures, ..mail.clone() };
        assert_eq!(claim(&world, retry_at, 10).await, [expected]);
    }
}

pub async fn a_mail_given_up_is_never_claimed_again(world: World) {
    let (given_up, other) = (mail(&world, 0).await, mail(&world, 1).await);
    claim(&world, world.after(2), 10).await;
    fail(&world, &given_up, None).await;
    for hours in [1, 24 * 365] {
        assert_eq!(claim(&world, world.after(hours * 3600), 10).await, from_ref(&other));
    }
}

async fn make_due(world: &World, mail: MailId, now: Timestamp) -> bool {
    transaction!(world, |tx| tx.outbox().make_due(mail, now).await).unwrap()
}

pub async fn a_mail_made_due_is_claimed_at_once_in_every_state(world: World) {
    let (given_up, failed, hidden) = (mail(&world, 0).await, mail(&world, 1).await, mail(&world, 2).await);
    claim(&world, world.after(2), 10).await;
    fail(&world, &given_up, None).await;
    fail(&world, &failed, Some(world.after(9000))).await;
    for (mail, attempts) in [(given_up, 1), (failed, 1), (hidden, 0)] {
        assert_eq!(claim(&world, world.after(3), 10).await, []);
        assert!(make_due(&world, mail.id, world.after(4)).await);
        assert_eq!(claim(&world, world.after(3), 10).await, [], "due at the given time");
        let expected = OutgoingMail { attempts, ..mail };
        assert_eq!(claim(&world, world.after(4), 10).await, [expected]);
    }
}

pub async fn a_sent_or_unknown_mail_is_not_made_due(world: World) {
    let (sent, unknown) = (mail(&world, 0).await, new_mail(&world, world.now));
    claim(&world, world.now, 10).await;
    transaction!(world, |tx| tx.outbox().record_delivery(&sent, &Delivery::Sent(world.after(3))).await)
        .unwrap();
    for mail in [sent, unknown] {
        assert!(!make_due(&world, mail.id, world.after(4)).await);
    }
    assert_eq!(claim(&world, world.after(9000), 10).await, []);
}

pub async fn only_mail_that_is_due_too_late_is_claimed_early(world: World) {
    let latest_due = LatestDue { few_failures: 1, after_few: world.after(60), after_many: world.after(600) };
    let mut expedited = Vec::new();
    for (failures, due, is_late) in
        [(1, 60, false), (1, 61, true), (2, 61, false), (2, 600, false), (2, 601, true), (0, -5, false)]
    {
        let mail = mail(&world, -10).await;
        for _ in 0..failures {
            fail(&world, &mail, Some(world.after(due))).await;
        }
        if is_late {
            expedited.push(mail.id);
        } else if failures == 0 {
            // A sender claims it, which hides it for half a minute.
            assert_eq!(claim(&world, world.now, 1).await.len(), 1);
        }
    }
    let given_up = mail(&world, -10).await;
    fail(&world, &given_up, None).await;
    let sent = mail(&world, -10).await;
    transaction!(world, |tx| tx.outbox().record_delivery(&sent, &Delivery::Sent(world.now)).await).unwrap();
    assert_eq!(claim(&world, world.now, 10).await, []);
    let late = MailClaim { latest_due, ..mail_claim(world.now, world.after(30), 10) };
    let claimed = transaction!(world, |tx| tx.outbox().claim(&late).await).unwrap();
    let claimed: Vec<_> = claimed.iter().map(|mail| mail.id).collect();
    assert_eq!(claimed, expedited);
}
