//! Conversations with a mail server that the test simulates.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use bailiwick_app::{MailError, Mailer};
use bailiwick_infra::{MailSetupError, SmtpMailer};

use crate::fakes::{PUBLIC_URL, invitation, outgoing, own, secret, verification};

/// Pairs of the start of a command and the server's reply to it, instead of `250 ok`.
pub type Lines = &'static [(&'static str, &'static str)];

/// A server for one mail, which reports everything that it received.
struct Server {
    port: u16,
    heard: JoinHandle<Vec<String>>,
}

impl Server {
    fn start(lines: Lines) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            converse(stream, lines, |_| ()).unwrap_or_default()
        });
        Self { port, heard }
    }

    fn mailer(&self) -> SmtpMailer {
        SmtpMailer::new(&format!("smtp://127.0.0.1:{}", self.port), None, PUBLIC_URL).unwrap()
    }

    fn heard(self) -> Vec<String> {
        self.heard.join().unwrap()
    }
}

fn answer<'a>(lines: Lines, command: &str, usual: &'a str) -> &'a str {
    lines.iter().find(|(start, _)| command.starts_with(start)).map_or(usual, |(_, said)| said)
}

/// Serves one connection. The reply `hang up` closes it. `accept` gets all lines up to the end of an accepted
/// mail, before the reply.
pub fn converse(
    stream: TcpStream,
    lines: Lines,
    mut accept: impl FnMut(&[String]),
) -> std::io::Result<Vec<String>> {
    let mut out = stream.try_clone()?;
    let mut heard = Vec::new();
    let mut in_data = false;
    let mut say = |text: &str| match text {
        "hang up" => Err(std::io::ErrorKind::ConnectionAborted.into()),
        text => out.write_all(format!("{text}\r\n").as_bytes()),
    };
    say(answer(lines, "greeting", "220 mail.example ready"))?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        heard.push(line.clone());
        if in_data && line != "." {
            continue;
        }
        let usual = match line.get(..4) {
            Some("EHLO") => "250-mail.example\r\n250-AUTH PLAIN\r\n250 8BITMIME",
            Some("DATA") => "354 go on",
            Some("AUTH") => "235 welcome",
            Some("QUIT") => "221 bye",
            _ => "250 ok",
        };
        let said = answer(lines, &line, usual);
        if in_data && said.starts_with("250") {
            accept(&heard);
        }
        say(said)?;
        in_data = said.starts_with("354");
        if line == "QUIT" {
            break;
        }
    }
    Ok(heard)
}

#[tokio::test]
async fn a_mail_is_handed_over() {
    let server = Server::start(&[]);
    server.mailer().deliver(&outgoing(verification("Ada"))).await.unwrap();
    let heard = server.heard();
    assert_eq!(heard[0], "EHLO id.example.org");
    assert_eq!(heard[1], "MAIL FROM:<no-reply@id.example.org>");
    assert_eq!(heard[2..4], ["RCPT TO:<ada@example.com>", "DATA"]);
    assert_eq!(heard[heard.len() - 2..], [".", "QUIT"]);
    let link = format!("{PUBLIC_URL}verify-email#token={}", secret());
    assert_eq!(heard.iter().filter(|line| **line == link).count(), 1);
}

#[tokio::test]
async fn names_beyond_ascii_go_as_they_are_where_the_server_can() {
    let server = Server::start(&[]);
    server.mailer().deliver(&outgoing(invitation("Zoë", "Müller", None))).await.unwrap();
    let heard = server.heard();
    assert_eq!(heard[1], "MAIL FROM:<no-reply@id.example.org> BODY=8BITMIME");
    assert!(heard.contains(&"Zoë invites you to join Müller as Editor.".to_owned()));
    let link = format!("{PUBLIC_URL}accept-invitation#token={}", secret());
    assert_eq!(heard.iter().filter(|line| **line == link).count(), 1);
}

#[tokio::test]
async fn a_server_of_ascii_gets_ascii() {
    let server = Server::start(&[("EHLO", "250 mail.example")]);
    server.mailer().deliver(&outgoing(invitation("Zoë", "Müller", None))).await.unwrap();
    let heard = server.heard();
    assert!(heard.iter().all(|line| line.is_ascii()));
    assert!(heard.contains(&"Content-Transfer-Encoding: quoted-printable".to_owned()));
    assert!(heard.contains(&"Zo=C3=AB invites you to join M=C3=BCller as Editor.".to_owned()));
}

#[tokio::test]
async fn a_login_is_decoded_and_used() {
    let server = Server::start(&[]);
    let url = format!("smtp://us%40er:p%3A%2Fss@127.0.0.1:{}", server.port);
    let mailer = SmtpMailer::new(&url, Some("help@example.org"), PUBLIC_URL).unwrap();
    assert!(!format!("{mailer:?}").contains("ss"));
    mailer.deliver(&outgoing(verification("Ada"))).await.unwrap();
    let heard = server.heard();
    // base64 of "\0us@er\0p:/ss"
    assert_eq!(heard[1], "AUTH PLAIN AHVzQGVyAHA6L3Nz");
    assert_eq!(heard[2], "MAIL FROM:<help@example.org>");
}

async fn failure(lines: Lines) -> MailError {
    let server = Server::start(lines);
    let error = server.mailer().deliver(&outgoing(verification("Ada"))).await.unwrap_err();
    drop(server.heard());
    error
}

