//! Opening, claiming and migrating a database.

use bailiwick_store::{OpenError, Options, open};
use bailiwick_testkit::app::Engine;

use crate::fixture::Fixture;

#[tokio::test]
async fn migrations_are_applied_once_by_whoever_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("bailiwick.db").display());
    let options = Options::default();
    let (one, two) = (open(&url, &options).await.unwrap(), open(&url, &options).await.unwrap());
    let pending = one.pending_migrations().await.unwrap();
    assert_eq!(one.pending_migrations().await.unwrap(), pending, "asking changes nothing");
    let (first, second) = tokio::join!(one.migrate(), two.migrate());
    let applied = [first.unwrap(), second.unwrap()].concat();
    assert_eq!(applied, pending);
    assert!(!applied.is_empty());
    for fixture in Fixture::all().await {
        assert_eq!(fixture.database.pending_migrations().await.unwrap(), [""; 0]);
        let again = open(&fixture.url, &options).await.unwrap();
        let (first, second) = tokio::join!(again.migrate(), fixture.database.migrate());
        assert_eq!([first.unwrap(), second.unwrap()].concat(), [""; 0]);
    }
}

#[tokio::test]
async fn a_postgres_database_is_migrated_by_one_of_two() {
    let Some(fixture) = Fixture::postgres().await else { return };
    fixture.operator("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    let again = open(&fixture.url, &Options::default()).await.unwrap();
    let pending = again.pending_migrations().await.unwrap();
    assert!(!pending.is_empty());
    let (first, second) = tokio::join!(again.migrate(), fixture.database.migrate());
    assert_eq!([first.unwrap(), second.unwrap()].concat(), pending);
    drop(again);
}

#[tokio::test]
async fn one_process_serves_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("bailiwick.db").display());
    let options = Options::default();
    let (mut one, mut two) = (open(&url, &options).await.unwrap(), open(&url, &options).await.unwrap());
    one.claim_exclusively().unwrap();
    one.claim_exclusively().unwrap();
    assert_eq!(two.claim_exclusively(), Err(OpenError::OpenTwice));
    drop(one);
    two.claim_exclusively().unwrap();
}

#[tokio::test]
async fn a_url_of_no_known_form_is_refused_without_being_shown() {
    for url in [
        "mysql://u:secret@h/d",
        "sqlite::memory:",
        "sqlite:",
        "sqlite:a.db?secret=1",
        "postgres://u:se?cret@h",
    ] {
        let error = open(url, &Options::default()).await.unwrap_err();
        assert!(matches!(error, OpenError::BadUrl(_)), "{url}: {error}");
        assert!(!error.to_string().contains("cret"), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_has_one_claim_whatever_links_lead_to_it() {
    let fixture = Fixture::sqlite().await;
    let path = std::path::Path::new(fixture.url.strip_prefix("sqlite:").unwrap());
    let link = path.with_file_name("link.db");
    std::os::unix::fs::symlink(path, &link).unwrap();
    let options = Options::default();
    let mut first = open(&fixture.url, &options).await.unwrap();
    first.claim_exclusively().unwrap();
    let mut second = open(&format!("sqlite:{}", link.display()), &options).await.unwrap();
    assert!(matches!(second.claim_exclusively(), Err(OpenError::OpenTwice)));
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Engine::Sqlite.create().await;
    open(place.url(), &Options::default()).await.unwrap().migrate().await.unwrap();
    let path = std::path::Path::new(place.url().strip_prefix("sqlite:").unwrap());
    for (path, mode) in [(path, 0o600), (path.parent().unwrap(), 0o700)] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
    }
}
