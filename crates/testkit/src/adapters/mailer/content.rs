//! What a mail says.

use bailiwick_app::MailSecret;

use super::World;
use super::tools::{MailFactory, in_languages, own};

pub async fn a_mail_has_its_secret_once_and_a_notice_has_none(world: World) {
    let factory = MailFactory::default();
    let secret = factory.verification("Ada").secret().unwrap().reveal().to_owned();
    let prefix = &secret[..secret.len() / 4];
    for message in factory.every_kind() {
        let received = world.delivered(&factory.mail("ada@example.com", message.clone())).await;
        let kind = message.kind();
        let Some(secret) = message.secret().map(MailSecret::reveal) else {
            assert!(!received.text.contains(prefix), "{kind} has no secret: {}", received.text);
            continue;
        };
        assert_eq!(received.text.matches(secret).count(), 1, "{kind} has one link: {}", received.text);
        assert!(!received.subject.contains(secret), "subjects are shown on locked screens");
    }
}

pub async fn a_mail_is_in_the_first_language_that_there_are_texts_in(world: World) {
    let factory = MailFactory::default();
    let [usual, other] = world.languages();
    let message = factory.invitation("Grace", "Navy", None);
    let texts = async |tags: &[&str]| {
        let received =
            world.delivered(&in_languages(factory.mail("ada@example.com", message.clone()), tags)).await;
        (received.subject, received.text)
    };
    let [of_usual, of_other] = [texts(&[usual]).await, texts(&[other]).await];
    assert!(of_usual.0 != of_other.0 && of_usual.1 != of_other.1, "each language has texts of its own");
    let region = format!("{other}-XX");
    for (tags, expected) in [
        (&[][..], &of_usual),
        (&["tlh"], &of_usual),
        (&["tlh", other], &of_other),
        (&[other, usual], &of_other),
        (&[usual, other], &of_usual),
        (&[region.as_str()], &of_other),
    ] {
        assert_eq!(texts(tags).await, *expected, "{tags:?}");
    }
}

pub async fn names_are_shown_as_they_are(world: World) {
    let factory = MailFactory::default();
    for name in [
        "Zo\u{eb} M\u{fc}ller",
        "\u{6d77}\u{8ecd} \u{682a}\u{5f0f}\u{4f1a}\u{793e}",
        "\u{1f469}\u{200d}\u{1f680} Navy",
        "R&D <b> \"quoted\" 'x' 100% {{ name }}",
        "=?utf-8?q?evil=2Eexample?=",
        ".",
    ] {
        let received =
            world.delivered(&factory.mail("ada@example.com", factory.invitation("Grace", name, None))).await;
        assert!(received.subject.contains(name), "{name:?} in {:?}", received.subject);
        assert!(received.text.contains(name), "{name:?} in {:?}", received.text);
    }
}

pub async fn a_mail_of_an_embedder_arrives_as_it_was_written(world: World) {
    let factory = MailFactory::default();
    let text = "Hello Ada,\n\nyou get 12 \u{20ac} back for <invoice> 7:\nhttps://shop.example/invoices/7";
    let message = own("Invoice 7 was refunded: 12 \u{20ac}", text);
    let received = world.delivered(&factory.mail("ada@example.com", message)).await;
    assert_eq!(received.subject, "Invoice 7 was refunded: 12 \u{20ac}");
    assert!(received.text.contains(text), "{}", received.text);
}
