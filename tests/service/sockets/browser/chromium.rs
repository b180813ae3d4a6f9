//! A headless browser, and a small server for its page.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::chromium_flags::FLAGS;

const PAGE: &str = include_str!("page.html");
const CLASS: &str = include_str!("authenticated_web_socket.js");
/// Timeout of a page; a browser takes long to start.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The name of the browser's program.
pub struct Chromium(&'static str);

/// An open page, closed when this value is dropped.
pub struct Open {
    browser: Child,
    _profile: TempDir,
}

impl Chromium {
    /// Returns the browser of this machine. Without one it reports that `test` is left out; it panics if
    /// tests are required.
    pub fn or_left_out(test: &str) -> Option<Self> {
        let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
            let version =
                Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            version.is_ok_and(|status| status.success())
        });
        if found.is_none() {
            assert!(std::env::var("BAILIWICK_TEST_REQUIRE").is_err(), "there is no Chromium");
            let _ = writeln!(std::io::stderr(), "left out: {test} (there is no Chromium)");
        }
        found.map(Self)
    }

    /// Opens a page.
    pub fn open(&self, url: &str) -> Open {
        let profile = TempDir::new().unwrap();
        let browser = Command::new(self.0)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Open { browser, _profile: profile }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}

/// A server for the page, which receives the messages of its script.
pub struct Pages {
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    told: UnboundedReceiver<Value>,
}

impl Pages {
    pub async fn serve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (tell, told) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, tell.clone()));
            }
        });
        Self { origin, told }
    }

    /// Returns the next message of the script.
    pub async fn told(&mut self) -> Value {
        timeout(TIMEOUT, self.told.recv()).await.expect("the page tells something").unwrap()
    }
}

/// Serves one request per connection.
async fn answer(mut stream: TcpStream, tell: UnboundedSender<Value>) {
    let mut request = Vec::new();
    let (head, body) = loop {
        let mut bytes = [0; 4096];
        match stream.read(&mut bytes).await {
            Ok(read) if read > 0 => request.extend_from_slice(&bytes[..read]),
            _ => return,
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        if body.len() >= length(head) {
            break (head.to_owned(), body.to_owned());
        }
    };
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (kind, content) = match path.split('?').next().unwrap_or_default() {
        "/" => ("text/html", PAGE),
        "/authenticated_web_socket.js" => ("text/javascript", CLASS),
        "/told" => {
            let _ = tell.send(serde_json::from_str(&body).unwrap());
            ("text/plain", "")
        }
        _ => ("text/plain", ""),
    };
    let length = content.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    let _ = stream.write_all(format!("{head}{content}").as_bytes()).await;
}

fn length(head: &str) -> usize {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next().map_or(0, |(_, value)| value.trim().parse().unwrap())
}
