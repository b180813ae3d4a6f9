//! A mail server that takes any number of mails.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use bailiwick_testkit::adapters::mailer::Received;

use crate::mail_smtp::{Lines, converse};

/// A mail server, which ends when it is dropped.
pub struct MailServer {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    heard: Arc<Mutex<Vec<Vec<String>>>>,
    thread: Option<JoinHandle<()>>,
}

impl MailServer {
    /// Starts a server with these answers to the beginnings of commands.
    pub fn start(lines: Lines) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (is_over, heard) = (Arc::new(AtomicBool::new(false)), Arc::<Mutex<Vec<_>>>::default());
        let (ends, all) = (is_over.clone(), heard.clone());
        let thread = thread::spawn(move || {
            let mut conversations = Vec::new();
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    break;
                }
                let (stream, all) = (stream.unwrap(), all.clone());
                conversations.push(thread::spawn(move || {
                    // The last lines are heard after the mail was accepted, when the test may look at it already.
                    converse(stream, lines, |mail| all.lock().unwrap().push(mail.to_vec()))
                        .unwrap_or_default()
                }));
            }
            for conversation in conversations {
                conversation.join().unwrap();
            }
        });
        Self { address, is_over, heard, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Returns the accepted mails, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.heard.lock().unwrap().iter().map(|heard| received(heard)).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Reads a mail from the lines of its conversation.
fn received(heard: &[String]) -> Received {
    let addressed =
        |line: &String| line.strip_prefix("RCPT TO:<").map(|rest| rest.trim_end_matches('>').to_owned());
    let start = heard.iter().position(|line| line == "DATA").unwrap();
    let recipients = heard[..start].iter().filter_map(addressed).collect();
    let lines = heard[start + 1..].iter().take_while(|line| *line != ".");
    // RFC 5321, section 4.5.2.
    let lines = lines.map(|line| line.strip_prefix('.').unwrap_or(line));
    let message: String = lines.flat_map(|line| [line, "\r\n"]).collect();
    Received::parse(recipients, message.as_bytes())
}
