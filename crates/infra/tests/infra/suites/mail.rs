//! The conformance suite of mailers: mail in files, and mail by SMTP.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::Mailer;
use bailiwick_infra::{FileMailer, SmtpMailer};
use bailiwick_testkit::adapters::mailer::{Failure, Fixture, Received};
use bailiwick_testkit::mailer_conformance;
use tempfile::TempDir;

use super::mail_server::MailServer;
use crate::fakes::PUBLIC_URL;

/// Mail in a folder.
struct Files {
    home: TempDir,
    mailer: Arc<FileMailer>,
}

impl Files {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mailer = Self::in_folder(&home.path().join("outbox"));
        Self { home, mailer }
    }

    fn in_folder(folder: &Path) -> Arc<FileMailer> {
        Arc::new(FileMailer::new(folder, None, PUBLIC_URL).unwrap())
    }
}

#[async_trait]
impl Fixture for Files {
    fn mailer(&self) -> Arc<dyn Mailer> {
        self.mailer.clone()
    }

    async fn received(&self) -> Vec<Received> {
        let Ok(files) = self.home.path().join("outbox").read_dir() else { return Vec::new() };
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| Received::parse(Vec::new(), &std::fs::read(path).unwrap())).collect()
    }

    async fn failing(&self, failure: Failure) -> Option<Arc<dyn Mailer>> {
        let in_the_way = self.home.path().join("a file in the way");
        std::fs::write(&in_the_way, "").unwrap();
        // A folder refuses no mail for good.
        (failure == Failure::Unreachable).then(|| Self::in_folder(&in_the_way) as Arc<dyn Mailer>)
    }
}

/// Mail to a server that speaks SMTP.
struct Smtp {
    server: MailServer,
    failing: std::sync::Mutex<Vec<MailServer>>,
}

impl Smtp {
    fn new() -> Self {
        Self { server: MailServer::start(&[]), failing: std::sync::Mutex::default() }
    }
}

fn mailer(url: &str) -> Arc<dyn Mailer> {
    Arc::new(SmtpMailer::new(url, None, PUBLIC_URL).unwrap())
}

#[async_trait]
impl Fixture for Smtp {
    fn mailer(&self) -> Arc<dyn Mailer> {
        mailer(&self.server.url())
    }

    async fn received(&self) -> Vec<Received> {
        self.server.received()
    }

    async fn failing(&self, failure: Failure) -> Option<Arc<dyn Mailer>> {
        let server = match failure {
            Failure::Unreachable => return Some(mailer("smtp://127.0.0.1:1")),
            Failure::Busy => MailServer::start(&[("RCPT", "450 later")]),
            Failure::Refused(reason) => {
                // The lines of a server are those of a constant everywhere else.
                let answer: &'static str = Box::leak(format!("554 {reason}").into_boxed_str());
                MailServer::start(Box::leak(Box::new([(".", answer)])))
            }
        };
        let mailer = mailer(&server.url());
        self.failing.lock().unwrap().push(server);
        Some(mailer)
    }
}

mailer_conformance!(files, async { Files::new() });
mailer_conformance!(smtp, async { Smtp::new() });
