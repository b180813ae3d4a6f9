//! `bailiwick backup` while the service runs, and `bailiwick restore`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use bailiwick_testkit::app::sql;
use serde_json::{Value, json};

use super::support::{Place, Run, Service};

/// The files of a complete backup.
const WHOLE: [&str; 3] = ["bailiwick.db", "jwt_secret", "manifest.json"];

fn serve(place: &Place) -> Service {
    place.serve(&[("BAILIWICK__THROTTLE__ENABLED", "false")])
}

fn run(place: &Place, arguments: &[&str]) -> Run {
    place.run(arguments, &[])
}

fn sign_up(service: &Service, email: &str) {
    let account =
        json!({ "email": email, "password": "correct horse battery", "first_name": "Eve", "last_name": "" });
    service.post("/auth/signup", &account).json(201);
}

fn log_in(service: &Service, email: &str) -> u16 {
    service.post("/auth/login", &json!({ "email": email, "password": "correct horse battery" })).status
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn is_lock(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "lock")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_backup_holds_all_that_was_acknowledged_and_comes_back() {
    let place = Place::new();
    let service = serve(&place);
    let token = service.sign_up();
    for number in 0..8 {
        let email = format!("u{number}@example.com");
        sign_up(&service, &email);
        let folder = format!("backup{number}");
        let saved = run(&place, &["backup", &folder]).succeeded();
        assert!(saved.stdout.contains("bailiwick.db") && saved.stderr.is_empty(), "{saved:?}");
    }
    let folder = place.path("backup7");
    assert_eq!(names(&folder), ["bailiwick.db", "jwt_secret", "manifest.json"]);
    assert_eq!(mode(&folder), 0o700);
    for name in names(&folder) {
        assert_eq!(mode(&folder.join(&name)), 0o600, "{name}");
    }
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["rows"]["users"], 9);
    assert_eq!(manifest["files"].as_array().unwrap().len(), 2);

    sign_up(&service, "late@example.com");
    run(&place, &["restore", "backup7"]).refused(&["another process serves"]);
    service.stop("KILL");
    let key = fs::read(place.path("data/jwt_secret")).unwrap();
    fs::write(place.path("data/jwt_secret"), "another key, long enough to sign with it").unwrap();
    let restored = run(&place, &["restore", "backup7"]).succeeded();
    assert!(restored.stdout.contains("All sessions have ended"), "{restored:?}");
    assert_eq!(fs::read(place.path("data/jwt_secret")).unwrap(), key);
    let kept = names(&place.path("data"));
    for former in ["bailiwick.db.before-", "jwt_secret.before-"] {
        assert!(kept.iter().any(|name| name.starts_with(former)), "{kept:?}");
    }
    let former = kept.iter().find(|name| name.starts_with("bailiwick.db.before-")).unwrap();
    let former = fs::read(place.path("data").join(former)).unwrap();
    let late = b"late@example.com";
    assert!(former.windows(late.len()).any(|part| part == late), "the log was written into the file");
    for end in ["-wal", "-shm", ".restoring", ".restore-unfinished"] {
        assert!(!kept.contains(&format!("bailiwick.db{end}")), "{kept:?}");
    }
    assert_eq!(mode(&place.path("data/bailiwick.db")), 0o600);

    let service = serve(&place);
    assert_eq!(service.get("/auth/me", Some(&token)).status, 401, "its session has ended");
    assert_eq!(log_in(&service, "ada@example.com"), 200);
    assert_eq!(log_in(&service, "u7@example.com"), 200);
    assert_eq!(log_in(&service, "late@example.com"), 401, "it came after the backup");
    assert_eq!(service.stop("TERM"), Some(0));

    run(&place, &["restore", "backup7", "--keep-sessions"]).succeeded();
    assert_eq!(serve(&place).get("/auth/me", Some(&token)).status, 200);
}

#[test]
fn a_backup_restores_where_nothing_is_left() {
    let place = Place::new();
    let service = serve(&place);
    service.sign_up();
    run(&place, &["backup", "backup"]).succeeded();
    service.stop("KILL");
    fs::remove_dir_all(place.path("data")).unwrap();
    run(&place, &["restore", "backup"]).succeeded();
    assert_eq!(log_in(&serve(&place), "ada@example.com"), 200);
}

