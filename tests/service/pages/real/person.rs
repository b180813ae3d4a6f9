//! What a person sees in the browser, and does with mouse and keyboard.

use serde_json::{Value, json};

use super::driver::Driver;
use crate::logins::PASSWORD;

/// Keys without a letter, as WebDriver names them.
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";

/// More than any page has elements to focus.
const MOST_TABS: usize = 60;

impl Driver {
    pub async fn open(&self, url: &str) {
        // A link that differs in its fragment alone would not be loaded.
        self.command("/url", json!({ "url": "about:blank" })).await;
        self.command("/url", json!({ "url": url })).await;
    }

    /// Returns the path of the page, without query and fragment.
    pub async fn path(&self) -> String {
        let url = self.get("/url").await;
        reqwest::Url::parse(url.as_str().unwrap()).unwrap().path().to_owned()
    }

    /// Waits for the page with this heading, and asserts at first that everybody can use it.
    pub async fn shows(&self, heading: &str) {
        self.find(&format!("//h1[normalize-space()=\"{heading}\"]")).await;
        assert_eq!(self.get("/title").await, format!("{heading} · bailiwick"));
        self.is_accessible_at_first(heading).await;
    }

    /// Waits for a text that the page shows.
    pub async fn says(&self, text: &str) {
        let holds = format!("contains(normalize-space(), \"{text}\")");
        let shown = "not(ancestor-or-self::*[@hidden]) and not(ancestor-or-self::noscript)";
        self.find(&format!("//main//*[{holds} and not(*[{holds}]) and {shown}]")).await;
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
        if self.runs_scripts {
            let frames = "requestAnimationFrame(() => requestAnimationFrame(() => arguments[0]()))";
            self.run_to_end(frames).await;
        }
    }

    /// Writes into the field with this label, in place of what it holds.
    pub async fn write(&self, label: &str, text: &str) {
        let element = self.find(&format!("//*[@id=//label[normalize-space()=\"{label}\"]/@for]")).await;
        self.command(&format!("/element/{element}/clear"), json!({})).await;
        self.command(&format!("/element/{element}/value"), json!({ "text": text })).await;
    }

    /// Signs in at the page that is open.
    pub async fn sign_in(&self, email: &str) {
        self.shows("Sign in").await;
        self.write("Email", email).await;
        self.write("Password", PASSWORD).await;
        self.press("Sign in").await;
    }

    /// Presses keys, one after another.
    pub async fn keys(&self, keys: &str) {
        let stroke = |key: char| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key }));
        let strokes: Vec<Value> = keys.chars().flat_map(stroke).collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.command("/actions", json!({ "actions": [keyboard] })).await;
    }

    /// Moves the focus by Tab to what has this accessible name, and asserts that it can be seen there.
    pub async fn tab_to(&self, name: &str) {
        for _ in 0..MOST_TABS {
            let label = format!("/element/{}/computedlabel", self.focused().await);
            if self.get(&label).await == name {
                self.focus_can_be_seen(name).await;
                return;
            }
            self.keys(TAB).await;
        }
        panic!("{name} is not reached by Tab");
    }

    async fn focus_can_be_seen(&self, name: &str) {
        let outline = "const it = document.activeElement, style = getComputedStyle(it);
            return it.matches(':focus-visible') && style.outlineStyle !== 'none'
                && parseFloat(style.outlineWidth) >= 2 && it.getBoundingClientRect().height > 0";
        assert_eq!(self.run(outline).await, true, "the focus on {name}");
    }
}
