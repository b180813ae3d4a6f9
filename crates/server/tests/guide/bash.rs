//! Runs all examples of a page in one bash.

use std::fmt::Write;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::page::Example;
use crate::support::WorkDir;

/// Time after which a page has failed.
const TIMEOUT: Duration = Duration::from_mins(5);

/// Shell functions that the examples need, among them `sql`. An example that does not reach its end
/// leaves no mark.
const PRELUDE: &str = r#"
set -u
exec </dev/null
sql() {
    exec 3<>"/dev/tcp/127.0.0.1/$SQL_PORT"
    printf '%s\n' "${1//$'\n'/ }" >&3
    cat <&3
    exec 3>&-
}
for program in curl openssl; do
    command -v "$program" >/dev/null || { echo "missing: $program" >&2; exit 1; }
done
"#;

/// Returns the output of each example; `None` for one that did not reach its end.
pub fn run(work_dir: &WorkDir, api: &str, sql_port: u16, examples: &[Example]) -> Vec<Option<String>> {
    let mut script = PRELUDE.to_owned();
    for (n, example) in examples.iter().enumerate() {
        let _ = write!(script, "exec >out.{n} 2>&1\n{}\nmv out.{n} done.{n} 2>&1\n", example.script);
    }
    work_dir.write("page.bash", &script);
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_bailiwick")).parent().unwrap().to_owned();
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(binary).chain(std::env::split_paths(&inherited)));
    let child = Command::new("bash")
        .arg("page.bash")
        .current_dir(work_dir.path("."))
        .env_clear()
        .env("PATH", path.unwrap())
        .env("API", api)
        .env("SQL_PORT", sql_port.to_string())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    wait(child);
    (0..examples.len()).map(|n| std::fs::read_to_string(work_dir.path(&format!("done.{n}"))).ok()).collect()
}

fn wait(mut child: Child) {
    let deadline = Instant::now() + TIMEOUT;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}
