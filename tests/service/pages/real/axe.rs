//! The rules of axe-core on accessibility. `tests/axe.sh` fetches it, because its license is not on the
//! list of what this repository may hold; without it, its rules are left out.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};

use super::driver::Driver;

static SOURCE: LazyLock<Option<String>> = LazyLock::new(|| {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/axe/axe.min.js");
    let source = std::fs::read_to_string(path).ok();
    if source.is_none() {
        let _ = writeln!(std::io::stderr(), "left out: axe (tests/axe.sh fetches it)");
    }
    source
});

/// The headings of the pages that were judged, in any test.
static JUDGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Calls its argument with what violates a rule.
const RULES: &str = "
    const judge = (found) => found.violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html + ' ' + node.failureSummary));
    axe.run({ resultTypes: ['violations'], preload: false })
        .then((found) => arguments[0](judge(found)), (error) => arguments[0](['axe: ' + error]))";

impl Driver {
    /// Asserts the same of the first page with this heading.
    pub async fn is_accessible_at_first(&self, heading: &str) {
        if self.runs_scripts && JUDGED.lock().unwrap().insert(heading.to_owned()) {
            self.is_accessible(heading).await;
        }
    }

    /// Asserts that axe finds nothing on the page.
    pub async fn is_accessible(&self, name: &str) {
        let Some(source) = SOURCE.as_ref().filter(|_| self.runs_scripts) else { return };
        if self.run("return typeof axe").await == "undefined" {
            self.run(source).await;
        }
        let violations = self.run_to_end(RULES).await;
        assert_eq!(violations, serde_json::json!([]), "{name}");
    }
}
