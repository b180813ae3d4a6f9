//! Checks the workspace against its plan: which crate may depend on which, where each library is used,
//! and which licenses are allowed. The plan is the two tables of ARCHITECTURE.md.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

mod samples;
mod vendored;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The allowed licenses. Of alternatives, one must be here; of a conjunction, all.
const LICENSES: [&str; 9] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Crates that are never allowed, on any platform: C libraries of TLS and PostgreSQL, a second
/// cryptography provider besides ring, and a rate limiter under the GPL.
const BANNED: [&str; 9] = [
    "actix-governor",
    "aws-lc-fips-sys",
    "aws-lc-rs",
    "aws-lc-sys",
    "boring-sys",
    "native-tls",
    "openssl",
    "openssl-sys",
    "pq-sys",
];

/// Dependencies that no code names: they select a feature or a version of what another one brings.
const FOR_FEATURES: [&str; 1] = ["libsqlite3-sys"];

/// Everything outside comes to these through ports.
const PURE: [&str; 7] = ["kernel", "rbac", "users", "orgs", "roles", "invites", "app"];

const MOST_PACKAGES: usize = 290;
const LONGEST_FILE: usize = 300;

#[test]
fn crates_depend_on_what_the_map_allows() {
    let map = Map::read();
    let members = members();
    let crates: BTreeSet<&str> = members.iter().map(short_name).collect();
    assert_eq!(crates, map.crates(), "the crates of the workspace, and the rows of the map");
    let mut uphill = Vec::new();
    for member in &members {
        let inside = shipped(member).filter(|dependency| dependency["path"].is_string());
        let refused = inside.filter(|dependency| !map.allows(short_name(member), dependency));
        uphill.extend(refused.map(|dependency| edge(member, dependency)));
    }
    assert_none("edges that the map does not allow", uphill);
}

#[test]
fn libraries_stay_where_they_live() {
    let members = members();
    let mut strays = Vec::new();
    for row in table("library") {
        let [libraries, homes, ..] = row.as_slice() else { panic!("a row without homes: {row:?}") };
        for member in members.iter().filter(|member| !names(homes).contains(&short_name(member))) {
            let found = shipped(member)
                .filter(|dependency| names(libraries).iter().any(|library| is_one_of(dependency, library)));
            strays.extend(found.map(|dependency| edge(member, dependency)));
        }
    }
    assert_none("libraries away from home", strays);
}

#[test]
fn dev_dependencies_inside_the_workspace_go_by_path_alone() {
    let mut versioned = Vec::new();
    for member in &members() {
        let inside = dependencies(member).filter(|dependency| dependency["path"].is_string());
        let asked = inside.filter(|dependency| dependency["kind"] == "dev" && dependency["req"] != "*");
        versioned.extend(asked.map(|dependency| edge(member, dependency)));
    }
    assert_none("dev-dependencies that packing would ask a registry for", versioned);
}

#[test]
fn every_license_is_on_the_list() {
    let metadata = metadata(&["--filter-platform", &host()]);
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "the whole graph");
    let refused = packages.iter().filter(|package| !package["license"].as_str().is_some_and(is_free));
    assert_none("licenses", refused.map(|package| format!("{}: {}", package["name"], package["license"])));
}

#[test]
fn of_a_choice_one_license_must_be_free_and_of_a_sum_all() {
    for free in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0 OR MIT",
        "(MIT OR GPL-2.0) AND ISC",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_free(free), "{free}");
    }
    for bound in
        ["", "GPL-3.0", "MIT AND GPL-2.0", "GPL-2.0 OR AGPL-3.0", "MIT AND (GPL-2.0 OR LGPL-3.0)", "MIT ISC"]
    {
        assert!(!is_free(bound), "{bound}");
    }
}

/// What the first `cargo run` compiles. If an update brought in more: `idna_adapter` stays at 1.1, because
/// 1.2 compiles twenty packages of ICU4X (`cargo update -p idna_adapter --precise 1.1.0`).
#[test]
fn the_program_is_compiled_from_few_packages() {
    let tree = ["tree", "-e", "normal,build", "--prefix", "none", "--no-dedupe", "--format", "{p}"];
    let tree = cargo(&[&tree[..], &["-p", "bailiwick-server", "--offline", "--locked"]].concat());
    let packages: BTreeSet<&str> = tree.lines().filter(|line| !line.is_empty()).collect();
    assert!(packages.len() < MOST_PACKAGES, "{} packages", packages.len());
    let named = packages.iter().map(|package| package.split(' ').next().unwrap());
    let tests_alone = ["bailiwick-testkit", "bailiwick-tests", "reqwest", "rusqlite", "tokio-tungstenite"];
    assert_none("packages of tests", named.filter(|name| tests_alone.contains(name)));
    // Without it `cargo run` compiles every library of the workspace beside the program.
    let members = members();
    let runs: Vec<_> = members.iter().filter_map(|member| member["default_run"].as_str()).collect();
    assert_eq!(runs, ["bailiwick"], "the program that `cargo run` compiles");
}