#[test]
fn what_is_no_whole_backup_is_refused_and_changes_nothing() {
    let place = Place::new();
    let service = serve(&place);
    service.sign_up();
    run(&place, &["backup", "backup"]).succeeded();
    run(&place, &["backup", "backup"]).refused(&["backup", "not empty"]);
    assert_eq!(service.stop("TERM"), Some(0));
    let folder = place.path("backup");
    let before = names(&place.path("data"));
    let altered = |name: &str, bytes: &[u8], words: &[&str]| {
        let path = folder.join(name);
        let sound = fs::read(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        run(&place, &["restore", "backup"]).refused(words);
        fs::write(&path, sound).unwrap();
    };
    let mut database = fs::read(folder.join("bailiwick.db")).unwrap();
    let middle = database.len() / 2;
    database[middle] ^= 1;
    altered("bailiwick.db", &database, &["bailiwick.db", "checksum"]);
    altered("jwt_secret", b"x", &["jwt_secret", "checksum"]);
    altered("manifest.json", b"{", &["manifest.json"]);
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    altered(
        "manifest.json",
        manifest.replace("\"users\": 1", "\"users\": 2").as_bytes(),
        &["contents differ"],
    );
    altered("manifest.json", manifest.replace("jwt_secret", "../jwt_secret").as_bytes(), &["outside"]);
    fs::remove_file(folder.join("manifest.json")).unwrap();
    run(&place, &["restore", "backup"]).refused(&["manifest.json"]);
    run(&place, &["restore", "nowhere"]).refused(&["nowhere"]);
    let mut after = names(&place.path("data"));
    after.retain(|name| !is_lock(name));
    assert_eq!(after, before.into_iter().filter(|name| !is_lock(name)).collect::<Vec<_>>());
}

#[test]
fn postgres_has_programs_of_its_own() {
    let place = Place::new();
    for command in ["backup", "restore"] {
        let settings = [
            ("DATABASE_URL", "postgres://localhost/nothing"),
            ("JWT_SECRET", "a secret of the tests, long enough"),
        ];
        place.run(&[command, "folder"], &settings).refused(&["pg_dump", "JWT_SECRET", "sessions"]);
        assert!(!place.path("folder").exists());
    }
}

/// Signs up Ada, makes a backup, signs up a late account, and kills the service, so that the late
/// account is in the write-ahead log only.
fn killed_after_a_backup() -> Place {
    let place = Place::new();
    let service = serve(&place);
    service.sign_up();
    run(&place, &["backup", "backup"]).succeeded();
    sign_up(&service, "late@example.com");
    service.stop("KILL");
    place
}

/// Runs a command and sends it a signal after a while. The exit code is `None` after `KILL`.
fn interrupted(place: &Place, arguments: &[&str], after: Duration, signal: &str) -> Option<i32> {
    let mut command = place.command(arguments, &[]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(after);
    let kill = format!("kill -{signal} {} 2>/dev/null", child.id());
    Command::new("sh").args(["-c", &kill]).status().unwrap();
    child.wait().unwrap().code()
}

/// Points in time spread over the duration of a command.
fn moments(place: &Place, arguments: &[&str], count: u32) -> impl Iterator<Item = Duration> {
    let started = Instant::now();
    run(place, arguments).succeeded();
    let all = started.elapsed();
    (0..count).map(move |number| all * number / count)
}

#[test]
fn a_restore_that_is_killed_leaves_the_former_database_or_the_new_one_or_says_so() {
    let place = killed_after_a_backup();
    let key = fs::read(place.path("data/jwt_secret")).unwrap();
    for after in moments(&killed_after_a_backup(), &["restore", "backup"], 24) {
        fs::write(place.path("data/jwt_secret"), "another key, long enough to sign with it").unwrap();
        let code = interrupted(&place, &["restore", "backup"], after, "KILL");
        if place.path("data/bailiwick.db.restore-unfinished").exists() {
            run(&place, &["migrate"]).refused(&["did not come to its end", "bailiwick restore"]);
            assert_eq!(run(&place, &["doctor"]).code, Some(1));
            run(&place, &["restore", "backup"]).succeeded();
        }
        let service = serve(&place);
        assert_eq!(log_in(&service, "ada@example.com"), 200);
        let is_former = log_in(&service, "late@example.com") == 200;
        let is_former_key = fs::read(place.path("data/jwt_secret")).unwrap() != key;
        assert_eq!(is_former, is_former_key, "{after:?}");
        assert!(!is_former || code != Some(0));
        if !is_former {
            sign_up(&service, "late@example.com");
        }
        service.stop("KILL");
    }
}

#[test]
fn a_restore_that_fails_leaves_the_former_database_or_says_so() {
    let place = killed_after_a_backup();
    fs::create_dir(place.path("data/bailiwick.db.restoring")).unwrap();
    run(&place, &["restore", "backup"]).refused(&["bailiwick.db.restoring"]);
    fs::remove_dir(place.path("data/bailiwick.db.restoring")).unwrap();
    let service = serve(&place);
    assert_eq!(log_in(&service, "late@example.com"), 200);
    service.stop("KILL");

    fs::remove_file(place.path("data/jwt_secret")).unwrap();
    fs::create_dir(place.path("data/jwt_secret")).unwrap();
    run(&place, &["restore", "backup"]).refused(&["jwt_secret"]);
    for command in ["serve", "migrate", "backup"] {
        let arguments = if command == "backup" { vec![command, "second"] } else { vec![command] };
        run(&place, &arguments).refused(&["did not come to its end", "bailiwick restore"]);
    }
    fs::remove_dir(place.path("data/jwt_secret")).unwrap();
    run(&place, &["restore", "backup"]).succeeded();
    assert_eq!(log_in(&serve(&place), "late@example.com"), 401);
}

#[test]
fn a_restore_over_a_log_that_does_not_belong_keeps_both() {
    let place = killed_after_a_backup();
    let log = fs::read(place.path("data/bailiwick.db-wal")).unwrap();
    fs::write(place.path("data/bailiwick.db"), "no database").unwrap();
    let restored = run(&place, &["restore", "backup"]).succeeded();
    assert_eq!(restored.stdout.matches("Former file").count(), 2, "{restored:?}");
    let kept = names(&place.path("data"));
    let kept = |end: &str| {
        let is = |name: &&String| name.starts_with("bailiwick.db.before-") && name.ends_with(end);
        fs::read(place.path("data").join(kept.iter().find(is).unwrap())).unwrap()
    };
    assert!(kept("-wal") == log);
    assert_eq!(log_in(&serve(&place), "ada@example.com"), 200);
}

#[test]
fn a_restore_finds_a_process_that_serves_without_a_claim() {
    let place = Place::new();
    let service = serve(&place);
    service.sign_up();
    run(&place, &["backup", "backup"]).succeeded();
    fs::hard_link(place.path("data/bailiwick.db"), place.path("link.db")).unwrap();
    let settings = [("DATABASE_URL", "sqlite:link.db")];
    place.run(&["restore", "backup"], &settings).refused(&["another process serves"]);
    assert!(!place.path("link.db.restoring").exists());
}

#[test]
fn a_backup_that_is_interrupted_or_fails_leaves_nothing() {
    let place = Place::new();
    run(&place, &["backup", "none"]).refused(&["no database file yet"]);
    assert!(!place.path("none").exists());
    let service = serve(&place);
    service.sign_up();
    for signal in ["INT", "TERM", "HUP"] {
        for (number, after) in moments(&place, &["backup", &format!("whole-{signal}")], 6).enumerate() {
            let folder = format!("{signal}{number}");
            let ended = interrupted(&place, &["backup", &folder], after, signal);
            // If the signal arrives after the last step, the backup is complete.
            if ended != Some(0) && place.path(&folder).exists() {
                assert_eq!(names(&place.path(&folder)), WHOLE, "{signal} {after:?}");
            }
            assert!(!place.path(&format!("{folder}.interrupted")).exists(), "{signal} {after:?}");
        }
    }
    // No file may grow beyond 8 KiB.
    let full = place.run_after("trap '' XFSZ; ulimit -f 16", &["backup", "full"], &[]);
    full.refused(&["full"]);
    assert!(!full.stderr.contains("DATABASE_URL"), "{full:?}");
    assert!(!place.path("full").exists());
    // The state that a killed backup leaves.
    fs::create_dir_all(place.path("killed/.partial")).unwrap();
    fs::write(place.path("killed/.partial/bailiwick.db"), "half of it").unwrap();
    run(&place, &["backup", "killed"]).succeeded();
    assert_eq!(names(&place.path("killed")), WHOLE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_an_older_schema_comes_back_and_is_migrated() {
    let place = Place::new();
    let service = serve(&place);
    service.sign_up();
    service.stop("TERM");
    let url = format!("sqlite:{}", place.path("data/bailiwick.db").display());
    sql::execute(&url, "DROP TABLE socket_tickets").await;
    sql::execute(&url, "DELETE FROM __diesel_schema_migrations WHERE version = '20261125000006'").await;
    run(&place, &["backup", "older"]).succeeded();
    run(&place, &["restore", "older"]).succeeded();
    assert_eq!(log_in(&serve(&place), "ada@example.com"), 200);
}

#[test]
fn a_second_backup_into_the_same_folder_is_refused_while_the_first_writes() {
    let place = Place::new();
    let service = serve(&place);
    service.sign_up();
    fs::create_dir_all(place.path("shared/.partial")).unwrap();
    fs::write(place.path("shared/.partial/bailiwick.db"), "half of it").unwrap();
    let first = fs::File::open(place.path("shared")).unwrap();
    first.lock().unwrap();
    run(&place, &["backup", "shared"]).refused(&["shared", "another backup is writing there"]);
    assert_eq!(fs::read_to_string(place.path("shared/.partial/bailiwick.db")).unwrap(), "half of it");
    drop(first);
    run(&place, &["backup", "shared"]).succeeded();
    assert_eq!(names(&place.path("shared")), WHOLE);
}

#[test]
fn a_restore_that_gets_a_signal_leaves_a_database_that_can_be_served() {
    let place = killed_after_a_backup();
    for after in moments(&killed_after_a_backup(), &["restore", "backup"], 24) {
        let code = interrupted(&place, &["restore", "backup"], after, "TERM");
        // Before it receives signals, the signal kills it.
        assert!(matches!(code, None | Some(0 | 143)), "{after:?} {code:?}");
        let names = names(&place.path("data"));
        for end in ["restore-unfinished", "restoring"] {
            assert!(!names.contains(&format!("bailiwick.db.{end}")), "{after:?} {names:?}");
        }
        let service = serve(&place);
        assert_eq!(log_in(&service, "ada@example.com"), 200);
        service.stop("KILL");
    }
}

#[test]
fn what_is_done_is_no_failure_if_it_cannot_be_printed() {
    let place = Place::new();
    place.run_after("exec >/dev/full", &["migrate"], &[]).succeeded();
    serve(&place).stop("TERM");
    place.run_after("exec >/dev/full", &["backup", "full"], &[]).succeeded();
    place.run_after("exec >&-", &["backup", "closed"], &[]).succeeded();
    for folder in ["full", "closed"] {
        assert_eq!(names(&place.path(folder)), WHOLE);
    }
    place.run_after("exec >/dev/full", &["restore", "full"], &[]).succeeded();
}

#[test]
fn a_missing_signing_key_is_said_by_every_command_that_needs_it() {
    let place = Place::new();
    let service = serve(&place);
    assert!(!service.log().contains("signing key"), "{}", service.log());
    service.sign_up();
    service.stop("TERM");
    fs::remove_file(place.path("data/jwt_secret")).unwrap();
    let doctor = run(&place, &["doctor"]);
    assert!(doctor.stdout.contains("jwt_secret is missing"), "{doctor:?}");
    let saved = run(&place, &["backup", "saved"]).succeeded();
    assert!(saved.stdout.contains("Not saved: a signing key"), "{saved:?}");
    let service = serve(&place);
    let log = service.log();
    let warned = |line: &str| line.contains("WARN") && line.contains("tokens issued before are invalid");
    assert!(log.lines().any(warned), "{log}");
}

#[test]
fn a_restore_by_root_leaves_the_files_to_their_owner() {
    const NOBODY: u32 = 65534;
    let place = killed_after_a_backup();
    if fs::metadata(place.path("data")).unwrap().uid() != 0 {
        return;
    }
    let give = |path: &Path| std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    fs::remove_file(place.path("data/jwt_secret")).unwrap();
    fs::remove_file(place.path("data/bailiwick.db.lock")).unwrap();
    give(&place.path("data"));
    give(&place.path("data/bailiwick.db"));
    run(&place, &["restore", "backup"]).succeeded();
    for name in ["bailiwick.db", "bailiwick.db.lock", "jwt_secret"] {
        assert_eq!(fs::metadata(place.path("data").join(name)).unwrap().uid(), NOBODY, "{name}");
    }
}

#[test]
fn what_a_backup_cannot_be_made_of_or_restored_from_is_said() {
    let place = Place::new();
    fs::create_dir(place.path("data")).unwrap();
    fs::write(place.path("data/bailiwick.db"), "").unwrap();
    run(&place, &["backup", "empty"]).refused(&["empty or the database of another program"]);
    assert!(!place.path("empty").exists());
    let service = serve(&place);
    service.sign_up();
    run(&place, &["backup", "saved"]).succeeded();
    let folder = place.path("saved");
    fs::rename(folder.join("jwt_secret"), place.path("aside")).unwrap();
    run(&place, &["restore", "saved"]).refused(&["jwt_secret", "missing", "use another backup"]);
    fs::rename(place.path("aside"), folder.join("jwt_secret")).unwrap();
    fs::write(folder.join("manifest.json"), "{").unwrap();
    run(&place, &["restore", "saved"]).refused(&["the manifest of the backup is damaged"]);
    fs::create_dir_all(place.path("half/.partial")).unwrap();
    run(&place, &["restore", "half"]).refused(&["the backup is unfinished"]);
}
