//! The example `migrate-from-fastapi`.

use bailiwick_testkit::app::sql;

#[path = "../../examples/migrate-from-fastapi/main.rs"]
#[expect(dead_code, reason = "the test calls `run`, not `main`")]
mod program;

#[tokio::test]
async fn users_log_in_with_their_former_password_and_role() {
    let (folder, mut out) = (tempfile::tempdir().unwrap(), Vec::new());
    program::run(folder.path(), &mut out).await.unwrap();
    let lines = String::from_utf8(out).unwrap();
    let expected = "\
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
hash before the login: 2b
hash after the login: argon2id
ada@example.com has kb:read in 5d2e7f10-11aa-4c7e-8f00-0d6f3c1b0001 as owner
";
    assert_eq!(lines, expected);

    let url = format!("sqlite:{}", folder.path().join("bailiwick.db").display());
    let rows = async |query: &str| sql::rows(&url, query).await;
    let users =
        rows("SELECT email || ' ' || status || ' ' || email_verified FROM users ORDER BY email").await;
    assert_eq!(
        users,
        ["ada@example.com active 1", "bob@example.com active 0", "carol@example.com inactive 1"]
    );
    let roles = rows("SELECT name || ' ' || level FROM roles WHERE system IS NULL").await;
    assert_eq!(roles, ["editor 50"]);
    let member = "SELECT email || ' ' || name || ' ' || memberships.status FROM memberships
        JOIN users ON users.id = user_id JOIN roles ON roles.id = role_id ORDER BY email";
    assert_eq!(rows(member).await, ["ada@example.com owner active", "bob@example.com editor suspended"]);
    // One row for each row that was taken over; neither the second run nor a refusal left any.
    let audit = "SELECT CAST(count(*) AS TEXT) FROM audit_log WHERE action <> 'session.login'";
    assert_eq!(rows(audit).await, ["7"]);
}