#[test]
fn nothing_banned_is_locked() {
    let lock = read(root().join("Cargo.lock"));
    let locked: Vec<&str> =
        lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).collect();
    assert!(locked.contains(&"ring"), "the one cryptography provider of TLS");
    assert_none("banned", locked.into_iter().filter(|name| BANNED.contains(name)));
}

#[test]
fn every_dependency_is_used() {
    let mut unused = Vec::new();
    for member in &members() {
        let folder = Path::new(text(member, "manifest_path")).parent().unwrap();
        let code = rust_files(folder).iter().map(read).collect::<String>();
        let named = |dependency: &Value| {
            let name = dependency["rename"].as_str().unwrap_or(text(dependency, "name")).replace('-', "_");
            [format!("{name}::"), format!("use {name} ")].iter().any(|used| code.contains(used))
        };
        let idle = dependencies(member)
            .filter(|dependency| !named(dependency) && !FOR_FEATURES.contains(&text(dependency, "name")));
        unused.extend(idle.map(|dependency| edge(member, dependency)));
    }
    assert_none("dependencies that no file of the crate names", unused);
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    assert!(read(root().join("Cargo.toml")).contains("\nunsafe_code = \"forbid\"\n"));
    let manifests = members().into_iter().map(|member| text(&member, "manifest_path").to_owned());
    let lax = manifests.filter(|path| !read(path).contains("\n[lints]\nworkspace = true\n"));
    assert_none("crates without the lints", lax);
}

#[test]
fn every_crate_opens_by_saying_what_it_is() {
    let mut silent = Vec::new();
    for member in &members() {
        let targets = member["targets"].as_array().unwrap().iter();
        let entries = targets.filter(|target| target["kind"][0] == "lib" || target["kind"][0] == "bin");
        let paths = entries.map(|target| text(target, "src_path").to_owned());
        silent.extend(paths.filter(|path| !read(path).starts_with("//! ")));
    }
    assert_none("files that open without a word", silent);
}

/// The tests of documentation run it.
#[test]
fn every_front_page_has_an_example_that_runs() {
    // Every second fence begins an example; one with a word, such as `compile_fail`, does not run.
    let has_example = |page: String| {
        page.lines().filter(|line| line.starts_with("//! ```")).step_by(2).any(|fence| fence == "//! ```")
    };
    let mut without = Vec::new();
    for member in members().into_iter().filter(|member| member["publish"].is_null()) {
        let targets = member["targets"].as_array().unwrap().iter();
        let libraries = targets.filter(|target| target["kind"][0] == "lib");
        let paths = libraries.map(|target| text(target, "src_path").to_owned());
        without.extend(paths.filter(|path| !has_example(read(path))));
    }
    assert_none("libraries whose front page has no example", without);
}

#[test]
fn every_package_can_be_found_and_says_when_to_use_it() {
    let published = members().into_iter().filter(|member| member["publish"].is_null());
    let lacking = published.filter(|member| {
        let folder = Path::new(text(member, "manifest_path")).parent().unwrap().to_owned();
        let title = format!("# {}\n", text(member, "name"));
        let readme = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        let front = text(&member["targets"][0], "src_path");
        let complete = ["license", "description"].iter().all(|key| member[key].is_string())
            && !member["keywords"].as_array().unwrap().is_empty()
            && !member["categories"].as_array().unwrap().is_empty()
            && readme.starts_with(&title)
            && [&readme, &read(front)].iter().all(|page| page.contains("**When to use it alone.**"));
        !complete
    });
    assert_none(
        "packages without license, keywords, README or front page",
        lacking.map(|member| text(&member, "name").to_owned()),
    );
}

#[test]
fn production_files_are_short() {
    let long = production_code().into_iter().filter(|(_, code)| code.lines().count() > LONGEST_FILE);
    assert_none("files over 300 lines", long.map(|(path, code)| format!("{path}: {}", code.lines().count())));
}

#[test]
fn use_cases_and_nouns_reach_outside_through_ports_alone() {
    let doors = ["env", "fs", "net", "process"];
    let leaks = production_code().into_iter().filter(|(path, code)| {
        let pure = PURE.iter().any(|name| path.starts_with(&format!("crates/{name}/")));
        let open = |door| code.contains(&format!("std::{door}")) || code.contains(&format!("tokio::{door}"));
        pure && doors.into_iter().any(open)
    });
    assert_none("files with a back door", leaks.map(|(path, _)| path));
}

/// The allowed dependencies. A crate may use the crates that its row names and all below them. A name
/// in parentheses may be used only behind a feature.
struct Map(BTreeMap<String, String>);

