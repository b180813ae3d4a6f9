//! The commands that end by themselves, and the settings that are refused at the start.

use std::net::TcpListener;

use crate::support::WorkDir;
use serde_json::json;

const CREATE: [&str; 5] = ["admin", "create", "--email", "ada@example.com", "--password-stdin"];

#[test]
fn migrating_twice_is_migrating_once() {
    let work_dir = WorkDir::new();
    work_dir.run(&["migrate"], &[]).succeeded();
    assert!(work_dir.path("data/bailiwick.db").exists());
    work_dir.run(&["migrate"], &[]).succeeded();
}

#[test]
fn an_administrator_is_created_and_can_log_in() {
    let work_dir = WorkDir::new();
    let run = work_dir.run_with_input(&CREATE, &[], "correct horse battery\n").succeeded();
    assert_eq!(run.stdout.trim().len(), 36, "the id: {}", run.stdout);

    work_dir.run_with_input(&CREATE, &[], "correct horse battery\n").refused(&[
        "ada@example.com",
        "has an account",
        "admin recover",
    ]);

    let service = work_dir.serve(&[("BAILIWICK__AUTH__REQUIRE_VERIFIED_EMAIL", "true")]);
    let login = json!({ "email": "ada@example.com", "password": "correct horse battery" });
    let tokens = service.post("/auth/login", &login).json(200);
    let me = service.get("/auth/me", tokens["access_token"].as_str()).json(200);
    assert_eq!(me["id"], run.stdout.trim());
    assert_eq!(me["email_verified"], true);
}

#[test]
fn a_copied_address_and_a_single_name_make_an_administrator() {
    let work_dir = WorkDir::new();
    let copied = "\u{a0}Ada@example.com\u{200b}\r\n";
    let create = ["admin", "create", "--password-stdin", "--first-name", "Ada", "--email", copied];
    work_dir.run_with_input(&create, &[], "correct horse battery\n").succeeded();
    work_dir.run_with_input(&CREATE, &[], "correct horse battery\n").refused(&[
        "ada@example.com",
        "has an account",
        "admin recover",
    ]);
    work_dir.run(&["admin", "recover", copied], &[]).succeeded();
    let service = work_dir.serve(&[]);
    let login = json!({ "email": copied, "password": "correct horse battery" });
    let tokens = service.post("/auth/login", &login).json(200);
    let me = service.get("/auth/me", tokens["access_token"].as_str()).json(200);
    assert_eq!((&me["email"], &me["full_name"]), (&json!("ada@example.com"), &json!("Ada")));
}

#[test]
fn an_administrator_can_be_created_beside_a_running_service() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    work_dir.run_with_input(&CREATE, &[], "correct horse battery").succeeded();
    let login = json!({ "email": "ada@example.com", "password": "correct horse battery" });
    service.post("/auth/login", &login).json(200);
}

#[test]
fn invalid_input_creates_no_administrator() {
    let work_dir = WorkDir::new();
    work_dir.run_with_input(&CREATE, &[], "short\n").refused(&["password", "8 characters"]);
    work_dir.run_with_input(&CREATE, &[], "").refused(&["password"]);
    work_dir.run_with_input(&CREATE, &[], "password123\n").refused(&["password", "most common"]);
    let bad_email = ["admin", "create", "--email", "nobody", "--password-stdin"];
    work_dir.run_with_input(&bad_email, &[], "correct horse battery\n").refused(&["--email"]);
}

#[test]
fn wrong_usage_has_an_exit_code_of_its_own() {
    let work_dir = WorkDir::new();
    for arguments in
        [&["fly"][..], &["admin"], &["admin", "create", "--email", "a@b.example"], &["--port", "1"]]
    {
        assert_eq!(work_dir.run(arguments, &[]).code, Some(2), "{arguments:?}");
    }
    let version = work_dir.run(&["--version"], &[]).succeeded();
    assert!(version.stdout.starts_with("bailiwick "), "{}", version.stdout);
    assert!(!work_dir.path("data").exists());
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let work_dir = WorkDir::new();
    for command in [&["serve"][..], &["migrate"]] {
        work_dir.run(command, &[("BAILIWICK__JWT__ALGORITM", "x")]).refused(&["BAILIWICK__JWT__ALGORITM"]);
    }
    work_dir.run(&[], &[("JWT_SECRET", "short")]).refused(&["JWT_SECRET", "weak"]);
    work_dir.run(&[], &[("JWT_EXPIRE_MINUTES", "0")]).refused(&["JWT_EXPIRE_MINUTES"]);
    work_dir
        .run(&[], &[("DATABASE_URL", "postgres://db.invalid/main")])
        .refused(&["JWT_SECRET", "PostgreSQL"]);
    assert!(!work_dir.path("data").exists(), "nothing was created");
}

