//! TLS to other servers, with the roots of the operator.

use bailiwick_testkit::app::Certificates;

use crate::postgres::Postgres;
use crate::support::WorkDir;

const CA_FILE: &str = "BAILIWICK__TLS__CA_FILE";
const SECRET: (&str, &str) = ("JWT_SECRET", "a secret of the tests, long enough");

#[test]
fn a_ca_file_that_cannot_be_used_is_refused_by_its_name() {
    let work_dir = WorkDir::new();
    work_dir.write("prose.pem", "no certificate");
    work_dir.write("cut.pem", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n");
    for (file, why) in
        [("missing.pem", "cannot be read"), ("prose.pem", "no certificate"), ("cut.pem", "malformed")]
    {
        for command in [&["serve"][..], &["migrate"]] {
            work_dir.run(command, &[(CA_FILE, file)]).refused(&[file, why, CA_FILE, "tls.ca_file"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_with_a_private_ca_is_served_from_where_that_is_trusted() {
    let Some(mut postgres) = Postgres::start("TLS to PostgreSQL").await else { return };
    let certificates = Certificates::make();
    postgres.enable_tls(&certificates.server(), &certificates.server_key()).await;
    let url =
        format!("postgres://bailiwick@localhost:{}/postgres?sslmode=verify-full", postgres.address().port());
    let ca = certificates.ca();
    let ca = (CA_FILE, ca.to_str().unwrap());
    let database = ("DATABASE_URL", url.as_str());
    let start = ("BAILIWICK__DATABASE__START_SECONDS", "3");
    let work_dir = WorkDir::new();
    work_dir.run(&["migrate"], &[database, SECRET, start]).refused(&["UnknownIssuer"]);
    work_dir.run(&["migrate"], &[database, SECRET, start, ca]).succeeded();
    let service = work_dir.serve(&[database, SECRET, ca]);
    assert_eq!(service.stop("TERM"), Some(0));
    // As with libpq, only the file that the URL names is trusted.
    let only = format!("{url}&sslrootcert={}", certificates.file("elsewhere.pem").display());
    work_dir.run(&["migrate"], &[("DATABASE_URL", &only), SECRET, start, ca]).refused(&["UnknownIssuer"]);
}

#[test]
fn a_login_sent_without_tls_causes_a_warning_at_start() {
    const WARNING: &str = "the login of the mail server is sent without encryption";
    for (url, warns) in [
        ("smtp://ada:secret@mail.example.invalid", true),
        ("smtp://mail.example.invalid", false),
        ("smtp://ada:secret@localhost", false),
        ("smtp+starttls://ada:secret@mail.example.invalid", false),
        ("smtps://ada:secret@mail.example.invalid", false),
    ] {
        let work_dir = WorkDir::new();
        let service = work_dir.serve(&[("SMTP_URL", url)]);
        assert_eq!(service.log().contains(WARNING), warns, "{url}: {}", service.log());
        assert!(!service.log().contains("ada:secret"));
        service.stop("TERM");
    }
}
