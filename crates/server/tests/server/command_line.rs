//! The commands that end by themselves, and the settings that are refused at the start.

use std::net::TcpListener;

use crate::support::Place;
use serde_json::json;

const CREATE: [&str; 5] = ["admin", "create", "--email", "ada@example.com", "--password-stdin"];

#[test]
fn migrating_twice_is_migrating_once() {
    let place = Place::new();
    place.run(&["migrate"], &[]).succeeded();
    assert!(place.path("data/bailiwick.db").exists());
    place.run(&["migrate"], &[]).succeeded();
}

#[test]
fn an_administrator_is_created_and_can_log_in() {
    let place = Place::new();
    let run = place.run_with_input(&CREATE, &[], "correct horse battery\n").succeeded();
    assert_eq!(run.stdout.trim().len(), 36, "the id: {}", run.stdout);

    place.run_with_input(&CREATE, &[], "correct horse battery\n").refused(&[
        "ada@example.com",
        "has an account",
        "admin recover",
    ]);

    let service = place.serve(&[("BAILIWICK__AUTH__REQUIRE_VERIFIED_EMAIL", "true")]);
    let login = json!({ "email": "ada@example.com", "password": "correct horse battery" });
    let tokens = service.post("/auth/login", &login).json(200);
    let me = service.get("/auth/me", tokens["access_token"].as_str()).json(200);
    assert_eq!(me["id"], run.stdout.trim());
    assert_eq!(me["email_verified"], true);
}

#[test]
fn a_copied_address_and_a_single_name_make_an_administrator() {
    let place = Place::new();
    let copied = "\u{a0}Ada@example.com\u{200b}\r\n";
    let create = ["admin", "create", "--password-stdin", "--first-name", "Ada", "--email", copied];
    place.run_with_input(&create, &[], "correct horse battery\n").succeeded();
    place.run_with_input(&CREATE, &[], "correct horse battery\n").refused(&[
        "ada@example.com",
        "has an account",
        "admin recover",
    ]);
    place.run(&["admin", "recover", copied], &[]).succeeded();
    let service = place.serve(&[]);
    let login = json!({ "email": copied, "password": "correct horse battery" });
    let tokens = service.post("/auth/login", &login).json(200);
    let me = service.get("/auth/me", tokens["access_token"].as_str()).json(200);
    assert_eq!((&me["email"], &me["full_name"]), (&json!("ada@example.com"), &json!("Ada")));
}

#[test]
fn an_administrator_can_be_created_beside_a_running_service() {
    let place = Place::new();
    let service = place.serve(&[]);
    place.run_with_input(&CREATE, &[], "correct horse battery").succeeded();
    let login = json!({ "email": "ada@example.com", "password": "correct horse battery" });
    service.post("/auth/login", &login).json(200);
}

#[test]
fn what_cannot_be_an_administrator_is_refused() {
    let place = Place::new();
    place.run_with_input(&CREATE, &[], "short\n").refused(&["password", "8 characters"]);
    place.run_with_input(&CREATE, &[], "").refused(&["password"]);
    place.run_with_input(&CREATE, &[], "password123\n").refused(&["password", "most common"]);
    let bad_email = ["admin", "create", "--email", "nobody", "--password-stdin"];
    place.run_with_input(&bad_email, &[], "correct horse battery\n").refused(&["--email"]);
}

#[test]
fn wrong_usage_has_an_exit_code_of_its_own() {
    let place = Place::new();
    for arguments in
        [&["fly"][..], &["admin"], &["admin", "create", "--email", "a@b.example"], &["--port", "1"]]
    {
        assert_eq!(place.run(arguments, &[]).code, Some(2), "{arguments:?}");
    }
    let version = place.run(&["--version"], &[]).succeeded();
    assert!(version.stdout.starts_with("bailiwick "), "{}", version.stdout);
    assert!(!place.path("data").exists());
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let place = Place::new();
    for command in [&["serve"][..], &["migrate"]] {
        place.run(command, &[("BAILIWICK__JWT__ALGORITM", "x")]).refused(&["BAILIWICK__JWT__ALGORITM"]);
    }
    place.run(&[], &[("JWT_SECRET", "short")]).refused(&["JWT_SECRET", "weak"]);
    place.run(&[], &[("JWT_EXPIRE_MINUTES", "0")]).refused(&["JWT_EXPIRE_MINUTES"]);
    place.run(&[], &[("DATABASE_URL", "postgres://db.invalid/main")]).refused(&["JWT_SECRET", "PostgreSQL"]);
    assert!(!place.path("data").exists(), "nothing was created");
}

