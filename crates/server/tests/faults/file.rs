//! The SQLite file is deleted, replaced, truncated or overwritten while it is served: from then on
//! no write is acknowledged. A damaged file, or one next to another file's log, is refused at the
//! start.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bailiwick_testkit::app::sql;
use serde_json::{Value, json};

use super::support::{Run, Service, WorkDir};

/// Time within which checks stop being answered by older authority, with a margin for a busy machine.
const NOTICED: Duration = Duration::from_secs(3);

struct Served {
    work_dir: WorkDir,
    service: Service,
    token: String,
    org: String,
}

impl Served {
    fn new() -> Self {
        let work_dir = WorkDir::new();
        let service = serve(&work_dir);
        let token = service.sign_up();
        let org = service.get("/auth/me", Some(&token)).json(200)["organizations"][0]["id"].clone();
        Self { work_dir, service, token, org: org.as_str().unwrap().to_owned() }
    }

    fn file(&self, end: &str) -> PathBuf {
        self.work_dir.path(&format!("live.db{end}"))
    }

    /// Moves everything committed from the log into the file.
    async fn checkpoint(&self) {
        sql::execute(&url(&self.work_dir), "PRAGMA wal_checkpoint(TRUNCATE)").await;
    }

    /// Asserts that the fault is noticed without a write.
    fn notices(&self, fault: &str) {
        let started = Instant::now();
        while !self.service.log().contains(fault) {
            assert!(started.elapsed() < NOTICED, "{fault}: {}", self.service.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asserts that the first write after the fault is refused, and soon every request.
    fn refuses_all(&self, fault: &str) {
        let service = &self.service;
        let written = service.post("/auth/signup", &account("late@example.com"));
        assert_eq!(written.status, 503, "{written:?} {}", service.log());
        let check = format!("/api/protected?org_id={}", self.org);
        let started = Instant::now();
        while service.get(&check, Some(&self.token)).status != 503 {
            assert!(started.elapsed() < NOTICED, "{fault}: {}", service.log());
        }
        // A statement that was running when the fault was found logs its own error.
        let errors = || service.log().lines().filter(|line| line.contains("ERROR")).count();
        let before = errors();
        for path in ["/readyz", "/auth/me", &check] {
            let problem = service.get(path, Some(&self.token)).json(503);
            assert_eq!(problem["code"], "service_unavailable", "{path} {fault}");
        }
        assert_eq!(service.post("/auth/login", &login()).status, 503, "{fault}");
        let log = service.log();
        assert_eq!(errors(), before, "requests that are refused add none: {log}");
        let errors: Vec<_> = log.lines().filter(|line| line.contains("while it was in use")).collect();
        assert_eq!(errors.len(), 1, "{log}");
        assert!(errors[0].contains("ERROR"), "{log}");
        for word in [fault, "live.db", "until a restart", "restore a backup"] {
            assert!(errors[0].contains(word), "{word}: {log}");
        }
    }
}

fn url(work_dir: &WorkDir) -> String {
    format!("sqlite:{}", work_dir.path("live.db").display())
}

fn serve(work_dir: &WorkDir) -> Service {
    work_dir.serve(&[("DATABASE_URL", &url(work_dir)), ("BAILIWICK__THROTTLE__ENABLED", "false")])
}

fn account(email: &str) -> Value {
    json!({ "email": email, "password": "correct horse battery", "first_name": "Eve", "last_name": "" })
}

fn login() -> Value {
    json!({ "email": "ada@example.com", "password": "correct horse battery" })
}

/// Signs up so many accounts that the file needs new pages.
fn sign_up_many(service: &Service, start: usize) {
    for number in 0..10 {
        service.post("/auth/signup", &account(&format!("u{number}.{start}@example.com"))).json(201);
    }
}

fn refused(work_dir: &WorkDir, words: &[&str]) {
    for command in ["serve", "migrate"] {
        let run: Run = work_dir.run(&[command], &[("DATABASE_URL", &url(work_dir))]);
        run.refused(words);
    }
}

fn overwrite(path: &Path, offset: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.write_all(bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_file_that_was_deleted() {
    let served = Served::new();
    fs::remove_file(served.file("")).unwrap();
    served.refuses_all("was deleted or moved away");
    assert!(!served.file("").exists(), "no other file is made in its place");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_file_that_was_replaced() {
    let served = Served::new();
    served.checkpoint().await;
    fs::copy(served.file(""), served.work_dir.path("copy.db")).unwrap();
    fs::rename(served.work_dir.path("copy.db"), served.file("")).unwrap();
    served.refuses_all("was replaced by another");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_file_that_was_truncated() {
    for length in [0, 8192] {
        let served = Served::new();
        served.checkpoint().await;
        // The service has recorded the length at its last check.
        assert_eq!(served.service.get("/readyz", None).status, 200);
        OpenOptions::new().write(true).open(served.file("")).unwrap().set_len(length).unwrap();
        served.refuses_all("was truncated");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_file_that_an_older_copy_was_written_over() {
    let served = Served::new();
    served.checkpoint().await;
    let copy = fs::read(served.file("")).unwrap();
    for number in 0..40 {
        let email = format!("u{number}@example.com");
        served.service.post("/auth/signup", &account(&email)).json(201);
    }
    served.checkpoint().await;
    assert_eq!(served.service.get("/readyz", None).status, 200);
    overwrite(&served.file(""), 0, &copy);
    served.refuses_all("was overwritten by an older copy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_file_that_another_was_written_over() {
    let (served, other) = (Served::new(), Served::new());
    for served in [&served, &other] {
        served.checkpoint().await;
        assert_eq!(served.service.get("/readyz", None).status, 200);
    }
    overwrite(&served.file(""), 0, &fs::read(other.file("")).unwrap());
    served.refuses_all("was overwritten by another");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_log_that_was_deleted() {
    let served = Served::new();
    fs::remove_file(served.file("-wal")).unwrap();
    served.refuses_all("lost its -wal");
}

/// SQLite writes the log into the file with the last connection, unless the process keeps it open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_after_a_fault_leaves_the_files_as_they_are() {
    for signal in ["TERM", "INT"] {
        let served = Served::new();
        served.checkpoint().await;
        let older = fs::read(served.file("")).unwrap();
        sign_up_many(&served.service, 0);
        served.checkpoint().await;
        sign_up_many(&served.service, 1);
        overwrite(&served.file(""), 0, &older);
        OpenOptions::new().write(true).open(served.file("")).unwrap().set_len(older.len() as u64).unwrap();
        served.notices("was overwritten by an older copy");
        let log = fs::read(served.file("-wal")).unwrap();
        let (file, path) = (served.file(""), served.file("-wal"));
        let Served { work_dir, service, .. } = served;
        assert_eq!(service.stop(signal), Some(0));
        assert!(fs::read(file).unwrap() == older, "the file that was put there");
        assert!(fs::read(path).unwrap() == log, "the log of the former one");
        drop(work_dir);
    }
}

/// This must hold if the fault comes right before the stop as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_checks_the_files_before_it_closes_them() {
    let served = Served::new();
    let path = served.file("");
    fs::write(served.work_dir.path("other.db"), "another file").unwrap();
    fs::rename(served.work_dir.path("other.db"), &path).unwrap();
    let Served { work_dir, service, .. } = served;
    service.stop("TERM");
    assert_eq!(fs::read_to_string(path).unwrap(), "another file");
    assert!(fs::metadata(work_dir.path("live.db-wal")).unwrap().len() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_leads_elsewhere_is_noticed() {
    let work_dir = WorkDir::new();
    for folder in ["real", "other"] {
        fs::create_dir(work_dir.path(folder)).unwrap();
    }
    std::os::unix::fs::symlink("real", work_dir.path("link")).unwrap();
    let url = format!("sqlite:{}", work_dir.path("link/live.db").display());
    let settings = [("DATABASE_URL", url.as_str()), ("BAILIWICK__THROTTLE__ENABLED", "false")];
    let service = work_dir.serve(&settings);
    service.sign_up();
    service.stop("TERM");
    fs::copy(work_dir.path("real/live.db"), work_dir.path("other/live.db")).unwrap();
    let service = work_dir.serve(&settings);
    assert_eq!(service.get("/readyz", None).status, 200);
    fs::remove_file(work_dir.path("link")).unwrap();
    std::os::unix::fs::symlink("other", work_dir.path("link")).unwrap();
    assert_eq!(service.post("/auth/signup", &account("late@example.com")).status, 503);
    assert_eq!(service.get("/readyz", None).status, 503);
    assert!(service.log().contains("was replaced by another"), "{}", service.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_truncated_or_overwritten_log_is_noticed_without_requests() {
    for (part, fault) in [(2, "its -wal was truncated"), (0, "its -wal was truncated")] {
        let served = Served::new();
        let length = fs::metadata(served.file("-wal")).unwrap().len();
        let kept = length.checked_div(part).unwrap_or(0);
        OpenOptions::new().write(true).open(served.file("-wal")).unwrap().set_len(kept).unwrap();
        served.notices(fault);
        served.refuses_all(fault);
    }
    let served = Served::new();
    overwrite(&served.file("-wal"), 32, &[0x5a; 8192]);
    served.notices("its -wal, which was overwritten");
    served.refuses_all("its -wal, which was overwritten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_is_noticed_by_the_first_request_that_reads_it() {
    let served = Served::new();
    served.checkpoint().await;
    let pages = fs::metadata(served.file("")).unwrap().len() / 4096;
    for page in 1..pages {
        overwrite(&served.file(""), page * 4096, &[0x5a; 4096]);
    }
    // SQLite does not read cached pages again unless another process has written.
    sql::execute(&url(&served.work_dir), "PRAGMA user_version = 7").await;
    served.service.post("/auth/login", &login());
    served.notices("was damaged");
    assert_eq!(served.service.get("/readyz", None).status, 503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_was_deleted_is_noticed() {
    let served = Served::new();
    fs::remove_file(served.file(".lock")).unwrap();
    served.notices("lost its .lock");
    served.refuses_all("lost its .lock");
}

/// SQLite deletes the log of an empty file, and writes a log into any file of that name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_and_backup_keep_a_log_that_does_not_belong() {
    let served = Served::new();
    let Served { work_dir, service, .. } = served;
    service.stop("KILL");
    let (path, log_path) = (work_dir.path("live.db"), work_dir.path("live.db-wal"));
    let log = fs::read(&log_path).unwrap();
    let address = url(&work_dir);
    let looks = |what: &str| {
        let before = fs::read(&path).ok();
        let doctor = work_dir.run(&["doctor"], &[("DATABASE_URL", &address)]);
        assert_eq!(doctor.code, Some(1), "{what}: {doctor:?}");
        assert!(doctor.stdout.contains("-wal does not belong"), "{what}: {doctor:?}");
        work_dir.run(&["backup", "saved"], &[("DATABASE_URL", &address)]).refused(&["-wal does not belong"]);
        assert!(!work_dir.path("saved").exists(), "{what}");
        assert_eq!(fs::read(&path).ok(), before, "{what}");
        assert!(fs::read(&log_path).unwrap() == log, "{what}");
    };
    OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
    looks("an empty file");
    fs::write(&path, [b'x'; 5000]).unwrap();
    looks("another file");
    fs::remove_file(&path).unwrap();
    looks("no file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_and_vacuum_of_an_operator_are_no_fault() {
    let served = Served::new();
    for statement in ["PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(RESTART)", "VACUUM"]
    {
        sql::execute(&url(&served.work_dir), statement).await;
        assert_eq!(served.service.post("/auth/login", &login()).status, 200, "{statement}");
        assert_eq!(served.service.get("/readyz", None).status, 200, "{statement}");
    }
    assert!(!served.service.log().contains("ERROR"), "{}", served.service.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_is_refused_at_the_start() {
    let served = Served::new();
    served.checkpoint().await;
    let Served { work_dir, service, .. } = served;
    assert_eq!(service.stop("TERM"), Some(0));
    // SQLite deletes an empty log with its last connection.
    sql::execute(&url(&work_dir), "PRAGMA wal_checkpoint(TRUNCATE)").await;
    let path = work_dir.path("live.db");
    let sound = fs::read(&path).unwrap();
    let pages = sound.len() as u64 / 4096;
    for page in [2, pages / 2] {
        overwrite(&path, page * 4096, &[0x5a; 4096]);
    }
    refused(&work_dir, &["is damaged", "restore a backup", ".recover"]);
    fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    refused(&work_dir, &["is damaged", "restore a backup"]);
    fs::write(
        &path,
        "no database at all, but long enough to hold the header of one, were it a file of SQLite",
    )
    .unwrap();
    refused(&work_dir, &["is damaged"]);
    fs::write(&path, &sound).unwrap();
    assert_eq!(serve(&work_dir).post("/auth/login", &login()).status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_another_file_is_refused_at_the_start() {
    let served = Served::new();
    served.checkpoint().await;
    let before = fs::read(served.file("")).unwrap();
    let Served { work_dir, service, .. } = served;
    service.stop("TERM");
    // The change counter grows with each connection that writes.
    for start in 0..4 {
        let service = serve(&work_dir);
        sign_up_many(&service, start);
        if start == 3 {
            service.post("/auth/signup", &account("last@example.com")).json(201);
            service.stop("KILL");
        } else {
            sql::execute(&url(&work_dir), "PRAGMA wal_checkpoint(TRUNCATE)").await;
            service.stop("TERM");
        }
    }
    let path = work_dir.path("live.db");
    let now = fs::read(&path).unwrap();

    fs::remove_file(&path).unwrap();
    refused(&work_dir, &["-wal does not belong", "missing or empty", "restore a backup"]);
    fs::write(&path, &before).unwrap();
    refused(&work_dir, &["-wal does not belong", "older than the log", "move the -wal away"]);
    let other = Served::new();
    other.checkpoint().await;
    fs::write(&path, fs::read(other.file("")).unwrap()).unwrap();
    refused(&work_dir, &["-wal does not belong", "another database"]);
    fs::write(&path, &now).unwrap();
    let log = fs::read(work_dir.path("live.db-wal")).unwrap();
    overwrite(&work_dir.path("live.db-wal"), 8, &[7; 4]);
    refused(&work_dir, &["-wal does not belong", "header of the log is damaged"]);

    fs::write(work_dir.path("live.db-wal"), &log).unwrap();
    let service = serve(&work_dir);
    let mut last = login();
    last["email"] = json!("last@example.com");
    assert_eq!(service.post("/auth/login", &last).status, 200, "the pair that fits is served");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_changes_of_an_operator_beside_the_service_are_no_fault() {
    let served = Served::new();
    served.checkpoint().await;
    sql::execute(&url(&served.work_dir), "UPDATE users SET first_name = 'Eve'").await;
    let address = url(&served.work_dir);
    served.work_dir.run(&["backup", "saved"], &[("DATABASE_URL", &address)]).succeeded();
    let doctor = served.work_dir.run(&["doctor"], &[("DATABASE_URL", &address)]);
    assert!(!doctor.stdout.contains("does not belong"), "{doctor:?}");
}

/// Runs every command that opens the file. Each is refused and leaves the file and its log as they are.
fn refused_unchanged(work_dir: &WorkDir, words: &[&str]) {
    let read =
        || [fs::read(work_dir.path("live.db")).unwrap(), fs::read(work_dir.path("live.db-wal")).unwrap()];
    let (before, address) = (read(), url(work_dir));
    let environment = [("DATABASE_URL", address.as_str())];
    for arguments in [&["serve"][..], &["migrate"], &["backup", "saved"]] {
        work_dir.run(arguments, &environment).refused(words);
        assert!(read() == before, "{arguments:?} changed the files");
    }
    let doctor = work_dir.run(&["doctor"], &environment);
    assert_eq!(doctor.code, Some(1), "{doctor:?}");
    assert!(words.iter().all(|word| doctor.stdout.contains(word)), "{doctor:?}");
    assert!(read() == before, "doctor changed the files");
}

/// The log of a killed service, whose few transactions need no new page.
fn log_of_a_login(work_dir: &WorkDir) -> Vec<u8> {
    let service = serve(work_dir);
    assert_eq!(service.post("/auth/login", &login()).status, 200);
    service.stop("KILL");
    fs::read(work_dir.path("live.db-wal")).unwrap()
}

/// The file with everything from its log. A service that stops merges the log only if its connections
/// were closed in time.
async fn merged(work_dir: &WorkDir) -> Vec<u8> {
    sql::execute(&url(work_dir), "PRAGMA wal_checkpoint(TRUNCATE)").await;
    fs::read(work_dir.path("live.db")).unwrap()
}

fn put(work_dir: &WorkDir, file: &[u8], log: Option<&[u8]>) {
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(work_dir.path(&format!("live.db{end}")));
    }
    fs::write(work_dir.path("live.db"), file).unwrap();
    if let Some(log) = log {
        fs::write(work_dir.path("live.db-wal"), log).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_another_state_of_the_database_is_refused_and_kept() {
    let Served { work_dir, service, .. } = Served::new();
    service.stop("TERM");
    let first = merged(&work_dir).await;
    let log = log_of_a_login(&work_dir);
    put(&work_dir, &first, None);
    let service = serve(&work_dir);
    sign_up_many(&service, 0);
    service.stop("TERM");
    let newer = merged(&work_dir).await;

    put(&work_dir, &newer, Some(&log));
    refused_unchanged(&work_dir, &["-wal does not belong", "another state"]);
    put(&work_dir, &first, Some(&log));
    let service = serve(&work_dir);
    assert_eq!(service.post("/auth/login", &login()).status, 200, "the log continues this state");
    service.stop("KILL");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_began_while_the_file_was_served_belongs_to_it() {
    let served = Served::new();
    for checkpoint in ["TRUNCATE", "RESTART"] {
        sql::execute(&url(&served.work_dir), &format!("PRAGMA wal_checkpoint({checkpoint})")).await;
    }
    let state = fs::read(served.file("")).unwrap();
    assert_eq!(served.service.post("/auth/login", &login()).status, 200);
    let Served { work_dir, service, .. } = served;
    service.stop("KILL");
    let log = fs::read(work_dir.path("live.db-wal")).unwrap();
    let service = serve(&work_dir);
    // More than SQLite keeps in a log.
    for start in 0..4 {
        sign_up_many(&service, start);
    }
    service.stop("KILL");
    let later = fs::read(work_dir.path("live.db")).unwrap();
    assert!(later != state, "a checkpoint was made");
    serve(&work_dir).stop("KILL");
    put(&work_dir, &later, Some(&log));
    refused_unchanged(&work_dir, &["-wal does not belong"]);
    put(&work_dir, &state, Some(&log));
    serve(&work_dir).stop("TERM");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_with_damage_before_committed_changes_is_refused_and_kept() {
    const FRAME: u64 = 24 + 4096;
    let served = Served::new();
    served.checkpoint().await;
    sign_up_many(&served.service, 0);
    let Served { work_dir, service, .. } = served;
    service.stop("KILL");
    let [path, log_path, index_path] =
        ["", "-wal", "-shm"].map(|end| work_dir.path(&format!("live.db{end}")));
    let [file, log, index] = [&path, &log_path, &index_path].map(|path| fs::read(path).unwrap());
    // The index counts the committed frames. A kill can leave the beginning of a transaction after them.
    let frames = u64::from(u32::from_ne_bytes(index[16..20].try_into().unwrap()));
    let inside_last_frame = 32 + frames * FRAME - 1000;
    for frame in [0, frames / 2] {
        put(&work_dir, &file, Some(&log));
        overwrite(&log_path, 32 + frame * FRAME + 24 + 1000, &[0xff; 8]);
        refused_unchanged(
            &work_dir,
            &["-wal is damaged", &format!("{frame} of its pages"), "restore a backup"],
        );
    }
    // The index of the log counts the last transaction, which a power failure cannot have cut off.
    for is_cut in [false, true] {
        put(&work_dir, &file, Some(&log));
        fs::write(&index_path, &index).unwrap();
        if is_cut {
            OpenOptions::new().write(true).open(&log_path).unwrap().set_len(inside_last_frame).unwrap();
        } else {
            overwrite(&log_path, inside_last_frame, &[0xff; 8]);
        }
        refused_unchanged(&work_dir, &["-wal is damaged"]);
    }
    // The remains of a transaction that was not committed.
    put(&work_dir, &file, Some(&log[..usize::try_from(inside_last_frame).unwrap()]));
    assert_eq!(serve(&work_dir).post("/auth/login", &login()).status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_that_is_refused_keeps_its_log() {
    let served = Served::new();
    served.checkpoint().await;
    served.service.post("/auth/login", &login()).json(200);
    let Served { work_dir, service, .. } = served;
    service.stop("KILL");
    let path = work_dir.path("live.db");
    let pages = fs::metadata(&path).unwrap().len() / 4096;
    for page in 1..pages {
        overwrite(&path, page * 4096, &[0x5a; 4096]);
    }
    refused_unchanged(&work_dir, &["is damaged"]);
}
