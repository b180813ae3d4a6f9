//! `bailiwick backup` beside a running service, and `bailiwick restore`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use super::support::{Place, Run, Service};

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
    assert!(
        kept.iter().any(|name| name.starts_with("bailiwick.db.before-") && name.ends_with("-wal")),
        "{kept:?}"
    );
    assert!(!kept.contains(&"bailiwick.db-wal".to_owned()) && !kept.contains(&"bailiwick.db-shm".to_owned()));
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
    after.retain(|name| !name.ends_with(".lock"));
    assert_eq!(after, before.into_iter().filter(|name| !name.ends_with(".lock")).collect::<Vec<_>>());
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