#[tokio::test]
async fn a_refused_mail_is_refused_for_good() {
    let refusals: [Lines; 4] = [
        &[("MAIL", "550 not from you")],
        &[("RCPT", "550 no such user")],
        &[("DATA", "554 no")],
        &[(".", "552 too large")],
    ];
    for lines in refusals {
        let error = failure(lines).await;
        assert!(matches!(error, MailError::Permanent(_)), "{lines:?}: {error}");
    }
    assert!(failure(refusals[1]).await.to_string().contains("no such user"));
}

#[tokio::test]
async fn everything_else_may_pass() {
    let troubles: [Lines; 10] = [
        &[("greeting", "421 busy")],
        &[("greeting", "554 not here")],
        &[("greeting", "HTTP/1.1 400 Bad Request")],
        &[("greeting", "hang up")],
        &[("EHLO", "hang up")],
        &[("MAIL", "530 log in first")],
        &[("RCPT", "450 later")],
        &[("RCPT", "hang up")],
        &[("DATA", "451 later")],
        &[(".", "hang up")],
    ];
    for lines in troubles {
        let error = failure(lines).await;
        assert!(matches!(error, MailError::Temporary(_)), "{lines:?}: {error}");
    }
}

#[tokio::test]
async fn a_refused_login_is_for_the_operator_to_mend() {
    let server = Server::start(&[("AUTH", "535 wrong password")]);
    let url = format!("smtp://user:secret@127.0.0.1:{}", server.port);
    let mailer = SmtpMailer::new(&url, None, PUBLIC_URL).unwrap();
    let error = mailer.deliver(&outgoing(verification("Ada"))).await.unwrap_err();
    assert!(matches!(error, MailError::Temporary(_)), "{error}");
}

#[tokio::test]
async fn no_server_at_all_may_pass() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let mailer = SmtpMailer::new(&url, None, PUBLIC_URL).unwrap();
    let error = mailer.deliver(&outgoing(verification("Ada"))).await.unwrap_err();
    assert!(matches!(error, MailError::Temporary(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_left_after_ten_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let mailer = SmtpMailer::new(&url, None, PUBLIC_URL).unwrap();
    let start = tokio::time::Instant::now();
    let error = mailer.deliver(&outgoing(verification("Ada"))).await.unwrap_err();
    assert!(matches!(error, MailError::Temporary(_)), "{error}");
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_server_that_hangs_up_after_taking_the_mail_has_it() {
    let server = Server::start(&[("QUIT", "hang up")]);
    server.mailer().deliver(&outgoing(verification("Ada"))).await.unwrap();
}

#[tokio::test]
async fn a_server_that_repeats_the_secret_is_not_quoted() {
    let said = format!("554 I do not like #token={}", secret());
    let lines: Lines = Box::leak(Box::new([(".", &*said.leak())]));
    let error = failure(lines).await.to_string();
    assert!(error.contains("I do not like #token=***"), "{error}");
    assert!(!error.contains(&secret()));
}

#[tokio::test]
async fn a_server_that_refuses_a_mail_of_an_embedder_is_not_quoted() {
    let server = Server::start(&[(".", "554 I do not like https://shop.example/invoices/7 at all")]);
    let error = server.mailer().deliver(&outgoing(own())).await.unwrap_err().to_string();
    drop(server.heard());
    assert!(error.contains("the mail server answered 554"), "{error}");
    assert!(!error.contains("invoices") && !error.contains("like"), "{error}");
}

#[test]
fn odd_smtp_urls_are_refused() {
    for url in [
        "",
        "mail.example",
        "http://mail.example",
        "smtp:mail.example",
        "smtp://",
        "smtp://user@mail.example",
        "smtp://:pass@mail.example",
        "smtp://user:%ff@mail.example",
        "smtp://mail.example/path",
        "smtp://mail.example?tls=required",
        "starttls://mail.example",
        "smtps+starttls://mail.example",
        "smtp://mail.example#x",
        "smtp://mail.example:99999",
    ] {
        assert_eq!(SmtpMailer::new(url, None, PUBLIC_URL).err(), Some(MailSetupError::SmtpUrl), "{url}");
    }
    for url in [
        "smtp://mail.example",
        "smtps://user:pass@mail.example:465/",
        "smtps://[::1]",
        "smtp+starttls://10.0.0.1",
    ] {
        SmtpMailer::new(url, None, PUBLIC_URL).unwrap();
    }
}

#[tokio::test]
async fn a_check_goes_as_far_as_a_mail_and_sends_none() {
    let server = Server::start(&[]);
    let url = format!("smtp://user:pass@127.0.0.1:{}", server.port);
    SmtpMailer::new(&url, None, PUBLIC_URL).unwrap().check().await.unwrap();
    let heard = server.heard();
    assert_eq!(heard, ["EHLO id.example.org", "AUTH PLAIN AHVzZXIAcGFzcw==", "QUIT"]);

    let server = Server::start(&[("greeting", "554 go away")]);
    let refused = server.mailer().check().await.unwrap_err();
    assert!(refused.to_string().contains("go away"), "{refused}");
    drop(server.heard());
}

/// The server accepted the mail, and the sender ended before that was recorded.
#[tokio::test]
async fn a_mail_that_goes_out_twice_has_the_same_message_id_and_date() {
    let mut heard = Vec::new();
    for attempts in [0, 3] {
        let server = Server::start(&[]);
        let mut mail = outgoing(verification("Ada"));
        mail.attempts = attempts;
        server.mailer().deliver(&mail).await.unwrap();
        let lines = server.heard();
        let is_kept = |line: &&String| line.starts_with("Message-ID: ") || line.starts_with("Date: ");
        heard.push(lines.iter().filter(is_kept).cloned().collect::<Vec<_>>());
    }
    assert_eq!(heard[0].len(), 2);
    assert_eq!(heard[0], heard[1]);
}
