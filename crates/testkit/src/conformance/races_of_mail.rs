//! Concurrent senders of the outbox.

use bailiwick_app::{Delivery, OutgoingMail};
use bailiwick_kernel::MailId;

use super::outbox::{enqueue, new_mail};
use super::races::at_once;
use super::world::World;
use crate::mail_claim;

/// Claims mail until none is left and returns the ids claimed.
async fn send(world: World) -> Vec<MailId> {
    let mut sent = Vec::new();
    loop {
        let mails = claim(&world).await;
        if mails.is_empty() {
            return sent;
        }
        for mail in mails {
            transaction!(world, |tx| tx.outbox().record_delivery(&mail, &Delivery::Sent(world.now)).await)
                .unwrap();
            sent.push(mail.id);
        }
    }
}

async fn claim(world: &World) -> Vec<OutgoingMail> {
    let hidden_until = world.after(60);
    transaction!(world, |tx| tx.outbox().claim(&mail_claim(world.now, hidden_until, 3)).await).unwrap()
}

pub async fn each_mail_is_given_to_one_of_many_senders(world: World) {
    for _ in 0..world.rounds.div_ceil(10) {
        let mut expected = Vec::new();
        for _ in 0..20 {
            let mail = new_mail(&world, world.now);
            enqueue(&world, &mail).await;
            expected.push(mail.id);
        }
        let mut sent = at_once((0..8).map(|_| send(world.clone())).collect()).await.concat();
        sent.sort();
        assert_eq!(sent, expected);
    }
}
