//! Accounts imported from another system, with the password hashes that it made.

use bailiwick::infra::HasherOptions;
use bailiwick_testkit::app::{Engine, Reply, TestApp, TestAppOptions, sql};
use bailiwick_testkit::on_every_engine;

/// Hashes of `password123`, which the service would not accept as a new password.
const HASHES: [&str; 5] = [
    "$2b$04$jvFIT6r9ox/83utOKy6rZOqE9xNn65YpzmS.sFkTwsxbBQWfm7cCO",
    "$2a$04$jvFIT6r9ox/83utOKy6rZOqE9xNn65YpzmS.sFkTwsxbBQWfm7cCO",
    "ef92b778bafe771e89245b89ecbc08a44a4e166c06659911881f383d4473e94f",
    "EF92B778BAFE771E89245B89ECBC08A44A4E166C06659911881F383D4473E94F",
    "$argon2i$v=19$m=256,t=1,p=1$c29tZXNhbHQ$o7a7hcl6C0xKVx8GjIQ0pXgkqo7xdtdD7MkUpW9UL54",
];
const REFUSED: &str = "Incorrect username or password";

async fn start(engine: &Engine) -> TestApp {
    let argon2 = Some(HasherOptions { threads: 1, ..HasherOptions::default() });
    let app = TestApp::start_with(engine, TestAppOptions { argon2, ..TestAppOptions::default() }).await;
    app.sign_up("ada").await;
    app
}

async fn import(app: &TestApp, hash: &str) {
    let update = format!("UPDATE users SET password_hash = '{hash}' WHERE email = 'ada@example.com'");
    app.operator(&update).await;
}

async fn stored(app: &TestApp) -> String {
    let query = "SELECT password_hash FROM users WHERE email = 'ada@example.com'";
    sql::rows(app.database_url(), query).await.remove(0)
}

async fn log_in(app: &TestApp, password: &str) -> Reply {
    app.anyone().try_log_in("ada@example.com", password).await
}

on_every_engine!(an_imported_hash_works_once_and_is_renewed);

async fn an_imported_hash_works_once_and_is_renewed(engine: Engine) {
    let app = start(&engine).await;
    for hash in HASHES {
        import(&app, hash).await;
        log_in(&app, "password124").await.refuses(401, REFUSED);
        assert_eq!(stored(&app).await, hash, "a wrong password changes nothing");
        log_in(&app, "password123").await.is(200);
        let renewed = stored(&app).await;
        assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}: {renewed}");
        log_in(&app, "password123").await.is(200);
        assert_eq!(stored(&app).await, renewed, "once");
        log_in(&app, "password124").await.refuses(401, REFUSED);
    }
}

on_every_engine!(a_change_of_address_renews_an_imported_hash);

async fn a_change_of_address_renews_an_imported_hash(engine: Engine) {
    let app = start(&engine).await;
    let ada = app.log_in("ada@example.com").await;
    let change = async |password: &str| ada.change_email("lovelace@example.com", password).await;
    import(&app, HASHES[0]).await;
    change("password124").await.refuses(401, REFUSED);
    assert_eq!(stored(&app).await, HASHES[0], "a wrong password changes nothing");
    change("password123").await.is(202);
    let renewed = stored(&app).await;
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    change("password123").await.is(202);
    assert_eq!(stored(&app).await, renewed, "once");
    log_in(&app, "password123").await.is(200);
}

on_every_engine!(a_password_that_was_typed_otherwise_is_found);

async fn a_password_that_was_typed_otherwise_is_found(engine: Engine) {
    let app = start(&engine).await;
    import(&app, "74612f5809e36f22d258814aeb6d30df8edf12f1b8dec4957becac121ac92a4b").await;
    log_in(&app, "p\u{e4}sswort").await.refuses(401, REFUSED);
    log_in(&app, "pa\u{308}sswort").await.is(200);
    log_in(&app, "p\u{e4}sswort").await.is(200);
}

/// The first 72 bytes of a passphrase, which are all that bcrypt reads, and their hash.
const READ: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const CUT: &str = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";

on_every_engine!(a_passphrase_that_bcrypt_cut_works_once_as_cut_and_then_whole);

async fn a_passphrase_that_bcrypt_cut_works_once_as_cut_and_then_whole(engine: Engine) {
    let app = start(&engine).await;
    // Up to the longest password that is verified at all.
    for tail in ["", "x", " and so on, to the very end", &"e".repeat(1024 - READ.len())] {
        let whole = format!("{READ}{tail}");
        import(&app, CUT).await;
        log_in(&app, &READ[..71]).await.refuses(401, REFUSED);
        log_in(&app, &format!("{}X{tail}", &READ[..71])).await.refuses(401, REFUSED);
        assert_eq!(stored(&app).await, CUT);
        log_in(&app, &whole).await.is(200);
        assert!(stored(&app).await.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        log_in(&app, &whole).await.is(200);
        for other in [format!("{whole}y"), format!("{READ}z{tail}"), format!("{READ}another tail")] {
            log_in(&app, &other).await.refuses(401, REFUSED);
        }
        if !tail.is_empty() {
            log_in(&app, READ).await.refuses(401, REFUSED);
        }
    }
}

on_every_engine!(a_password_that_bcrypt_would_read_in_part_for_another_reason_is_refused);

async fn a_password_that_bcrypt_would_read_in_part_for_another_reason_is_refused(engine: Engine) {
    let app = start(&engine).await;
    import(&app, CUT).await;
    for password in [format!("{READ}\0"), format!("{READ}x\0y"), format!("{READ}{}", "x".repeat(1000))] {
        log_in(&app, &password).await.refuses(401, REFUSED);
    }
    assert_eq!(stored(&app).await, CUT);
}

on_every_engine!(a_corrupt_hash_is_a_refusal_like_any_other);

async fn a_corrupt_hash_is_a_refusal_like_any_other(engine: Engine) {
    let app = start(&engine).await;
    let good = stored(&app).await;
    let mut corrupt =
        vec!["corrupt", "", "$2b$99$x", "$argon2id$v=19$m=x", &HASHES[0][..59], &HASHES[2][..63]];
    let monster = good.replace("m=19456", "m=4000000000");
    corrupt.push(&monster);
    for hash in corrupt {
        import(&app, hash).await;
        for password in ["correct horse battery", "password123", hash] {
            log_in(&app, password).await.refuses(401, REFUSED);
        }
    }
    import(&app, &good).await;
    log_in(&app, "correct horse battery").await.is(200);
}
