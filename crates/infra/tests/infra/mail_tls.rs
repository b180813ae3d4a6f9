//! Mail by TLS, to servers that the test simulates.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use bailiwick_app::{MailError, Mailer};
use bailiwick_infra::{SmtpMailer, read_ca_file};
use bailiwick_kernel::PrivateRoots;
use bailiwick_testkit::app::Certificates;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::fakes::{PUBLIC_URL, outgoing, verification};

/// How the server uses TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// TLS from the first byte.
    Tls,
    /// TLS by STARTTLS.
    StartTls,
    /// Offers STARTTLS and then refuses it.
    Refusing,
    /// Does not offer STARTTLS; an attacker in between can make any server appear so.
    Stripped,
    /// An attacker in between injects a reply after the one to STARTTLS.
    Injected,
}

/// A server for one mail, which reports everything that it received, with `TLS` at the handshake.
struct Server {
    port: u16,
    heard: JoinHandle<Vec<String>>,
}

impl Server {
    fn start(kind: Kind, certificates: &Certificates, name: &str) -> Self {
        let config = config(certificates, name);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = std::thread::spawn(move || {
            let mut heard = Vec::new();
            let (stream, _) = listener.accept().unwrap();
            // Some of the tests are about a client that breaks off.
            let _ = serve(stream, kind, config, &mut heard);
            heard
        });
        Self { port, heard }
    }

    fn mailer(&self, scheme: &str, host: &str, roots: &PrivateRoots) -> SmtpMailer {
        let url = format!("{scheme}://ada:secret@{host}:{}", self.port);
        SmtpMailer::new(&url, None, PUBLIC_URL).unwrap().trusting(roots).unwrap()
    }

    fn heard(self) -> Vec<String> {
        self.heard.join().unwrap()
    }
}

