//! Mail written to files.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bailiwick_app::{MailError, Mailer};
use bailiwick_infra::FileMailer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::fakes::{PUBLIC_URL, invitation, outgoing, secret, verification};

const FILE: &str = "0198c5a0-7d3e-7000-8000-000000000001.eml";

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn mailer(directory: &Path) -> FileMailer {
    FileMailer::new(directory, None, PUBLIC_URL).unwrap()
}

#[tokio::test]
async fn a_mail_is_a_private_file_with_its_headers() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("outbox");
    mailer(&directory).deliver(&outgoing(verification("Ada"))).await.unwrap();

    let path = directory.join(FILE);
    assert_eq!((mode(&directory), mode(&path)), (0o700, 0o600));
    assert_eq!(directory.read_dir().unwrap().count(), 1);
    let message = std::fs::read_to_string(&path).unwrap();
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    for header in [
        "From: bailiwick <no-reply@id.example.org>",
        "To: ada@example.com",
        "Subject: Please confirm your e-mail address",
        "Date: Fri, 02 Jan 2026 03:04:05 +0000",
        "Message-ID: <0198c5a0-7d3e-7000-8000-000000000001@id.example.org>",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ] {
        assert!(head.split("\r\n").any(|line| line == header), "{header} in {head}");
    }
    assert!(head.contains("multipart/alternative"));
    assert!(body.contains("Content-Transfer-Encoding: 7bit"));
    assert!(!message.replace("\r\n", "").contains(['\r', '\n']));
}

#[tokio::test]
async fn the_link_stands_alone_on_a_line_of_the_bare_file_and_only_once() {
    let home = tempfile::tempdir().unwrap();
    let long = "wörter ".repeat(300);
    for message in [
        verification("Ada"),
        invitation("Zoë Grün", "Müller & Söhne", Some(&long)),
        invitation(&"\u{1f511}".repeat(100), &"ß".repeat(100), None),
    ] {
        mailer(home.path()).deliver(&outgoing(message)).await.unwrap();
        let message = std::fs::read_to_string(home.path().join(FILE)).unwrap();
        let ending = format!("#token={}", secret());
        let links: Vec<_> = message.split("\r\n").filter(|line| line.contains("token=")).collect();
        assert!(
            matches!(links[..], [one] if one.starts_with(PUBLIC_URL) && one.ends_with(&ending)),
            "{links:?}"
        );
        assert!(message.split("\r\n").all(|line| line.len() <= 998));
    }
}

#[tokio::test]
async fn the_html_part_holds_the_same_link() {
    let home = tempfile::tempdir().unwrap();
    mailer(home.path()).deliver(&outgoing(verification("Ada"))).await.unwrap();
    let message = std::fs::read_to_string(home.path().join(FILE)).unwrap();
    let (_, part) = message.split_once("Content-Type: text/html; charset=utf-8").unwrap();
    let body = part.split("\r\n\r\n").nth(1).unwrap();
    let body: String = body.lines().take_while(|line| !line.starts_with("--")).collect();
    let html = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
    assert!(html.contains(&format!("{PUBLIC_URL}verify-email#token={}", secret())));
}

#[tokio::test]
async fn a_repeated_delivery_replaces_the_file_byte_for_byte() {
    let home = tempfile::tempdir().unwrap();
    let read = || std::fs::read(home.path().join(FILE)).unwrap();
    mailer(home.path()).deliver(&outgoing(verification("Ada"))).await.unwrap();
    let first = read();
    mailer(home.path()).deliver(&outgoing(verification("Ada"))).await.unwrap();
    assert_eq!(read(), first);
    assert_eq!(home.path().read_dir().unwrap().count(), 1);
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_temporary_and_tells_no_secret() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let error = mailer(&file).deliver(&outgoing(verification("Ada"))).await.unwrap_err();
    assert!(matches!(&error, MailError::Temporary(text) if !text.contains(&secret())), "{error}");
}

#[tokio::test]
async fn the_sender_can_be_chosen_and_has_a_domain_anyway() {
    let home = tempfile::tempdir().unwrap();
    for (from, url, expected) in [
        (Some("Help Desk <help@example.org>"), PUBLIC_URL, "From: \"Help Desk\" <help@example.org>"),
        (Some("help@example.org"), PUBLIC_URL, "From: help@example.org"),
        (Some("\u{a0}help@example.org\r\n"), PUBLIC_URL, "From: help@example.org"),
        (Some("Help <\u{200b}help@example.org >\u{feff}"), PUBLIC_URL, "From: Help <help@example.org>"),
        (None, "http://127.0.0.1:8080", "From: bailiwick <no-reply@localhost>"),
        (None, "http://[::1]:8080", "From: bailiwick <no-reply@localhost>"),
        (None, "http://localhost:8080", "From: bailiwick <no-reply@localhost>"),
    ] {
        let mailer = FileMailer::new(home.path(), from, url).unwrap();
        mailer.deliver(&outgoing(verification("Ada"))).await.unwrap();
        let message = std::fs::read_to_string(home.path().join(FILE)).unwrap();
        assert!(message.lines().any(|line| line == expected), "{expected} in {message}");
    }
}
