//! Checks whether Redis answers a PING.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use bailiwick::infra::check_redis;
use percent_encoding::percent_decode_str;
use url::Url;

use super::report::{Check, Name};
use crate::settings::Settings;

const TIMEOUT: Duration = Duration::from_secs(2);
const PORT: u16 = 6379;
/// Limit of a response in bytes, above the length of any response to these commands.
const LONGEST_ANSWER: u64 = 512;

/// Checks Redis; skipped if REDIS_URL is not set.
pub async fn check(settings: &Settings) -> Check {
    let Some(address) = &settings.redis.url else {
        return Check::skipped(Name::Redis, "REDIS_URL is not set: everything is kept in the process");
    };
    let place = &address.0;
    let Ok(url) = Url::parse(place.reveal()) else {
        return Check::skipped(Name::Redis, format!("{place} is not checked: it cannot be read here"));
    };
    let password = url.password().filter(|password| !password.is_empty()).map(decoded);
    let speaks_tls = url.scheme() != "redis";
    let answered = if speaks_tls {
        check_redis(place.reveal(), &settings.tls.private_roots()).await
    } else {
        ping_within_timeout(url)
    };
    match answered {
        Ok(()) => Check::ok(Name::Redis, format!("{place} answers")),
        Err(why) => {
            // A server may repeat the password in an error.
            let why = password.map_or(why.clone(), |password| why.replace(&password, "***"));
            Check::failed(Name::Redis, format!("{place}: {why}"), remedy(&why))
        }
    }
}

fn remedy(why: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|word| why.contains(word));
    if says(&["NOAUTH", "WRONGPASS", "NOPERM", "AUTH"]) {
        return "correct the user name and the password in REDIS_URL";
    }
    if says(&["certificate"]) {
        return "see that the certificate of the server is valid, for the host in REDIS_URL, and of a known authority";
    }
    if says(&["corrupt message", "handshake", "eof", "InvalidContentType", "alert"]) {
        return "see that REDIS_URL names the port on which the server speaks TLS; without TLS it begins with redis://";
    }
    "see that REDIS_URL is right and Redis runs"
}

/// Sends the PING on a thread of its own, because a name lookup cannot be interrupted.
fn ping_within_timeout(url: Url) -> Result<(), String> {
    let (sender, answer) = channel();
    thread::spawn(move || sender.send(ping(&url)));
    answer.recv_timeout(TIMEOUT).unwrap_or_else(|_| Err("it does not answer in time".to_owned()))
}

fn ping(url: &Url) -> Result<(), String> {
    let mut stream = connect(url).map_err(|error| error.to_string())?;
    let password = url.password().unwrap_or_default();
    if !password.is_empty() {
        let user = Some(url.username()).filter(|name| !name.is_empty());
        let parts: Vec<_> = ["AUTH"].into_iter().chain(user).chain([password]).map(decoded).collect();
        expect(&mut stream, &parts, "+OK")?;
    }
    expect(&mut stream, &["PING".to_owned()], "+PONG")
}

fn connect(url: &Url) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(url.socket_addrs(|| Some(PORT))?.as_slice())?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Sends one command, and compares the first line of the response with `expected`.
fn expect(stream: &mut TcpStream, command: &[String], expected: &str) -> Result<(), String> {
    let mut request = format!("*{}\r\n", command.len());
    let parts = command
        .iter()
        .flat_map(|part| ["$", &part.len().to_string(), "\r\n", part, "\r\n"].map(str::to_owned));
    request.extend(parts);
    let mut line = String::new();
    let read = stream
        .write_all(request.as_bytes())
        .and_then(|()| BufReader::new((&*stream).take(LONGEST_ANSWER)).read_line(&mut line));
    read.map_err(|error| error.to_string())?;
    match line.trim_end() {
        answer if answer == expected => Ok(()),
        "" => Err("it closed the connection".to_owned()),
        refusal if refusal.starts_with('-') => Err(format!("it says {}", refusal.trim_start_matches('-'))),
        _ => Err("its response is not one of Redis".to_owned()),
    }
}
