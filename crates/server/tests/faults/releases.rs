//! A schema of a later release is served only if it declares this release compatible.

use std::time::{Duration, Instant};

use bailiwick_testkit::app::{Engine, sql};

use super::Installation;

/// Time within which a change of the schema is noticed; the service checks once a second.
const NOTICED: Duration = Duration::from_secs(5);

async fn an_older_release_serves_only_a_schema_that_allows_it(engine: Engine) {
    let installation = Installation::on(&engine).await;
    assert_eq!(installation.start().stop("TERM"), Some(0));
    let run = |command| {
        let secret = "a secret of the tests, long enough";
        installation.work_dir.run(&[command], &[("DATABASE_URL", &installation.url), ("JWT_SECRET", secret)])
    };
    let own = env!("CARGO_PKG_VERSION");
    let oldest = "SELECT oldest_program FROM schema_support";
    assert_eq!(sql::rows(&installation.url, oldest).await, [own]);

    let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000001')";
    sql::execute(&installation.url, later).await;
    assert!(run("migrate").succeeded().stdout.contains("Nothing to migrate"));
    let service = installation.start();
    assert_eq!(service.get("/readyz", None).status, 200);
    assert_eq!(service.stop("TERM"), Some(0));
    assert!(!run("doctor").stdout.contains("needs bailiwick"));

    sql::execute(&installation.url, "UPDATE schema_support SET oldest_program = '10.2.0'").await;
    let words = ["needs bailiwick 10.2.0 at least", &format!("this is bailiwick {own}")];
    for command in ["serve", "migrate"] {
        run(command).refused(&words);
    }
    let doctor = run("doctor");
    assert_eq!(doctor.code, Some(1), "{doctor:?}");
    let line = doctor.stdout.lines().find(|line| line.starts_with("failed   migrations")).expect("the check");
    assert!(words.iter().all(|word| line.contains(word)), "{line}");

    for version in ["garbage", ""] {
        sql::execute(&installation.url, &format!("UPDATE schema_support SET oldest_program = '{version}'"))
            .await;
        let said = format!("the table schema_support holds no version: {version:?}");
        run("serve").refused(&[&said, "restore a backup"]);
        let doctor = run("doctor");
        assert!(doctor.code == Some(1) && doctor.stdout.contains(&said), "{doctor:?}");
    }
    let known = "DELETE FROM __diesel_schema_migrations WHERE version = '20991231000001'";
    sql::execute(&installation.url, known).await;
    sql::execute(&installation.url, "DELETE FROM schema_support").await;
    run("migrate").refused(&["schema_support is missing or holds no row"]);
    sql::execute(&installation.url, later).await;
    sql::execute(&installation.url, "DROP TABLE schema_support").await;
    run("serve").refused(&["needs bailiwick", own]);
    drop(installation.database);
}

async fn a_release_stops_serving_when_the_schema_needs_a_newer_one(engine: Engine) {
    let installation = Installation::on(&engine).await;
    let service = installation.start();
    let token = service.sign_up();
    sql::execute(&installation.url, "UPDATE schema_support SET oldest_program = '10.2.0'").await;
    let started = Instant::now();
    while service.get("/readyz", None).status != 503 {
        assert!(started.elapsed() < NOTICED, "{}", service.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(service.post("/auth/signup", &super::sign_up("late@example.com")).status, 503);
    assert_eq!(service.get("/auth/me", Some(&token)).status, 503);
    let log = service.log();
    let errors: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert_eq!(errors.len(), 1, "{log}");
    for word in ["needs bailiwick 10.2.0 at least", env!("CARGO_PKG_VERSION")] {
        assert!(errors[0].contains(word), "{log}");
    }
    assert_eq!(service.stop("TERM"), Some(0));
    drop(installation.database);
}

bailiwick_testkit::on_every_engine!(
    an_older_release_serves_only_a_schema_that_allows_it,
    a_release_stops_serving_when_the_schema_needs_a_newer_one,
);
