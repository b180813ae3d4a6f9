//! The example `migrate-from-fastapi`.

use bailiwick_testkit::app::{Engine, sql};

#[path = "../../examples/migrate-from-fastapi/main.rs"]
#[expect(dead_code, reason = "the test calls `run`, not `main`")]
mod program;

const EXPECTED: &str = "\
first run: 7 taken over, 1 unchanged, 9 refused
refused: user dave@example: this is not an e-mail address
refused: user ADA@example.com: the e-mail address is registered already
refused: user erin@example.com: the password is no bcrypt hash, so nobody could log in
refused: role reviewer of Analytical Engines: role admin has its name or its level, 80
refused: role reader of Analytical Engines: hierarchy_level must be a number from 1 to 99
refused: member 7b0c1a52-5a5e-4a0e-9a3c-0d6f3c1b0003 of Analytical Engines: the role is not taken over
refused: member 7b0c1a52-5a5e-4a0e-9a3c-0d6f3c1b0004 of Analytical Engines: the user is not taken over
refused: organization Ownerless: the organization needs an active owner
refused: organization Copies: the slug is in use
second run: 0 taken over, 8 unchanged, 9 refused
third run: 2 taken over, 8 unchanged, 7 refused
hash before the login: 2b
hash after the login: argon2id
ada@example.com has kb:read in 5d2e7f10-11aa-4c7e-8f00-0d6f3c1b0001 as owner
";

#[tokio::test]
async fn users_log_in_with_their_former_password_and_role() {
    let engines = [Some(Engine::Sqlite), Engine::postgres_or_left_out("the take-over")];
    for engine in engines.into_iter().flatten() {
        let (database, folder) = (engine.create().await, tempfile::tempdir().unwrap());
        let mut out = Vec::new();
        program::run(database.url(), folder.path(), &mut out).await.unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), EXPECTED);
        check(database.url()).await;
    }
}

/// Compares what is stored with the dump.
async fn check(url: &str) {
    let rows = async |query: &str| sql::rows(url, query).await;
    let users = "SELECT email || CASE WHEN email_verified THEN ' verified ' ELSE ' unverified ' END || status
        FROM users ORDER BY email";
    let expected = [
        "ada@example.com verified active",
        "bob@example.com unverified active",
        "carol@example.com verified inactive",
        "dave@example.com verified active",
    ];
    assert_eq!(rows(users).await, expected);
    let roles = "SELECT name || ' ' || level || ' ' || description FROM roles WHERE system IS NULL";
    assert_eq!(rows(roles).await, ["editor 50 Edits the knowledge base"]);
    let members = "SELECT email || ' ' || name || ' ' || memberships.status FROM memberships
        JOIN users ON users.id = user_id JOIN roles ON roles.id = role_id ORDER BY email";
    assert_eq!(
        rows(members).await,
        [
            "ada@example.com owner active",
            "bob@example.com editor suspended",
            "dave@example.com editor active"
        ]
    );
    // One row for each row that was taken over; neither the second run nor a refusal left any.
    let audit = "SELECT CAST(count(*) AS TEXT) FROM audit_log WHERE action <> 'session.login'";
    assert_eq!(rows(audit).await, ["9"]);
}
