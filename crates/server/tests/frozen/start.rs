//! Starts that wait for a server, a lock or a file that never answers.

use bailiwick_testkit::app::Engine;

use crate::freeze::Frozen;
use crate::postgres::{Postgres, connect};
use crate::process::Process;
use crate::support::WorkDir;
use crate::{SECRET, START_SECONDS, Silent};

const SERVE: &[&str] = &["serve"];
const COMMANDS: [&[&str]; 4] = [
    SERVE,
    &["migrate"],
    &["admin", "create", "--email", "ada@example.com", "--password-stdin"],
    &["admin", "recover", "ada@example.com"],
];

#[tokio::test]
async fn a_start_says_that_a_frozen_database_does_not_answer_and_ends() {
    let Some(postgres) = Postgres::start("a start with a frozen database").await else { return };
    let url = postgres.url();
    let work_dir = WorkDir::new();
    work_dir.run(&["migrate"], &[("DATABASE_URL", &url)]).succeeded();
    let frozen = Frozen::tree(postgres.process());
    for command in COMMANDS {
        let process =
            Process::start(&work_dir, command, &[("DATABASE_URL", &url), SECRET, (START_SECONDS, "1")]);
        process.end().gave_up(1, &["DATABASE_URL", "waited 1 s", "answer of the PostgreSQL server"]);
    }
    let report = work_dir.run(&["doctor"], &[("DATABASE_URL", &url), SECRET]);
    assert_eq!(report.code, Some(1), "{report:?}");
    assert!(report.stdout.contains("does not answer"), "{report:?}");

    let mut waiting = Process::start(&work_dir, SERVE, &[("DATABASE_URL", &url), SECRET]);
    waiting.writes("waiting for an answer of the PostgreSQL server");
    drop(frozen);
    waiting.writes("checks are answered from the cache");
    waiting.signal("TERM");
    assert_eq!(waiting.end().code, Some(0), "it served once PostgreSQL answered");
}

#[test]
fn a_start_with_a_server_that_never_answers_ends() {
    let silent = Silent::new();
    for mode in ["disable", "prefer", "require"] {
        let url = format!("{}/name?sslmode={mode}", silent.url("postgres"));
        let settings = [("DATABASE_URL", url.as_str()), SECRET, (START_SECONDS, "1")];
        let ended = Process::start(&WorkDir::new(), SERVE, &settings).end();
        ended.gave_up(1, &["DATABASE_URL", "waited 1 s", "answer of the PostgreSQL server"]);
    }
}

#[test]
fn a_start_that_waits_is_ended_by_each_signal_at_once() {
    let silent = Silent::new();
    let url = format!("{}/name?sslmode=disable", silent.url("postgres"));
    for (signal, command, code) in
        [("TERM", SERVE, 0), ("HUP", SERVE, 0), ("INT", SERVE, 0), ("TERM", &["migrate"], 143)]
    {
        let settings = [("DATABASE_URL", url.as_str()), SECRET];
        let work_dir = WorkDir::new();
        let mut process = Process::start(&work_dir, command, &settings);
        let _held = silent.connected();
        process.signal(signal);
        let ended = process.end();
        assert_eq!(ended.code, Some(code), "{signal}: {ended:?}");
        assert!(ended.stderr.contains("stopped while waiting for the database"), "{ended:?}");
        ended.within(1);
    }
}

#[test]
fn a_start_whose_settings_cannot_be_read_says_so_and_can_be_ended() {
    let work_dir = WorkDir::new();
    // Reading a FIFO blocks, as reading from a file system that does not answer would.
    let made = std::process::Command::new("mkfifo").arg(work_dir.path(".env")).status().unwrap();
    assert!(made.success());
    let mut process = Process::start(&work_dir, SERVE, &[]);
    process.writes("waiting for the settings");
    process.signal("TERM");
    let ended = process.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.within(1);
    let report = work_dir.run(&["doctor"], &[]);
    assert_eq!(report.code, Some(1), "{report:?}");
    assert!(report.stdout.contains("are not read"), "{report:?}");
}

#[test]
fn a_service_starts_and_stops_while_redis_does_not_answer() {
    let silent = Silent::new();
    let redis = silent.url("redis");
    let work_dir = WorkDir::new();
    let settings = [("REDIS_URL", redis.as_str()), ("BAILIWICK__SERVER__SHUTDOWN_SECONDS", "2")];
    let service = work_dir.serve(&settings);
    assert!(service.log().contains("Redis does not answer"), "{}", service.log());
    let report = work_dir.run(&["doctor"], &settings);
    assert!(report.stdout.contains("does not answer in time"), "{report:?}");
    assert_eq!(service.stop("TERM"), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_names_another_process_that_migrates() {
    let Some(engine) = Engine::postgres_or_left_out("the lock of migrations") else { return };
    let database = engine.create().await;
    let holder = connect(database.url()).await.unwrap();
    holder.batch_execute("SELECT pg_advisory_lock(7093451268337405)").await.unwrap();
    let work_dir = WorkDir::new();
    let settings = [("DATABASE_URL", database.url()), SECRET, (START_SECONDS, "1")];
    for command in COMMANDS {
        let ended = Process::start(&work_dir, command, &settings).end();
        ended.gave_up(1, &["waited 1 s", "another process that is migrating"]);
    }
    let mut waiting = Process::start(&work_dir, &["migrate"], &settings[..1]);
    waiting.writes("waiting for another process that is migrating");
    drop(holder);
    assert_eq!(waiting.end().code, Some(0));
}

/// An abandoned transaction holds the lock that a migration needs.
#[tokio::test]
async fn a_migration_does_not_wait_for_a_table_for_ever() {
    let Some(engine) = Engine::postgres_or_left_out("locks of tables") else { return };
    let database = engine.create().await;
    let holder = connect(database.url()).await.unwrap();
    let forgotten = "BEGIN; CREATE TABLE __diesel_schema_migrations (version text PRIMARY KEY)";
    holder.batch_execute(forgotten).await.unwrap();
    let settings = [("DATABASE_URL", database.url()), SECRET, (START_SECONDS, "1")];
    let ended = Process::start(&WorkDir::new(), &["migrate"], &settings).end();
    ended.gave_up(1, &["cannot be migrated", "lock timeout"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_names_the_lock_of_another_process_on_the_file() {
    let work_dir = WorkDir::new();
    work_dir.run(&["migrate"], &[]).succeeded();
    let url = format!("sqlite:{}", work_dir.path("data/bailiwick.db").display());
    let database = bailiwick::store::open(&url, &bailiwick::store::Options::default()).await.unwrap();
    let held = database.store().begin().await.unwrap();
    for command in COMMANDS {
        let ended = Process::start(&work_dir, command, &[(START_SECONDS, "1")]).end();
        ended.gave_up(1, &["waited 1 s", "another process to release its lock on the database file"]);
    }
    let mut waiting = Process::start(&work_dir, &["migrate"], &[]);
    waiting.writes("waiting for another process to release its lock");
    held.rollback().await.unwrap();
    assert_eq!(waiting.end().code, Some(0));
}
