//! Each command of the use cases, and each audited action, is in the list of kinds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bailiwick::app::audit::Action;

use crate::kind::Kind;

/// Actions that no kind names as its own, because they come with those of others.
const BESIDE_OTHERS: [&str; 6] = [
    "account.recover_admin",
    "session.refresh_reuse",
    "organization.archive",
    "organization.restore",
    "member.invite",
    "member.join",
];

#[test]
fn every_command_is_run_by_a_kind() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/app/src");
    let mut commands = BTreeSet::new();
    for file in sources(&root) {
        let text = fs::read_to_string(file).unwrap();
        let impls = text.split("impl Command for ").skip(1);
        let names = impls.map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned());
        commands.extend(names);
    }
    let run: BTreeSet<_> =
        Kind::ALL.iter().flat_map(|(kind, _)| kind.commands()).map(|name| (*name).to_owned()).collect();
    assert!(commands.len() > 50, "{commands:?}");
    assert_eq!(commands, run, "the commands of the use cases, and those that kinds of steps run");
}

#[test]
fn every_action_is_left_by_a_kind() {
    let left = Kind::ALL.iter().flat_map(|(kind, _)| kind.actions()).copied();
    let left: BTreeSet<_> = left.chain(BESIDE_OTHERS).collect();
    let actions: BTreeSet<_> = Action::ALL.iter().map(Action::as_str).collect();
    assert_eq!(actions, left);
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}
