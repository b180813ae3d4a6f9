//! `bailiwick backup` while the service runs, and `bailiwick restore`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use bailiwick_testkit::app::sql;
use serde_json::{Value, json};

use super::support::{Run, Service, WorkDir};

/// The files of a complete backup.
const COMPLETE: [&str; 3] = ["bailiwick.db", "jwt_secret", "manifest.json"];

fn serve(work_dir: &WorkDir) -> Service {
    work_dir.serve(&[("BAILIWICK__THROTTLE__ENABLED", "false")])
}

fn run(work_dir: &WorkDir, arguments: &[&str]) -> Run {
    work_dir.run(arguments, &[])
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
fn a_backup_contains_all_acknowledged_changes_and_can_be_restored() {
    let work_dir = WorkDir::new();
    let service = serve(&work_dir);
    let token = service.sign_up();
    for number in 0..8 {
        let email = format!("u{number}@example.com");
        sign_up(&service, &email);
        let folder = format!("backup{number}");
        let saved = run(&work_dir, &["backup", &folder]).succeeded();
        assert!(saved.stdout.contains("bailiwick.db") && saved.stderr.is_empty(), "{saved:?}");
    }
    let folder = work_dir.path("backup7");
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
    run(&work_dir, &["restore", "backup7"]).refused(&["another process serves"]);
    service.stop("KILL");
    let key = fs::read(work_dir.path("data/jwt_secret")).unwrap();
    fs::write(work_dir.path("data/jwt_secret"), "another key, long enough to sign with it").unwrap();
    let restored = run(&work_dir, &["restore", "backup7"]).succeeded();
    assert!(restored.stdout.contains("All sessions have ended"), "{restored:?}");
    assert_eq!(fs::read(work_dir.path("data/jwt_secret")).unwrap(), key);
    let kept = names(&work_dir.path("data"));
    for former in ["bailiwick.db.before-", "jwt_secret.before-"] {
        assert!(kept.iter().any(|name| name.starts_with(former)), "{kept:?}");
    }
    let former = kept.iter().find(|name| name.starts_with("bailiwick.db.before-")).unwrap();
    let former = fs::read(work_dir.path("data").join(former)).unwrap();
    let late = b"late@example.com";
    assert!(former.windows(late.len()).any(|part| part == late), "the log was written into the file");
    for end in ["-wal", "-shm", ".restoring", ".restore-unfinished"] {
        assert!(!kept.contains(&format!("bailiwick.db{end}")), "{kept:?}");
    }
    assert_eq!(mode(&work_dir.path("data/bailiwick.db")), 0o600);

    let service = serve(&work_dir);
    assert_eq!(service.get("/auth/me", Some(&token)).status, 401, "its session has ended");
    assert_eq!(log_in(&service, "ada@example.com"), 200);
    assert_eq!(log_in(&service, "u7@example.com"), 200);
    assert_eq!(log_in(&service, "late@example.com"), 401, "the account was created after the backup");
    assert_eq!(service.stop("TERM"), Some(0));

    run(&work_dir, &["restore", "backup7", "--keep-sessions"]).succeeded();
    assert_eq!(serve(&work_dir).get("/auth/me", Some(&token)).status, 200);
}

#[test]
fn a_backup_can_be_restored_without_a_data_directory() {
    let work_dir = WorkDir::new();
    let service = serve(&work_dir);
    service.sign_up();
    run(&work_dir, &["backup", "backup"]).succeeded();
    service.stop("KILL");
    fs::remove_dir_all(work_dir.path("data")).unwrap();
    run(&work_dir, &["restore", "backup"]).succeeded();
    assert_eq!(log_in(&serve(&work_dir), "ada@example.com"), 200);
}

#[test]
fn an_incomplete_or_altered_backup_is_refused_and_changes_nothing() {
    let work_dir = WorkDir::new();
    let service = serve(&work_dir);
    service.sign_up();
    run(&work_dir, &["backup", "backup"]).succeeded();
    run(&work_dir, &["backup", "backup"]).refused(&["backup", "not empty"]);
    assert_eq!(service.stop("TERM"), Some(0));
    let folder = work_dir.path("backup");
    let before = names(&work_dir.path("data"));
    let altered = |name: &str, bytes: &[u8], words: &[&str]| {
        let path = folder.join(name);
        let sound = fs::read(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        run(&work_dir, &["restore", "backup"]).refused(words);
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
    run(&work_dir, &["restore", "backup"]).refused(&["manifest.json"]);
    run(&work_dir, &["restore", "nowhere"]).refused(&["nowhere"]);
    let mut after = names(&work_dir.path("data"));
    after.retain(|name| !is_lock(name));
    assert_eq!(after, before.into_iter().filter(|name| !is_lock(name)).collect::<Vec<_>>());
}

#[test]
fn on_postgres_the_commands_refer_to_pg_dump() {
    let work_dir = WorkDir::new();
    for command in ["backup", "restore"] {
        let settings = [
            ("DATABASE_URL", "postgres://localhost/nothing"),
            ("JWT_SECRET", "a secret of the tests, long enough"),
        ];
        work_dir.run(&[command, "folder"], &settings).refused(&["pg_dump", "JWT_SECRET", "sessions"]);
        assert!(!work_dir.path("folder").exists());
    }
}

/// Signs up Ada, makes a backup, signs up a late account, and kills the service, so that the late
/// account is in the write-ahead log only.
fn killed_after_a_backup() -> WorkDir {
    let work_dir = WorkDir::new();
    let service = serve(&work_dir);
    service.sign_up();
    run(&work_dir, &["backup", "backup"]).succeeded();
    sign_up(&service, "late@example.com");
    service.stop("KILL");
    work_dir
}

/// Runs a command, sends it a signal after this time, and returns its exit code, which is `None` if the
/// signal killed it.
fn interrupted(work_dir: &WorkDir, arguments: &[&str], after: Duration, signal: &str) -> Option<i32> {
    let mut command = work_dir.command(arguments, &[]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(after);
    let kill = format!("kill -{signal} {} 2>/dev/null", child.id());
    Command::new("sh").args(["-c", &kill]).status().unwrap();
    child.wait().unwrap().code()
}

/// Returns times at equal intervals over the duration of a command.
fn interruption_times(work_dir: &WorkDir, arguments: &[&str], count: u32) -> impl Iterator<Item = Duration> {
    let started = Instant::now();
    run(work_dir, arguments).succeeded();
    let all = started.elapsed();
    (0..count).map(move |number| all * number / count)
}

#[test]
fn a_killed_restore_leaves_the_former_or_the_new_database_or_is_reported() {
    let work_dir = killed_after_a_backup();
    let key = fs::read(work_dir.path("data/jwt_secret")).unwrap();
    for after in interruption_times(&killed_after_a_backup(), &["restore", "backup"], 24) {
        fs::write(work_dir.path("data/jwt_secret"), "another key, long enough to sign with it").unwrap();
        let code = interrupted(&work_dir, &["restore", "backup"], after, "KILL");
        if work_dir.path("data/bailiwick.db.restore-unfinished").exists() {
            run(&work_dir, &["migrate"]).refused(&["did not come to its end", "bailiwick restore"]);
            assert_eq!(run(&work_dir, &["doctor"]).code, Some(1));
            run(&work_dir, &["restore", "backup"]).succeeded();
        }
        let service = serve(&work_dir);
        assert_eq!(log_in(&service, "ada@example.com"), 200);
        let is_former = log_in(&service, "late@example.com") == 200;
        let is_former_key = fs::read(work_dir.path("data/jwt_secret")).unwrap() != key;
        assert_eq!(is_former, is_former_key, "{after:?}");
        assert!(!is_former || code != Some(0));
        if !is_former {
            sign_up(&service, "late@example.com");
        }
        service.stop("KILL");
    }
}

#[test]
fn a_failed_restore_leaves_the_former_database_or_is_reported() {
    let work_dir = killed_after_a_backup();
    fs::create_dir(work_dir.path("data/bailiwick.db.restoring")).unwrap();
    run(&work_dir, &["restore", "backup"]).refused(&["bailiwick.db.restoring"]);
    fs::remove_dir(work_dir.path("data/bailiwick.db.restoring")).unwrap();
    let service = serve(&work_dir);
    assert_eq!(log_in(&service, "late@example.com"), 200);
    service.stop("KILL");

    fs::remove_file(work_dir.path("data/jwt_secret")).unwrap();
    fs::create_dir(work_dir.path("data/jwt_secret")).unwrap();
    run(&work_dir, &["restore", "backup"]).refused(&["jwt_secret"]);
    for command in ["serve", "migrate", "backup"] {
        let arguments = if command == "backup" { vec![command, "second"] } else { vec![command] };
        run(&work_dir, &arguments).refused(&["did not come to its end", "bailiwick restore"]);
    }
    fs::remove_dir(work_dir.path("data/jwt_secret")).unwrap();
    run(&work_dir, &["restore", "backup"]).succeeded();
    assert_eq!(log_in(&serve(&work_dir), "late@example.com"), 401);
}

#[test]
fn a_restore_over_a_log_that_does_not_belong_keeps_both() {
    let work_dir = killed_after_a_backup();
    let log = fs::read(work_dir.path("data/bailiwick.db-wal")).unwrap();
    fs::write(work_dir.path("data/bailiwick.db"), "no database").unwrap();
    let restored = run(&work_dir, &["restore", "backup"]).succeeded();
    assert_eq!(restored.stdout.matches("Former file").count(), 2, "{restored:?}");
    let kept = names(&work_dir.path("data"));
    let kept = |end: &str| {
        let is = |name: &&String| name.starts_with("bailiwick.db.before-") && name.ends_with(end);
        fs::read(work_dir.path("data").join(kept.iter().find(is).unwrap())).unwrap()
    };
    assert!(kept("-wal") == log);
    assert_eq!(log_in(&serve(&work_dir), "ada@example.com"), 200);
}

#[test]
fn a_restore_finds_a_process_that_serves_without_a_claim() {
    let work_dir = WorkDir::new();
    let service = serve(&work_dir);
    service.sign_up();
    run(&work_dir, &["backup", "backup"]).succeeded();
    fs::hard_link(work_dir.path("data/bailiwick.db"), work_dir.path("link.db")).unwrap();
    let settings = [("DATABASE_URL", "sqlite:link.db")];
    work_dir.run(&["restore", "backup"], &settings).refused(&["another process serves"]);
    assert!(!work_dir.path("link.db.restoring").exists());
}

#[test]
fn a_backup_that_is_interrupted_or_fails_leaves_nothing() {
    let work_dir = WorkDir::new();
    run(&work_dir, &["backup", "none"]).refused(&["no database file yet"]);
    assert!(!work_dir.path("none").exists());
    let service = serve(&work_dir);
    service.sign_up();
    for signal in ["INT", "TERM", "HUP"] {
        for (number, after) in
            interruption_times(&work_dir, &["backup", &format!("whole-{signal}")], 6).enumerate()
        {
            let folder = format!("{signal}{number}");
            let ended = interrupted(&work_dir, &["backup", &folder], after, signal);
            // If the signal arrives after the last step, the backup is complete.
            if ended != Some(0) && work_dir.path(&folder).exists() {
                assert_eq!(names(&work_dir.path(&folder)), COMPLETE, "{signal} {after:?}");
            }
            assert!(!work_dir.path(&format!("{folder}.interrupted")).exists(), "{signal} {after:?}");
        }
    }
    // No file may grow beyond 8 KiB.
    let full = work_dir.run_after("trap '' XFSZ; ulimit -f 16", &["backup", "full"], &[]);
    full.refused(&["full"]);
    assert!(!full.stderr.contains("DATABASE_URL"), "{full:?}");
    assert!(!work_dir.path("full").exists());
    // The state that a killed backup leaves.
    fs::create_dir_all(work_dir.path("killed/.partial")).unwrap();
    fs::write(work_dir.path("killed/.partial/bailiwick.db"), "half of it").unwrap();
    run(&work_dir, &["backup", "killed"]).succeeded();
    assert_eq!(names(&work_dir.path("killed")), COMPLETE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_an_older_schema_can_be_restored_and_is_migrated() {
    let work_dir = WorkDir::new();
    let service = serve(&work_dir);
    service.sign_up();
    service.stop("TERM");
    let url = format!("sqlite:{}", work_dir.path("data/bailiwick.db").display());
    sql::execute(&url, "DROP TABLE socket_tickets").await;
    sql::execute(&url, "DELETE FROM __diesel_schema_migrations WHERE version = '20261125000006'").await;
    run(&work_dir, &["backup", "older"]).succeeded();
    run(&work_dir, &["restore", "older"]).succeeded();
    assert_eq!(log_in(&serve(&work_dir), "ada@example.com"), 200);
}

#[test]
fn a_second_backup_into_the_same_folder_is_refused_while_the_first_writes() {
    let work_dir = WorkDir::new();
    let service = serve(&work_dir);
    service.sign_up();
    fs::create_dir_all(work_dir.path("shared/.partial")).unwrap();
    fs::write(work_dir.path("shared/.partial/bailiwick.db"), "half of it").unwrap();
    let first = fs::File::open(work_dir.path("shared")).unwrap();
    first.lock().unwrap();
    run(&work_dir, &["backup", "shared"]).refused(&["shared", "another backup is writing there"]);
    assert_eq!(fs::read_to_string(work_dir.path("shared/.partial/bailiwick.db")).unwrap(), "half of it");
    drop(first);
    run(&work_dir, &["backup", "shared"]).succeeded();
    assert_eq!(names(&work_dir.path("shared")), COMPLETE);
}

#[test]
fn a_restore_that_gets_a_signal_leaves_a_database_that_can_be_served() {
    let work_dir = killed_after_a_backup();
    for after in interruption_times(&killed_after_a_backup(), &["restore", "backup"], 24) {
        let code = interrupted(&work_dir, &["restore", "backup"], after, "TERM");
        // The signal kills a process that has not yet installed its signal handlers.
        assert!(matches!(code, None | Some(0 | 143)), "{after:?} {code:?}");
        let names = names(&work_dir.path("data"));
        for end in ["restore-unfinished", "restoring"] {
            assert!(!names.contains(&format!("bailiwick.db.{end}")), "{after:?} {names:?}");
        }
        let service = serve(&work_dir);
        assert_eq!(log_in(&service, "ada@example.com"), 200);
        service.stop("KILL");
    }
}

#[test]
fn a_completed_command_succeeds_even_if_its_output_cannot_be_written() {
    let work_dir = WorkDir::new();
    work_dir.run_after("exec >/dev/full", &["migrate"], &[]).succeeded();
    serve(&work_dir).stop("TERM");
    work_dir.run_after("exec >/dev/full", &["backup", "full"], &[]).succeeded();
    work_dir.run_after("exec >&-", &["backup", "closed"], &[]).succeeded();
    for folder in ["full", "closed"] {
        assert_eq!(names(&work_dir.path(folder)), COMPLETE);
    }
    work_dir.run_after("exec >/dev/full", &["restore", "full"], &[]).succeeded();
}

#[test]
fn every_command_that_needs_the_signing_key_reports_that_it_is_missing() {
    let work_dir = WorkDir::new();
    let service = serve(&work_dir);
    assert!(!service.log().contains("signing key"), "{}", service.log());
    service.sign_up();
    service.stop("TERM");
    fs::remove_file(work_dir.path("data/jwt_secret")).unwrap();
    let doctor = run(&work_dir, &["doctor"]);
    assert!(doctor.stdout.contains("jwt_secret is missing"), "{doctor:?}");
    let saved = run(&work_dir, &["backup", "saved"]).succeeded();
    assert!(saved.stdout.contains("Not saved: a signing key"), "{saved:?}");
    let service = serve(&work_dir);
    let log = service.log();
    let warned = |line: &str| line.contains("WARN") && line.contains("tokens issued before are invalid");
    assert!(log.lines().any(warned), "{log}");
}

#[test]
fn a_restore_by_root_leaves_the_files_to_their_owner() {
    const NOBODY: u32 = 65534;
    let work_dir = killed_after_a_backup();
    if fs::metadata(work_dir.path("data")).unwrap().uid() != 0 {
        return;
    }
    let give = |path: &Path| std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    fs::remove_file(work_dir.path("data/jwt_secret")).unwrap();
    fs::remove_file(work_dir.path("data/bailiwick.db.lock")).unwrap();
    give(&work_dir.path("data"));
    give(&work_dir.path("data/bailiwick.db"));
    run(&work_dir, &["restore", "backup"]).succeeded();
    for name in ["bailiwick.db", "bailiwick.db.lock", "jwt_secret"] {
        assert_eq!(fs::metadata(work_dir.path("data").join(name)).unwrap().uid(), NOBODY, "{name}");
    }
}

#[test]
fn faults_of_databases_and_backups_are_named() {
    let work_dir = WorkDir::new();
    fs::create_dir(work_dir.path("data")).unwrap();
    fs::write(work_dir.path("data/bailiwick.db"), "").unwrap();
    run(&work_dir, &["backup", "empty"]).refused(&["empty or the database of another program"]);
    assert!(!work_dir.path("empty").exists());
    let service = serve(&work_dir);
    service.sign_up();
    run(&work_dir, &["backup", "saved"]).succeeded();
    let folder = work_dir.path("saved");
    fs::rename(folder.join("jwt_secret"), work_dir.path("aside")).unwrap();
    run(&work_dir, &["restore", "saved"]).refused(&["jwt_secret", "missing", "use another backup"]);
    fs::rename(work_dir.path("aside"), folder.join("jwt_secret")).unwrap();
    fs::write(folder.join("manifest.json"), "{").unwrap();
    run(&work_dir, &["restore", "saved"]).refused(&["the manifest of the backup is damaged"]);
    fs::create_dir_all(work_dir.path("half/.partial")).unwrap();
    run(&work_dir, &["restore", "half"]).refused(&["the backup is unfinished"]);
}
