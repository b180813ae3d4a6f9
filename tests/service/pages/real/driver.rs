//! A browser that a test drives by WebDriver (W3C). A client of our own, because the one of the registry
//! brings in a library under a license that is not on the list.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::chromium_flags::FLAGS;

/// Time that the browser waits for an element, in milliseconds.
const WAIT: u32 = 20_000;
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser, closed when this value is dropped.
pub struct Driver {
    process: Child,
    http: reqwest::Client,
    session: String,
}

impl Driver {
    /// Starts a browser. Without one it reports that `test` is left out; it panics if tests are
    /// required.
    pub async fn or_left_out(test: &str) -> Option<Self> {
        let started =
            Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut process) = started else {
            assert!(std::env::var("BAILIWICK_TEST_REQUIRE").is_err(), "there is no chromedriver");
            let _ = writeln!(std::io::stderr(), "left out: {test} (there is no chromedriver)");
            return None;
        };
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let session = format!("http://127.0.0.1:{}/session", port.expect("a port"));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut driver = Self { process, http, session };
        let options = json!({ "args": FLAGS });
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let begun = driver.command("", json!({ "capabilities": { "alwaysMatch": wanted } })).await;
        driver.session = format!("{}/{}", driver.session, begun["sessionId"].as_str().unwrap());
        driver.command("/timeouts", json!({ "implicit": WAIT })).await;
        Some(driver)
    }

    async fn command(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.session)).json(&body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(answer["value"]["error"].is_null(), "{path} {body}: {}", answer["value"]);
        answer["value"].clone()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.session)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].clone()
    }

    pub async fn open(&self, url: &str) {
        // A link that differs in its fragment alone would not be loaded.
        self.command("/url", json!({ "url": "about:blank" })).await;
        self.command("/url", json!({ "url": url })).await;
    }

    pub async fn url(&self) -> String {
        self.get("/url").await.as_str().unwrap().to_owned()
    }

    async fn find(&self, xpath: &str) -> String {
        let found = self.command("/element", json!({ "using": "xpath", "value": xpath })).await;
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Waits for the heading of a page.
    pub async fn shows(&self, heading: &str) {
        self.find(&format!("//h1[normalize-space()=\"{heading}\"]")).await;
        assert_eq!(self.get("/title").await, format!("{heading} · bailiwick"));
    }

    /// Waits for a text that the page shows.
    pub async fn says(&self, text: &str) {
        let shown = "not(ancestor-or-self::*[@hidden]) and not(ancestor-or-self::noscript)";
        self.find(&format!("//main//*[contains(normalize-space(), \"{text}\") and not(*) and {shown}]"))
            .await;
    }

    /// Presses a button or follows a link with this accessible name.
    pub async fn press(&self, name: &str) {
        let xpath =
            format!("//*[self::button or self::a][normalize-space()=\"{name}\" or @aria-label=\"{name}\"]");
        let element = self.find(&xpath).await;
        self.wait_for_layout().await;
        self.command(&format!("/element/{element}/click"), json!({})).await;
    }

    /// Waits for two frames, because a click misses an element that moves, as after a change of the width.
    async fn wait_for_layout(&self) {
        let script =
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.command("/execute/async", json!({ "script": script, "args": [] })).await;
    }

    /// Writes into the field with this label, in place of what it holds.
    pub async fn write(&self, label: &str, text: &str) {
        let element = self.find(&format!("//*[@id=//label[normalize-space()=\"{label}\"]/@for]")).await;
        self.command(&format!("/element/{element}/clear"), json!({})).await;
        self.command(&format!("/element/{element}/value"), json!({ "text": text })).await;
    }

    pub async fn run(&self, script: &str) -> Value {
        self.command("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        self.command("/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await;
    }

    /// Stores pictures of the page in `target/screenshots`, at both widths and in both themes, and
    /// asserts that it does not scroll sideways.
    pub async fn shoot(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        for width in [360, 1280] {
            let size =
                json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == 360 });
            self.devtools("Emulation.setDeviceMetricsOverride", size).await;
            let needed = self.run("return document.documentElement.scrollWidth").await;
            assert!(needed.as_u64() <= Some(width), "{name} needs {needed} pixels");
            for theme in ["light", "dark"] {
                let media = [("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")];
                let media = media.map(|(name, value)| json!({ "name": name, "value": value }));
                let media = json!({ "features": media });
                self.devtools("Emulation.setEmulatedMedia", media).await;
                let picture = self.get("/screenshot").await;
                let picture = STANDARD.decode(picture.as_str().unwrap()).unwrap();
                std::fs::write(folder.join(format!("{name}-{width}-{theme}.png")), picture).unwrap();
            }
        }
        self.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    /// Asserts that the browser had nothing to complain about, refused requests apart.
    pub async fn complains_not(&self) {
        let entries = self.command("/se/log", json!({ "type": "browser" })).await;
        let is_refusal = |text: &str| text.contains("the server responded with a status of 4");
        let complaints = entries.as_array().unwrap().iter().filter(|entry| {
            entry["level"] == "SEVERE" && !is_refusal(entry["message"].as_str().unwrap_or_default())
        });
        let complaints: Vec<_> = complaints.collect();
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.close_browser();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Driver {
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
