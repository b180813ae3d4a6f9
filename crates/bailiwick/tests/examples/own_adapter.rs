//! The example `own-adapter`.

#[path = "../../examples/own-adapter/main.rs"]
#[expect(dead_code, reason = "the test calls `run`, not `main`")]
mod program;

#[tokio::test]
async fn the_adapters_are_given_mail_limits_and_events() {
    let (folder, mut out) = (tempfile::tempdir().unwrap(), Vec::new());
    program::run(folder.path(), &mut out).await.unwrap();
    let lines = String::from_utf8(out).unwrap();
    let expected = "\
mail: verify_email to ada@example.com
mail: invitation to bob@example.com
limit: accept by client
limit: invite by org
limit: invite_of_account by user
limit: invite_of_address by account
limit: sign_up by client
event: roles:read {\"joined\":\"Bob\"}
";
    assert_eq!(lines, expected);
}
