//! The text of mails, whatever names are in them.

use bailiwick_app::MailMessage;
use bailiwick_infra::{MailSender, MailSetupError, RenderedMail};

use crate::fakes::{PUBLIC_URL, invitation, outgoing, secret, verification};

fn write(message: &MailMessage) -> RenderedMail {
    RenderedMail::write(&outgoing(message.clone()), &MailSender::new(None, PUBLIC_URL).unwrap()).unwrap()
}

#[test]
fn a_verification_reads_like_this() {
    let letter = write(&verification("Ada"));
    let link = format!("https://id.example.org/auth/verify-email#token={}", secret());
    assert_eq!(letter.subject, "Please confirm your e-mail address");
    assert_eq!(
        letter.text,
        format!(
            "Hello Ada,

please confirm that this e-mail address is yours. Open this link:

{link}

The link is valid until 2026-01-03 03:04 UTC. If you did not ask for this
mail, ignore it.
"
        )
    );
    assert!(letter.html.contains(&format!(r#"<a href="{link}">"#)));
}

#[test]
fn an_invitation_reads_like_this() {
    let letter = write(&invitation("Grace Hopper", "Navy", Some("Come aboard!\n\nWe sail on Monday.\n")));
    let link = format!("https://id.example.org/auth/accept-invitation#token={}", secret());
    assert_eq!(letter.subject, "Grace Hopper invites you to Navy");
    assert_eq!(
        letter.text,
        format!(
            "Grace Hopper invites you to join Navy as Editor.

> Come aboard!
> 
> We sail on Monday.

To accept or decline, open this link:

{link}

It works once, until 2026-01-04 03:04 UTC. If you do not know the sender,
ignore this mail.
"
        )
    );
    assert!(letter.html.contains("<blockquote>Come aboard!<br><br>We sail on Monday.</blockquote>"));
    assert!(letter.html.contains(&format!(r#"<a href="{link}">"#)));
}

#[test]
fn without_a_word_of_the_inviter_nothing_is_quoted() {
    let letter = write(&invitation("Grace", "Navy", None));
    assert!(
        letter.text.starts_with("Grace invites you to join Navy as Editor.\n\nTo accept"),
        "{}",
        letter.text
    );
    assert!(!letter.html.contains("blockquote"));
}

#[test]
fn names_are_escaped_in_html_and_left_alone_in_text() {
    let name = r#"<script>alert("1")</script> & 'Söhne'"#;
    let letter = write(&invitation(name, name, Some(name)));
    assert!(!letter.html.contains("<script"));
    assert!(!letter.html.contains(r#""1""#));
    assert!(letter.html.contains("Söhne"));
    assert!(letter.text.contains(r#"<script>alert("1")</script> & 'Söhne'"#));
    assert!(!write(&verification(name)).html.contains("<script"));
}

#[test]
fn a_template_in_a_name_is_only_a_name() {
    let letter = write(&verification("{{ letter.link }}{% if true %}"));
    assert!(letter.text.starts_with("Hello {{ letter. link }}{% if true %},"));
}

#[test]
fn no_name_adds_a_line_or_a_link() {
    let name = "Ada\r\nBcc: eve@example.com\r\n\r\nhttps://evil.example/\u{2028}WWW.evil.example\u{202e}y";
    for letter in [write(&invitation(name, name, Some(name))), write(&verification(name))] {
        assert!(!letter.subject.chars().any(char::is_control), "{:?}", letter.subject);
        assert!(!letter.text.contains('\r'));
        assert!(!letter.text.contains(['\u{2028}', '\u{202e}']));
        let links: Vec<_> = letter.text.lines().filter(|line| line.contains("://")).collect();
        assert!(matches!(links[..], [one] if one.starts_with(PUBLIC_URL)), "{links:?}");
        assert_eq!(letter.html.matches("://").count(), 1);
        assert_eq!(letter.html.matches("<a ").count(), 1);
        for text in [&letter.subject, &letter.text, &letter.html] {
            assert!(!text.contains("evil.example") && !text.contains("WWW.evil"), "{text}");
        }
    }
}

#[test]
fn debug_shows_no_link() {
    let shown = format!("{:?}", write(&verification("Ada")));
    assert!(!shown.contains("token"), "{shown}");
}

#[test]
fn links_keep_the_path_of_the_public_url() {
    for (url, start) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/verify-email#token=inv_"),
        ("http://[::1]:8080/", "http://[::1]:8080/verify-email#token=inv_"),
        ("https://Example.org/a/b/", "https://example.org/a/b/verify-email#token=inv_"),
        ("https://bücher.example", "https://xn--bcher-kva.example/verify-email#token=inv_"),
    ] {
        let sender = MailSender::new(None, url).unwrap();
        let letter = RenderedMail::write(&outgoing(verification("Ada")), &sender).unwrap();
        assert!(letter.text.lines().any(|line| line.starts_with(start)), "{}", letter.text);
    }
}

#[test]
fn odd_settings_are_refused() {
    let endless = format!("https://example.org/{}", "x".repeat(500));
    for url in [
        "",
        "example.org",
        "ftp://example.org",
        "javascript:alert(1)",
        "https://user@example.org",
        "https://user:pass@example.org",
        "https://example.org/?a=b",
        "https://example.org/#a",
        &endless,
    ] {
        assert_eq!(MailSender::new(None, url).err(), Some(MailSetupError::PublicUrl), "{url}");
    }
    for from in ["", "nobody", "a@b\r\nBcc: c@d", "a\u{200b}@b.c", "A <a@example.org>, B <b@example.org>"] {
        assert_eq!(MailSender::new(Some(from), PUBLIC_URL).err(), Some(MailSetupError::From), "{from:?}");
    }
}
