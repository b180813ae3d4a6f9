//! A logged-in caller cannot cause a flood of mail or of organizations.

use bailiwick::app::Limit;
use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

use crate::logins::PASSWORD;
use crate::throttles::{counter, holds, limited, start, wait_of};

on_every_engine!(changes_of_address);

async fn changes_of_address(engine: Engine) {
    let app = start(&engine).await;
    let (ada, _) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let ask = async |who: &Caller, client: &str, address: &str| {
        who.from(client).change_email(address, PASSWORD).await
    };
    let next = counter();
    let elsewhere = async |who: &Caller| ask(who, "192.0.2.1", &format!("free{}@example.com", next())).await;
    // An account has three per hour, to any address: free, taken or its own.
    for (address, status) in [("one@example.com", 202), ("bob@example.com", 202), ("ada@example.com", 409)] {
        ask(&ada, "192.0.2.1", address).await.is(status);
    }
    assert_eq!(wait_of(elsewhere(&ada).await), 1200);
    holds(&app, 0, async || elsewhere(&ada).await).await;
    // An address has three as well, from any account; a taken address gets the same response.
    for address in ["taken@example.com", "free@example.com"] {
        let app = start(&engine).await;
        app.sign_up("taken").await;
        for name in ["ada", "bob", "eve"] {
            ask(&app.sign_up(name).await, "192.0.2.2", &address.to_uppercase()).await.is(202);
        }
        assert_eq!(wait_of(ask(&app.sign_up("zoe").await, "192.0.2.3", address).await), 1200);
    }
    // A client has a limit as well, ten here.
    let app = TestApp::start_with(&engine, limited(Limit::MOVE_OF_CLIENT.allowing(10))).await;
    let mut people = Vec::new();
    for n in 0..4 {
        people.push(app.sign_up(&format!("p{n}")).await);
    }
    for who in people.iter().cycle().take(10) {
        elsewhere(who).await.is(202);
    }
    assert_eq!(wait_of(elsewhere(&people[3]).await), 360);
    ask(&people[3], "192.0.2.9", "last@example.com").await.is(202);
}

async fn invite(by: &Caller, email: &str) -> Reply {
    by.invite(email, "guest").await
}

/// Returns the same account in an organization founded for this.
async fn elsewhere(who: &Caller, name: &str) -> Caller {
    let org = who.found_org(name).await.is(201).text_of("/id");
    Caller { org, ..who.clone() }
}

on_every_engine!(invitations_to_an_address);

async fn invitations_to_an_address(engine: Engine) {
    let app = start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let second = elsewhere(&ada, "Second").await;
    for (who, address) in [&ada, &second, &eve]
        .iter()
        .cycle()
        .zip(["bob@example.com", "BOB@Example.com"].iter().cycle())
        .take(8)
    {
        invite(who, address).await.is(200);
    }
    let id = invite(&eve, "bob@example.com").await.is(200).text_of("/id");
    let id = eve.resend(&id).await.is(200).text_of("/id");
    // After ten, every way to invite this address is refused.
    assert_eq!(wait_of(invite(&elsewhere(&eve, "Third").await, "bob@example.com").await), 360);
    wait_of(eve.resend(&id).await);
    let role = second.role_id("guest").await;
    let row = |email: &str| json!({ "email": email, "role_id": role });
    let many = second.invite_many(vec![row("bob@example.com"), row("carol@example.com")]).await.is(200);
    assert_eq!((many.field("/results/0/status"), many.field("/results/1/status")), (json!(429), json!(200)));
    holds(&app, 0, async || invite(&second, "bob@example.com").await).await;
}

on_every_engine!(invitations_of_an_account);

async fn invitations_of_an_account(engine: Engine) {
    let app = start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let next = counter();
    for org in ["One", "Two"] {
        let there = elsewhere(&ada, org).await;
        let role = there.role_id("guest").await;
        let row = || json!({ "email": format!("user{}@example.com", next()), "role_id": role });
        let rows: Vec<_> = (0..50).map(|_| row()).collect();
        let sent = there.invite_many(rows).await.is(200);
        assert!(sent.field("/results").as_array().unwrap().iter().all(|row| row["status"] == 200));
    }
    assert_eq!(wait_of(invite(&ada, "last@example.com").await), 36);
    invite(&eve, "last@example.com").await.is(200);
}

on_every_engine!(organizations_of_an_account);

async fn organizations_of_an_account(engine: Engine) {
    let app = start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let found = async |who: &Caller| who.found_org("Acme").await;
    holds(&app, 20, async || found(&ada).await).await;
    wait_of(found(&ada).await);
    found(&eve).await.is(201);
    app.sign_up("bob").await;
}