#[test]
fn an_unreachable_server_is_named_without_its_password() {
    let secret = "0123456789abcdef0123456789abcdef";
    let url = "postgres://ada:hunter2@127.0.0.1:1/main";
    let run = WorkDir::new().run(&[], &[("DATABASE_URL", url), ("JWT_SECRET", secret)]);
    run.refused(&["DATABASE_URL", "127.0.0.1:1"]);
    assert!(!run.stderr.contains("hunter2") && !run.stderr.contains(secret), "{}", run.stderr);
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    WorkDir::new().run(&[], &[("BIND", &address)]).refused(&["BIND", &address]);
}

#[test]
fn an_address_that_cannot_be_listened_on_is_named_with_a_remedy() {
    let work_dir = WorkDir::new();
    for (variable, address, words) in [
        ("BIND", "-no-host-.invalid:8080", "does not resolve"),
        ("BIND", "192.0.2.1:0", "no such address"),
        ("METRICS_BIND", "-no-host-.invalid:8080", "does not resolve"),
        ("BIND", "/run/bailiwick.sock", "socket file"),
    ] {
        let run = work_dir.run(&[], &[(variable, address)]);
        run.refused(&[variable, address.split('/').next().unwrap(), words]);
        assert_eq!(run.stderr.contains("METRICS_BIND"), variable == "METRICS_BIND", "{}", run.stderr);
    }
}

#[test]
fn a_database_in_a_folder_that_does_not_exist_is_refused() {
    let work_dir = WorkDir::new();
    for command in [&["serve"][..], &["migrate"]] {
        let run = work_dir.run(command, &[("DATABASE_URL", "sqlite:mistyped/bailiwick.db")]);
        run.refused(&["DATABASE_URL sqlite:mistyped/bailiwick.db", "mistyped does not exist"]);
    }
    assert!(!work_dir.path("mistyped").exists() && !work_dir.path("data").exists(), "nothing was made");
    for url in ["sqlite:data/bailiwick.db", "sqlite:here.db"] {
        work_dir.run(&["migrate"], &[("DATABASE_URL", url)]).succeeded();
    }
}

#[test]
fn flags_win_over_the_environment_for_every_command() {
    let work_dir = WorkDir::new();
    work_dir.write("other.toml", "[jwt]\nexpire_minutes = 7");
    let environment = [("DATA_DIR", "environment"), ("DATABASE_URL", "sqlite:nowhere/x.db")];
    let flags = ["--data-dir", "flag", "--database-url", "sqlite:flag/y.db", "--config", "other.toml"];
    work_dir.run(&[&["migrate"][..], &flags].concat(), &environment).succeeded();
    assert!(work_dir.path("flag/y.db").exists() && !work_dir.path("environment").exists());
    let run = work_dir.run(&[&flags[..], &["doctor"]].concat(), &environment).succeeded();
    assert!(
        run.stdout.contains("flag/y.db") && run.stdout.contains("JWT_EXPIRE_MINUTES is 7"),
        "{}",
        run.stdout
    );
    work_dir
        .run_with_input(&[&CREATE[..], &flags].concat(), &environment, "correct horse battery\n")
        .succeeded();

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for arguments in [&["serve", "--bind", &address][..], &["--bind", &address]] {
        work_dir.run(arguments, &[]).refused(&["BIND", &address, "free it"]);
    }
    work_dir.run(&["--bind", "8080"], &[]).refused(&["BIND", "from --bind"]);
    assert_eq!(work_dir.run(&["--data-dir", ""], &[]).code, Some(2));
}