#[test]
fn a_server_out_of_reach_is_told_without_its_password() {
    let secret = "0123456789abcdef0123456789abcdef";
    let url = "postgres://ada:hunter2@127.0.0.1:1/main";
    let run = Place::new().run(&[], &[("DATABASE_URL", url), ("JWT_SECRET", secret)]);
    run.refused(&["DATABASE_URL", "127.0.0.1:1"]);
    assert!(!run.stderr.contains("hunter2") && !run.stderr.contains(secret), "{}", run.stderr);
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    Place::new().run(&[], &[("BIND", &address)]).refused(&["BIND", &address]);
}

#[test]
fn an_address_that_cannot_be_listened_on_is_told_with_what_to_do() {
    let place = Place::new();
    for (variable, address, words) in [
        ("BIND", "-no-host-.invalid:8080", "does not resolve"),
        ("BIND", "192.0.2.1:0", "no such address"),
        ("METRICS_BIND", "-no-host-.invalid:8080", "does not resolve"),
        ("BIND", "/run/bailiwick.sock", "socket file"),
    ] {
        let run = place.run(&[], &[(variable, address)]);
        run.refused(&[variable, address.split('/').next().unwrap(), words]);
        assert_eq!(run.stderr.contains("METRICS_BIND"), variable == "METRICS_BIND", "{}", run.stderr);
    }
}

#[test]
fn a_database_in_a_folder_that_does_not_exist_is_refused() {
    let place = Place::new();
    for command in [&["serve"][..], &["migrate"]] {
        let run = place.run(command, &[("DATABASE_URL", "sqlite:mistyped/bailiwick.db")]);
        run.refused(&["DATABASE_URL sqlite:mistyped/bailiwick.db", "mistyped does not exist"]);
    }
    assert!(!place.path("mistyped").exists() && !place.path("data").exists(), "nothing was made");
    for url in ["sqlite:data/bailiwick.db", "sqlite:here.db"] {
        place.run(&["migrate"], &[("DATABASE_URL", url)]).succeeded();
    }
}

#[test]
fn flags_win_over_the_environment_for_every_command() {
    let place = Place::new();
    place.write("other.toml", "[jwt]\nexpire_minutes = 7");
    let environment = [("DATA_DIR", "environment"), ("DATABASE_URL", "sqlite:nowhere/x.db")];
    let flags = ["--data-dir", "flag", "--database-url", "sqlite:flag/y.db", "--config", "other.toml"];
    place.run(&[&["migrate"][..], &flags].concat(), &environment).succeeded();
    assert!(place.path("flag/y.db").exists() && !place.path("environment").exists());
    let run = place.run(&[&flags[..], &["doctor"]].concat(), &environment).succeeded();
    assert!(
        run.stdout.contains("flag/y.db") && run.stdout.contains("JWT_EXPIRE_MINUTES is 7"),
        "{}",
        run.stdout
    );
    place
        .run_with_input(&[&CREATE[..], &flags].concat(), &environment, "correct horse battery\n")
        .succeeded();

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for arguments in [&["serve", "--bind", &address][..], &["--bind", &address]] {
        place.run(arguments, &[]).refused(&["BIND", &address, "free it"]);
    }
    place.run(&["--bind", "8080"], &[]).refused(&["BIND", "from --bind"]);
    assert_eq!(place.run(&["--data-dir", ""], &[]).code, Some(2));
}