fn config(certificates: &Certificates, name: &str) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(certificates.file(&format!("{name}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(certificates.file(&format!("{name}.key"))).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

fn serve(stream: TcpStream, kind: Kind, tls: Arc<ServerConfig>, heard: &mut Vec<String>) -> io::Result<()> {
    let mut plain = BufReader::new(stream);
    if kind != Kind::Tls {
        plain.get_mut().write_all(b"220 mail.example ready\r\n")?;
        if !converse(&mut plain, kind, heard)? {
            return Ok(());
        }
    }
    let connection = ServerConnection::new(tls).unwrap();
    let mut secure = BufReader::new(StreamOwned::new(connection, plain.into_inner()));
    if kind == Kind::Tls {
        secure.get_mut().write_all(b"220 mail.example ready\r\n")?;
    }
    heard.push("TLS".to_owned());
    converse(&mut secure, Kind::Tls, heard).map(drop)
}

/// Serves the connection until it ends or TLS starts; returns whether TLS starts.
fn converse<S: Read + Write>(
    stream: &mut BufReader<S>,
    kind: Kind,
    heard: &mut Vec<String>,
) -> io::Result<bool> {
    let mut in_data = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        let line = line.trim_end().to_owned();
        heard.push(line.clone());
        if in_data && line != "." {
            continue;
        }
        let said = match (line.get(..4), kind) {
            (Some("EHLO"), Kind::Tls | Kind::Stripped) => "250-mail.example\r\n250 AUTH PLAIN",
            (Some("EHLO"), _) => "250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN",
            (Some("STAR"), Kind::Refusing) => "454 TLS not available",
            (Some("STAR"), Kind::Injected) => "220 go ahead\r\n250-mail.example\r\n250 AUTH LOGIN",
            (Some("STAR"), _) => "220 go ahead",
            (Some("AUTH"), _) => "235 welcome",
            (Some("DATA"), _) => "354 go on",
            (Some("QUIT"), _) => "221 bye",
            _ => "250 ok",
        };
        stream.get_mut().write_all(format!("{said}\r\n").as_bytes())?;
        stream.get_mut().flush()?;
        in_data = said.starts_with("354");
        if said.starts_with("220") || line == "QUIT" {
            return Ok(line != "QUIT");
        }
    }
}

async fn deliver(mailer: &SmtpMailer) -> Result<(), MailError> {
    mailer.deliver(&outgoing(verification("Ada"))).await
}

#[tokio::test]
async fn login_and_mail_go_by_tls_where_the_ca_is_trusted() {
    let certificates = Certificates::make();
    let roots = read_ca_file(&certificates.ca()).unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let server = Server::start(Kind::Tls, &certificates, "server");
        deliver(&server.mailer("smtps", host, &roots)).await.unwrap();
        let heard = server.heard();
        assert_eq!(heard[..2], ["TLS", "EHLO id.example.org"]);
        assert!(heard[2].starts_with("AUTH PLAIN ") && heard[3].starts_with("MAIL FROM:"), "{heard:?}");

        let server = Server::start(Kind::StartTls, &certificates, "server");
        deliver(&server.mailer("smtp+starttls", host, &roots)).await.unwrap();
        let heard = server.heard();
        assert_eq!(heard[..4], ["EHLO id.example.org", "STARTTLS", "TLS", "EHLO id.example.org"]);
        assert!(heard[4].starts_with("AUTH PLAIN ") && heard[5].starts_with("MAIL FROM:"), "{heard:?}");
        assert_eq!(heard[heard.len() - 2..], [".", "QUIT"]);
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_neither_login_nor_mail() {
    let certificates = Certificates::make();
    let roots = read_ca_file(&certificates.ca()).unwrap();
    for (kind, why) in [(Kind::Stripped, "STARTTLS is not supported"), (Kind::Refusing, "TLS not available")]
    {
        let server = Server::start(kind, &certificates, "server");
        let mailer = server.mailer("smtp+starttls", "localhost", &roots);
        let error = deliver(&mailer).await.unwrap_err();
        assert!(matches!(&error, MailError::Temporary(said) if said.contains(why)), "{error}");
        let heard = server.heard();
        let polite = |line: &String| ["EHLO id.example.org", "STARTTLS", "QUIT"].contains(&line.as_str());
        assert!(heard.iter().all(polite), "{heard:?}");

        let server = Server::start(kind, &certificates, "server");
        server.mailer("smtp+starttls", "localhost", &roots).check().await.unwrap_err();
        assert!(server.heard().iter().all(polite), "a check sends no login either");
    }
}

#[tokio::test]
async fn an_answer_put_behind_that_to_starttls_is_not_believed() {
    let certificates = Certificates::make();
    let roots = read_ca_file(&certificates.ca()).unwrap();
    let server = Server::start(Kind::Injected, &certificates, "server");
    let error = deliver(&server.mailer("smtp+starttls", "localhost", &roots)).await.unwrap_err();
    assert!(matches!(error, MailError::Temporary(_)), "{error}");
    let heard = server.heard();
    assert!(!heard.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")), "{heard:?}");
}

#[tokio::test]
async fn a_server_that_is_not_the_one_named_gets_nothing() {
    let certificates = Certificates::make();
    let (roots, none) = (read_ca_file(&certificates.ca()).unwrap(), PrivateRoots::default());
    for (scheme, kind) in [("smtps", Kind::Tls), ("smtp+starttls", Kind::StartTls)] {
        for (certificate, roots, why) in
            [("server", &none, "UnknownIssuer"), ("elsewhere", &roots, "not valid for name")]
        {
            let server = Server::start(kind, &certificates, certificate);
            let error = deliver(&server.mailer(scheme, "localhost", roots)).await.unwrap_err();
            assert!(matches!(&error, MailError::Temporary(said) if said.contains(why)), "{error}");
            let heard = server.heard();
            assert!(!heard.iter().any(|line| line.starts_with("AUTH")), "{heard:?}");
        }
    }
}

#[test]
fn a_login_that_others_can_read_is_told() {
    for (url, exposed) in [
        ("smtp://ada:secret@mail.example", true),
        ("smtp://ada:secret@10.0.0.1", true),
        ("smtp://ada:secret@[2001:db8::1]", true),
        ("smtp://mail.example", false),
        ("smtp://ada:secret@localhost", false),
        ("smtp://ada:secret@127.0.0.1:2525", false),
        ("smtp://ada:secret@[::1]", false),
        ("smtp+starttls://ada:secret@mail.example", false),
        ("smtps://ada:secret@mail.example", false),
    ] {
        assert_eq!(SmtpMailer::new(url, None, PUBLIC_URL).unwrap().exposes_login(), exposed, "{url}");
    }
}
