//! Text of a person in headers.

use super::World;
use super::tools::MailFactory;

const HOSTILE: [&str; 8] = [
    "Ada\r\nBcc: eve@example.com",
    "Ada\nBcc: eve@example.com",
    "Ada\rBcc: eve@example.com",
    "Ada\r\n\r\nA text of Eve",
    "Zo\u{eb}\r\nBcc: eve@example.com",
    "Ada =?utf-8?q?=0D=0ABcc:_eve@example.com?=",
    "Ada\r\n.\r\nRCPT TO:<eve@example.com>",
    "Ada\u{2028}Bcc: eve@example.com\0",
];

pub async fn no_text_of_a_person_adds_a_header_or_a_recipient(world: World) {
    let factory = MailFactory::default();
    let harmless = factory.mail("ada@example.com", factory.invitation("Grace", "Navy", Some("Come!")));
    let usual = world.delivered(&harmless).await.headers;
    for text in HOSTILE {
        for message in [
            factory.invitation(text, "Navy", None),
            factory.invitation("Grace", text, None),
            factory.invitation("Grace", "Navy", Some(text)),
            factory.verification(text),
        ] {
            let received = world.delivered(&factory.mail("ada@example.com", message)).await;
            assert_eq!(received.recipients, ["ada@example.com"], "{text:?}");
            assert_eq!(received.headers, usual, "{text:?}");
        }
    }
}

pub async fn the_subject_is_one_line(world: World) {
    let factory = MailFactory::default();
    for text in HOSTILE {
        let mail = factory.mail("ada@example.com", factory.invitation(text, text, None));
        let subject = world.delivered(&mail).await.subject;
        assert!(!subject.contains(['\r', '\n', '\0']), "{subject:?}");
    }
}
