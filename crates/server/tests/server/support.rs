//! Runs the real binary in a directory of its own and sends requests to it.
#![allow(dead_code, reason = "several test programs share this file, and each uses a part of it")]

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Time after which a waiting test has failed.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// A working directory of the program, deleted when it is dropped.
pub struct WorkDir {
    dir: TempDir,
}

impl WorkDir {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Returns a command of the binary in this directory, without the environment of the test.
    pub fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments);
        self.with_environment(command, environment)
    }

    fn with_environment(&self, mut command: Command, environment: &[(&str, &str)]) -> Command {
        command
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("BIND", "127.0.0.1:0")
            .envs(environment.iter().copied());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        self.run_with_input(arguments, environment, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Run {
        let mut command = self.command(arguments, environment);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A process that fails before it reads has closed its standard input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Run::from(end_of(child))
    }

    /// Returns the mails in the outbox, once there are `count` of them.
    pub fn mails(&self, service: &Service, count: usize) -> Vec<String> {
        let started = Instant::now();
        loop {
            let files = std::fs::read_dir(self.path("data/outbox")).into_iter().flatten();
            let paths = files.map(|entry| entry.unwrap().path());
            let mails = paths.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
            let mails: Vec<_> = mails.map(|path| std::fs::read_to_string(path).unwrap()).collect();
            if mails.len() >= count {
                return mails;
            }
            assert!(started.elapsed() < TIMEOUT, "{}", service.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts the service, which runs until it is stopped.
    pub fn serve(&self, environment: &[(&str, &str)]) -> Service {
        Service::start(self.command(&[], environment), &self.path("stderr.log"))
    }

    /// Runs a command to its end, after a shell has run `first` in the same process.
    pub fn run_after(&self, first: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{first}; exec \"$0\" \"$@\"")]).arg(program());
        shell.args(arguments);
        let mut command = self.with_environment(shell, environment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Run::from(end_of(command.spawn().unwrap()))
    }

    /// Starts the service, after a shell has run `first` in the same process.
    pub fn serve_after(&self, first: &str, environment: &[(&str, &str)]) -> Service {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{first}; exec \"$0\"")]).arg(program());
        Service::start(self.with_environment(shell, environment), &self.path("stderr.log"))
    }
}

/// Returns the path of the program: `BAILIWICK_TEST_PROGRAM`, or the program that cargo built last.
fn program() -> PathBuf {
    std::env::var_os("BAILIWICK_TEST_PROGRAM")
        .unwrap_or_else(|| env!("CARGO_BIN_EXE_bailiwick").into())
        .into()
}

/// Waits until a process ends, and kills it after [`TIMEOUT`].
fn end_of(child: Child) -> Output {
    let pid = child.id().to_string();
    let (ended, end) = channel::<()>();
    let watch = thread::spawn(move || {
        let is_late = end.recv_timeout(TIMEOUT) == Err(RecvTimeoutError::Timeout);
        if is_late {
            Command::new("kill").args(["-9", &pid]).status().unwrap();
        }
        is_late
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    assert!(!watch.join().unwrap(), "the process did not end in time: {output:?}");
    output
}

/// Exit code and output of a process that has ended.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Asserts that the command was refused, with these words in its message.
    #[track_caller]
    pub fn refused(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "{word} is missing: {}", self.stderr);
        }
    }

    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

/// A running service.
pub struct Service {
    child: Child,
    stdout: Receiver<String>,
    stderr: PathBuf,
    pub api: String,
    pub docs: String,
    pub outbox: String,
}

impl Service {
    fn start(mut command: Command, stderr: &Path) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(stderr).unwrap());
        let mut child = command.spawn().unwrap();
        let stdout = lines(BufReader::new(child.stdout.take().unwrap()));
        let none = String::new;
        let mut service =
            Self { child, stdout, stderr: stderr.to_owned(), api: none(), docs: none(), outbox: none() };
        service.api = service.announced("API");
        service.docs = service.announced("Docs");
        service.outbox = service.announced("Outbox");
        service
    }

    fn announced(&self, what: &str) -> String {
        let Ok(line) = self.stdout.recv_timeout(TIMEOUT) else {
            panic!("no {what} was printed: {}", self.log());
        };
        let (name, value) = line.split_once(' ').unwrap();
        assert_eq!(name, what, "{line}");
        value.trim().to_owned()
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap()
    }

    /// Sends a signal, waits for the end, and returns the exit code.
    pub fn stop(mut self, signal: &str) -> Option<i32> {
        self.ended_output(signal);
        self.child.wait().unwrap().code()
    }

    /// Sends a signal, waits for the end, and returns the output that was not read before.
    pub fn ended_output(&mut self, signal: &str) -> String {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let mut output = String::new();
        loop {
            match self.stdout.recv_timeout(TIMEOUT) {
                Ok(line) => output += &line,
                Err(RecvTimeoutError::Disconnected) => return output,
                Err(RecvTimeoutError::Timeout) => panic!("it does not stop: {}", self.log()),
            }
        }
    }

    /// Returns the URL of the metrics, which is printed before the setup link.
    pub fn metrics_url(&self) -> String {
        self.announced("Metrics")
    }

    /// Returns the setup link of the platform, which is printed after the other lines.
    pub fn setup_link(&self) -> String {
        self.announced("Setup")
    }

    pub fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send("GET", path, token, "")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, None, &body.to_string())
    }

    /// Signs up Ada and returns her access token.
    pub fn sign_up(&self) -> String {
        let account = json!({
            "email": "ada@example.com",
            "password": "correct horse battery",
            "first_name": "Ada",
            "last_name": "Lovelace",
        });
        self.post("/auth/signup", &account).json(201);
        self.log_in()
    }

    /// Logs in Ada and returns her access token.
    pub fn log_in(&self) -> String {
        let account = json!({ "email": "ada@example.com", "password": "correct horse battery" });
        let tokens = self.post("/auth/login", &account).json(200);
        assert!(!self.log().contains("correct horse"));
        tokens.get("access_token").and_then(Value::as_str).unwrap().to_owned()
    }

    pub fn send(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
        let credential = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let address = self.api.strip_prefix("http://").unwrap();
        self.send_with(method, path, &format!("Host: {address}\r\n{credential}"), body)
    }

    /// Sends a request with these header lines, which include `Host`.
    pub fn send_with(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let address = self.api.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\n{headers}Connection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, body: body.to_owned() }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A response of the service.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }
}

fn lines(reader: impl BufRead + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || reader.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
    receiver
}
