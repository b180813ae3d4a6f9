//! A browser that a test drives by WebDriver (W3C). A client of our own, because the one of the registry
//! brings in a library under a license that is not on the list.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::chromium_flags::FLAGS;

/// Time that the browser waits for an element, in milliseconds.
const WAIT: u32 = 20_000;
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The setting of Chromium that forbids scripts, and its value.
const NO_SCRIPTS: (&str, u8) = ("profile.managed_default_content_settings.javascript", 2);

/// How often chromedriver is started until it has a port.
const ATTEMPTS: u32 = 10;

/// A browser, closed when this value is dropped.
pub struct Driver {
    process: Child,
    http: reqwest::Client,
    session: String,
    /// Whether the scripts of pages run.
    pub runs_scripts: bool,
}

impl Driver {
    /// Starts a browser. Without one it reports that `test` is left out; it panics if tests are
    /// required.
    pub async fn or_left_out(test: &str) -> Option<Self> {
        Self::start(test, true).await
    }

    /// Starts a browser in which the scripts of pages do not run.
    pub async fn without_scripts(test: &str) -> Option<Self> {
        Self::start(test, false).await
    }

    async fn start(test: &str, runs_scripts: bool) -> Option<Self> {
        let Some((process, port)) = start_chromedriver() else {
            assert!(std::env::var("BAILIWICK_TEST_REQUIRE").is_err(), "there is no chromedriver");
            let _ = writeln!(std::io::stderr(), "left out: {test} (there is no chromedriver)");
            return None;
        };
        let session = format!("http://127.0.0.1:{port}/session");
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut driver = Self { process, http, session, runs_scripts };
        driver.begin().await;
        Some(driver)
    }

    async fn begin(&mut self) {
        let mut options = json!({ "args": FLAGS });
        if !self.runs_scripts {
            options["prefs"] = json!({ NO_SCRIPTS.0: NO_SCRIPTS.1 });
        }
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let begun = self.command("", json!({ "capabilities": { "alwaysMatch": wanted } })).await;
        self.session = format!("{}/{}", self.session, begun["sessionId"].as_str().unwrap());
        self.command("/timeouts", json!({ "implicit": WAIT })).await;
    }

    pub async fn command(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.session)).json(&body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let failed = || format!("{path} {:.300}: {}", body.to_string(), answer["value"]);
        assert!(answer["value"]["error"].is_null(), "{}", failed());
        answer["value"].clone()
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.session)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].clone()
    }

    /// Waits for an element; returns its id.
    pub async fn find(&self, xpath: &str) -> String {
        let found = self.command("/element", json!({ "using": "xpath", "value": xpath })).await;
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Returns the id of the element that has the focus.
    pub async fn focused(&self) -> String {
        self.get("/element/active").await[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Runs a script in the page. The policy of the page does not apply to it.
    pub async fn run(&self, script: &str) -> Value {
        self.command("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// Runs a script that calls its argument with its result.
    pub async fn run_to_end(&self, script: &str) -> Value {
        self.command("/execute/async", json!({ "script": script, "args": [] })).await
    }

    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.command("/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    /// Asserts that the browser had nothing to complain about, such as what the policy of a page
    /// forbids; refused requests apart.
    pub async fn complains_not(&self) {
        let entries = self.command("/se/log", json!({ "type": "browser" })).await;
        let is_refusal = |text: &str| text.contains("the server responded with a status of 4");
        let complaints = entries.as_array().unwrap().iter().filter(|entry| {
            let text = entry["message"].as_str().unwrap_or_default();
            let is_serious = entry["level"] == "SEVERE" || text.contains("Content Security Policy");
            is_serious && !is_refusal(text)
        });
        let complaints: Vec<_> = complaints.collect();
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    /// Ends the session, and with it the browser, which outlives a driver that is killed. Waits for the
    /// answer, because it comes after the end of the browser.
    fn close_browser(&self) {
        let Some((address, path)) = self.session.strip_prefix("http://").and_then(|url| url.split_once('/'))
        else {
            return;
        };
        let Ok(mut stream) = TcpStream::connect(address) else { return };
        let request = format!("DELETE /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
        let _ = stream.read(&mut [0]);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.close_browser();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts chromedriver, and returns it with its port; `None` if there is none. It takes a free port of
/// IPv6 and then the same port of IPv4, and exits if another test has that one, so it is started again.
fn start_chromedriver() -> Option<(Child, String)> {
    for _ in 0..ATTEMPTS {
        let mut command = Command::new("chromedriver");
        let command = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().ok()?;
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        match port {
            Some(port) => return Some((process, port)),
            None => drop(process.wait()),
        }
    }
    panic!("chromedriver found no port in {ATTEMPTS} attempts");
}