impl Map {
    fn read() -> Self {
        let rows = table("crate").into_iter().map(|row| match row.as_slice() {
            [name, _, below, ..] => (name.clone(), below.clone()),
            _ => panic!("a row without dependencies: {row:?}"),
        });
        Self(rows.collect())
    }

    fn crates(&self) -> BTreeSet<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn allows(&self, from: &str, dependency: &Value) -> bool {
        let to = short(text(dependency, "name"));
        let named = self.named(from);
        named.contains(&"everything")
            || self.below(from).contains(to)
            || (dependency["optional"] == true && named.contains(&format!("({to})").as_str()))
    }

    fn below<'a>(&'a self, from: &str) -> BTreeSet<&'a str> {
        let named = self.named(from);
        let further = named.iter().flat_map(|name| self.below(name));
        further.chain(named.iter().copied()).collect()
    }

    fn named(&self, from: &str) -> Vec<&str> {
        self.0.get(from).map(|below| names(below)).unwrap_or_default()
    }
}

/// Returns the rows of the table of ARCHITECTURE.md whose first column has this heading.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = read(root().join("ARCHITECTURE.md"));
    let from_heading = page.lines().skip_while(|line| !line.starts_with(&format!("| {heading} |")));
    let rows = from_heading.skip(2).take_while(|line| line.starts_with('|'));
    let rows: Vec<_> = rows.map(|row| row.trim_matches('|').split('|').map(plain).collect()).collect();
    assert!(!rows.is_empty(), "ARCHITECTURE.md has no table of each {heading}");
    rows
}

fn plain(cell: &str) -> String {
    cell.trim().replace('`', "")
}

fn names(cell: &str) -> Vec<&str> {
    cell.split(',').map(str::trim).filter(|name| *name != "-").collect()
}

/// Whether the dependency is `library`, which may end in `*`.
fn is_one_of(dependency: &Value, library: &str) -> bool {
    let name = text(dependency, "name");
    library.strip_suffix('*').map_or(name == library, |start| name.starts_with(start))
}

fn edge(member: &Value, dependency: &Value) -> String {
    format!("{} -> {}", short_name(member), short(text(dependency, "name")))
}

fn short_name(member: &Value) -> &str {
    short(text(member, "name"))
}

fn short(name: &str) -> &str {
    name.strip_prefix("bailiwick-").unwrap_or(name)
}

/// Whether an SPDX expression is allowed, as far as manifests use the syntax: `OR`, `AND`, `WITH`,
/// parentheses, and the old `/`.
fn is_free(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let free = choice(&mut words);
    free && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn choice(words: &mut Words<'_>) -> bool {
    let mut free = sum(words);
    while words.next_if_eq(&"OR").is_some() {
        free |= sum(words);
    }
    free
}

fn sum(words: &mut Words<'_>) -> bool {
    let mut free = license(words);
    while words.next_if_eq(&"AND").is_some() {
        free &= license(words);
    }
    free
}

/// Parses one license. An exception only adds rights, so it is skipped.
fn license(words: &mut Words<'_>) -> bool {
    let Some(word) = words.next() else { return false };
    if word == "(" {
        let free = choice(words);
        return words.next() == Some(")") && free;
    }
    if words.next_if_eq(&"WITH").is_some() {
        words.next();
    }
    LICENSES.contains(&word)
}

fn members() -> Vec<Value> {
    let metadata = metadata(&["--no-deps"]);
    metadata["packages"].as_array().unwrap().clone()
}

fn dependencies(member: &Value) -> impl Iterator<Item = &Value> {
    member["dependencies"].as_array().unwrap().iter()
}

/// All dependencies except those of tests.
fn shipped(member: &Value) -> impl Iterator<Item = &Value> {
    dependencies(member).filter(|dependency| dependency["kind"] != "dev")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn metadata(options: &[&str]) -> Value {
    let fixed = ["metadata", "--format-version", "1", "--offline", "--locked"];
    serde_json::from_str(&cargo(&[&fixed, options].concat())).unwrap()
}

/// The platform of this machine. Crates of other platforms may not be downloaded.
fn host() -> String {
    let about = cargo(&["-vV"]);
    about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns every source file under `crates` with its path from the root, without its tests. The testkit
/// is left out, because all of it is for tests.
fn production_code() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("config"), root().join("crates"), root().join("migrations")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") && !path.ends_with("testkit") {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                let code = read(&path);
                found.push((name, code.split("\n#[cfg(test)]\nmod ").next().unwrap().to_owned()));
            }
        }
    }
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn assert_none(what: &str, found: impl IntoIterator<Item = impl Into<String>>) {
    let found: Vec<String> = found.into_iter().map(Into::into).collect();
    assert!(found.is_empty(), "{what}: {found:#?}");
}
