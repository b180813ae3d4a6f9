//! Headers with the text of a person, as two mail parsers read them: mail-parser, and that of
//! Python's standard library.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use bailiwick_app::Mailer;
use bailiwick_infra::{FileMailer, MailSender, RenderedMail};
use mail_parser::MessageParser;

use crate::fakes::{PUBLIC_URL, invitation, outgoing};

const FILE: &str = "0198c5a0-7d3e-7000-8000-000000000001.eml";

/// A program that prints subject, name and address of the sender of every message, one per line.
/// Messages are separated by a NUL.
const PYTHON: &str = "
import email, email.policy, sys
sys.stdout.reconfigure(encoding='utf-8', newline='\\n')
for raw in sys.stdin.buffer.read().split(b'\\0'):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    sender = message['From'].addresses[0]
    assert not message['Subject'].defects and not message['From'].defects, raw
    print(message['Subject'], sender.display_name, sender.addr_spec, sep='\\n')
";

#[derive(PartialEq, Eq, Debug)]
struct Shown {
    subject: String,
    name: String,
    address: String,
}

async fn written(home: &Path, from: &str, inviter: &str, organization: &str) -> Vec<u8> {
    let mailer = FileMailer::new(home, Some(from), PUBLIC_URL).unwrap();
    mailer.deliver(&outgoing(invitation(inviter, organization, None))).await.unwrap();
    std::fs::read(home.join(FILE)).unwrap()
}

fn by_mail_parser(message: &[u8]) -> Shown {
    let message = MessageParser::default().parse(message).unwrap();
    let sender = message.from().unwrap().first().unwrap();
    Shown {
        subject: message.subject().unwrap().to_owned(),
        name: sender.name().unwrap_or_default().to_owned(),
        address: sender.address().unwrap().to_owned(),
    }
}

fn by_python(messages: &[Vec<u8>]) -> Vec<Shown> {
    let mut python = Command::new("python3");
    let python = python.args(["-c", PYTHON]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().expect("python3 reads mail here");
    let mut stdin = python.stdin.take().unwrap();
    let input = messages.join(&0);
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.split('\n').map(str::to_owned);
    let mut next = || lines.next().unwrap();
    messages.iter().map(|_| Shown { subject: next(), name: next(), address: next() }).collect()
}

/// Names in all scripts and of all lengths, and names that look like encoded text.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "Ada",
        "=?utf-8?b?aHR0cDovL2V2aWwuZXhhbXBsZQ==?=",
        "=?utf-8?q?evil=2Eexample?=",
        "Ada =?utf-8?q?x?= =?iso-8859-1?q?=FC?= Lovelace",
        "=?",
        "?=",
        "a =? utf-8?q?x?=",
        "Zo\u{eb} =?utf-8?q?x?=",
        "Acme (Navy), Inc; <b> \"quoted\" 'R&D' \\ 100% @home",
        "J\u{fc}rgen M\u{fc}ller-L\u{fc}denscheidt",
        "\u{6d77}\u{8ecd} \u{682a}\u{5f0f}\u{4f1a}\u{793e}",
        "\u{410}\u{43d}\u{43d}\u{430} \u{41a}\u{430}\u{440}\u{435}\u{43d}\u{438}\u{43d}\u{430}",
        "\u{639}\u{644}\u{64a} \u{5d3}\u{5d5}\u{5d3}",
        "\u{928}\u{93f}\u{916}\u{93f}\u{932} \u{e2a}\u{e21}\u{e0a}\u{e32}\u{e22}",
        "e\u{301} \u{1112}\u{1161}\u{11ab}",
        "\u{1f469}\u{200d}\u{1f680} \u{1f1e9}\u{1f1ea}",
    ]
    .map(str::to_owned)
    .into();
    for length in (1..=100).step_by(3) {
        names.push("x".repeat(length));
        names.push("\u{f6}".repeat(length));
        names.push("\u{1f511}".repeat(length));
        names.push(format!("{}\u{4e2d}", "a ".repeat(length / 2)));
    }
    names
}

#[tokio::test]
async fn every_subject_is_shown_as_it_was_written() {
    let home = tempfile::tempdir().unwrap();
    let sender = MailSender::new(None, PUBLIC_URL).unwrap();
    let (mut messages, mut expected) = (Vec::new(), Vec::new());
    for name in names() {
        for (inviter, organization) in [(name.as_str(), "Navy"), ("Grace", name.as_str()), (&name, &name)] {
            messages.push(written(home.path(), "no-reply@example.org", inviter, organization).await);
            let letter =
                RenderedMail::write(&outgoing(invitation(inviter, organization, None)), &sender).unwrap();
            let address = "no-reply@example.org".to_owned();
            expected.push(Shown { subject: letter.subject, name: String::new(), address });
        }
    }
    let by_python = by_python(&messages);
    for ((message, expected), by_python) in messages.iter().zip(&expected).zip(&by_python) {
        let text = String::from_utf8_lossy(message);
        assert_eq!(&by_mail_parser(message), expected, "{text}");
        assert_eq!(by_python, expected, "{text}");
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(head.is_ascii() && head.split("\r\n").all(|line| line.len() <= 78), "{head}");
    }
}

#[tokio::test]
async fn the_name_of_the_sender_is_shown_as_it_was_written() {
    let home = tempfile::tempdir().unwrap();
    let (mut messages, mut expected) = (Vec::new(), Vec::new());
    for name in [
        "Help Desk",
        "Zo\u{eb} M\u{fc}ller",
        "=?utf-8?q?x?=",
        "Z =?utf-8?q?x?=",
        "\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}",
        "\u{6d77}\u{8ecd}\u{682a}\u{5f0f}\u{4f1a}\u{793e}\u{6d77}\u{8ecd}\u{682a}\u{5f0f}\u{4f1a}\u{793e}",
        "Acme Identity and Access Management of the Department for Everything that has a Name",
    ] {
        let from = if name.starts_with('=') || name.starts_with('Z') && name.contains('=') {
            format!("\"{name}\" <help@example.org>")
        } else {
            format!("{name} <help@example.org>")
        };
        messages.push(written(home.path(), &from, "Grace", "Navy").await);
        expected.push(Shown {
            subject: "Grace invites you to Navy".to_owned(),
            name: name.to_owned(),
            address: "help@example.org".to_owned(),
        });
    }
    for (message, expected) in messages.iter().zip(&expected) {
        assert_eq!(&by_mail_parser(message), expected, "{}", String::from_utf8_lossy(message));
    }
    assert_eq!(by_python(&messages), expected);
}

/// No line with an encoded word is too long (RFC 2047, section 2). Some releases of Python show a
/// space between two encoded words of a name, so Python is not used here.
#[tokio::test]
async fn a_long_name_of_the_sender_is_shown_as_it_was_written() {
    let home = tempfile::tempdir().unwrap();
    for name in names() {
        let quoted = name.trim().replace('\\', "\\\\").replace('"', "\\\"");
        let message =
            written(home.path(), &format!("\"{quoted}\" <help@example.org>"), "Grace", "Navy").await;
        let text = String::from_utf8_lossy(&message);
        assert_eq!(by_mail_parser(&message).name, name.trim(), "{text}");
        let head = text.split("\r\n\r\n").next().unwrap();
        let mut encoded = head.split("\r\n").filter(|line| line.contains("=?"));
        assert!(head.is_ascii() && encoded.all(|line| line.len() <= 76), "{name:?}: {head}");
    }
}
