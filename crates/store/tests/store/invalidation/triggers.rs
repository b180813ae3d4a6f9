//! Which statements make the triggers notify, and which do not.

use std::time::Duration;

use bailiwick_app::RetentionCutoffs;
use bailiwick_kernel::{PlainToken, TokenKind};
use bailiwick_orgs::Membership;
use bailiwick_roles::SystemRole;
use bailiwick_testkit::app::sql;
use bailiwick_users::{Activity, RefreshGrant};
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, NoTls};

use super::LONG;
use crate::fixture::{Fixture, at, found, new_session, new_user};

/// A connection that listens on the channel.
struct Listener {
    url: String,
    client: tokio_postgres::Client,
    heard: mpsc::UnboundedReceiver<String>,
}

impl Listener {
    async fn on(url: &str) -> Self {
        let (client, mut connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        let (say, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notification(notification) = message {
                    let _ = say.send(notification.payload().to_owned());
                }
            }
        });
        client.batch_execute("LISTEN authority").await.unwrap();
        Self { url: url.to_owned(), client, heard }
    }

    /// Takes the payloads received since the last call.
    async fn payloads(&mut self) -> Vec<String> {
        self.client.batch_execute("NOTIFY authority, 'enough'").await.unwrap();
        let mut payloads = Vec::new();
        loop {
            match tokio::time::timeout(LONG, self.heard.recv()).await.unwrap().unwrap() {
                end if end == "enough" => return payloads,
                payload => payloads.push(payload),
            }
        }
    }

    /// Takes their keys, in order.
    async fn keys(&mut self) -> Vec<String> {
        let payloads = self.payloads().await;
        let keys = payloads.iter().flat_map(|payload| payload.split(' ').skip(2));
        let mut keys: Vec<String> = keys.map(str::to_owned).collect();
        keys.sort();
        keys
    }

    /// Runs a statement and returns the keys of its notifications.
    async fn after(&mut self, statement: &str) -> Vec<String> {
        sql::execute(&self.url, statement).await;
        self.keys().await
    }
}

/// Creates an organization `acme` owned by ada, with ben as a member, and a session of each.
async fn world(f: &Fixture) -> (String, String, String, String) {
    let (ada, ben) = (f.user("ada").await, f.user("ben").await);
    let founded = f.found("acme", &ada).await;
    let role = founded.role(SystemRole::Member);
    let mut tx = f.store.begin().await.unwrap();
    tx.orgs().insert_membership(&Membership::active(founded.org, ben.id, role, at(0))).await.unwrap();
    let (session, refresh) = new_session(&f.ids, ben.id);
    tx.sessions().insert(&session, &refresh).await.unwrap();
    tx.commit().await.unwrap();
    (founded.org.to_string(), ben.id.to_string(), role.to_string(), session.id.to_string())
}

#[tokio::test]
async fn what_alters_or_ends_authority_is_told() {
    let Some(f) = Fixture::postgres().await else { return };
    let (org, ben, role, session) = world(&f).await;
    let mut listener = Listener::on(&f.url).await;
    let (user, login) = (format!("u{ben}"), format!("s{ben}/{session}"));
    let (member, part, all) = (format!("m{org}/{ben}"), format!("r{org}/{role}"), format!("o{org}"));
    for (statement, told) in [
        (format!("UPDATE users SET status = 'inactive' WHERE id = '{ben}'"), &user),
        (format!("UPDATE users SET platform_admin = true WHERE id = '{ben}'"), &user),
        ("UPDATE sessions SET ended_at = now()".to_owned(), &login),
        ("UPDATE sessions SET ended_at = NULL".to_owned(), &login),
        ("UPDATE sessions SET expires_at = expires_at - interval '1 second'".to_owned(), &login),
        (format!("UPDATE memberships SET status = 'suspended' WHERE user_id = '{ben}'"), &member),
        (format!("UPDATE memberships SET invited_until = now() WHERE user_id = '{ben}'"), &member),
        (
            format!(
                "UPDATE memberships SET role_id = (SELECT id FROM roles WHERE system = 'guest')
                 WHERE user_id = '{ben}'"
            ),
            &member,
        ),
        (format!("UPDATE roles SET name = 'Crew' WHERE id = '{role}'"), &part),
        (format!("UPDATE roles SET level = 42 WHERE id = '{role}'"), &part),
        (format!("UPDATE roles SET system = NULL WHERE id = '{role}'"), &part),
        (format!("INSERT INTO role_permissions VALUES ('{role}', 'x:y', 9)"), &part),
        (
            format!(
                "UPDATE role_permissions SET permission = 'x:z' WHERE role_id = '{role}' AND position = 9"
            ),
            &part,
        ),
        (format!("DELETE FROM role_permissions WHERE role_id = '{role}'"), &part),
        (format!("DELETE FROM roles WHERE id = '{role}'"), &part),
        ("UPDATE organizations SET archived_at = now()".to_owned(), &all),
        ("DELETE FROM sessions".to_owned(), &login),
        (format!("DELETE FROM memberships WHERE user_id = '{ben}'"), &member),
        (format!("DELETE FROM users WHERE id = '{ben}'"), &user),
    ] {
        assert_eq!(listener.after(&statement).await, [told.as_str()], "{statement}");
    }
    let told = listener.after("DELETE FROM organizations").await;
    assert!(told.contains(&all), "{told:?}");
}

#[tokio::test]
async fn what_goes_with_something_else_is_told_too() {
    let Some(f) = Fixture::postgres().await else { return };
    let (org, ben, _, session) = world(&f).await;
    let mut listener = Listener::on(&f.url).await;
    let told = listener.after(&format!("DELETE FROM users WHERE id = '{ben}'")).await;
    assert_eq!(told, [format!("m{org}/{ben}"), format!("s{ben}/{session}"), format!("u{ben}")]);
    let told = listener.after("DELETE FROM organizations").await;
    for kind in ["m", "o", "r"] {
        assert!(told.iter().any(|key| key.starts_with(&format!("{kind}{org}"))), "{kind}: {told:?}");
    }
}

#[tokio::test]
async fn emptying_a_table_touches_everything() {
    let Some(f) = Fixture::postgres().await else { return };
    let mut listener = Listener::on(&f.url).await;
    for table in ["users", "sessions", "memberships", "roles", "role_permissions", "organizations"] {
        let told = listener.after(&format!("TRUNCATE {table} CASCADE")).await;
        assert!(!told.is_empty() && told.iter().all(|key| key == "*"), "{table}: {told:?}");
    }
}

#[tokio::test]
async fn who_comes_logs_in_or_is_seen_is_not_told_of() {
    let Some(f) = Fixture::postgres().await else { return };
    let mut listener = Listener::on(&f.url).await;
    let ada = new_user(&f.ids, "ada");
    let mut tx = f.store.begin().await.unwrap();
    tx.users().insert(&ada).await.unwrap();
    found(tx.as_mut(), &f.ids, "acme", &ada).await;
    tx.commit().await.unwrap();
    assert_eq!(listener.payloads().await, [""; 0], "a sign-up");

    let (session, refresh) = new_session(&f.ids, ada.id);
    let mut tx = f.store.begin().await.unwrap();
    tx.sessions().insert(&session, &refresh).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(listener.payloads().await, [""; 0], "a login");

    let next = RefreshGrant { hash: PlainToken::generate(TokenKind::Refresh, &f.ids).hash(), ..refresh };
    let mut tx = f.store.begin().await.unwrap();
    assert!(tx.sessions().rotate(&refresh.hash, &next, at(2)).await.unwrap());
    tx.commit().await.unwrap();
    f.store
        .record_activity(&[Activity { user_id: ada.id, session_id: session.id, at: at(3) }])
        .await
        .unwrap();
    assert_eq!(listener.payloads().await, [""; 0], "a refresh, and an activity");

    for statement in [
        "UPDATE users SET password_hash = 'x', first_name = 'y', email = 'z', status = status",
        "UPDATE roles SET description = 'x'",
        "UPDATE role_permissions SET position = position + 1",
        "UPDATE organizations SET name = 'x'",
        "UPDATE memberships SET joined_at = now()",
        "UPDATE users SET status = 'inactive' WHERE false",
    ] {
        assert_eq!(listener.after(statement).await, [""; 0], "{statement}");
    }
}

#[tokio::test]
async fn sessions_that_are_over_are_swept_in_silence() {
    let Some(f) = Fixture::postgres().await else { return };
    let ada = f.user("ada").await;
    let mut tx = f.store.begin().await.unwrap();
    for _ in 0..2 {
        let (session, refresh) = new_session(&f.ids, ada.id);
        tx.sessions().insert(&session, &refresh).await.unwrap();
    }
    tx.commit().await.unwrap();
    let first = "(SELECT min(id::text)::uuid FROM sessions)";
    f.operator(&format!("UPDATE sessions SET ended_at = now() WHERE id = {first}")).await;
    f.operator("UPDATE sessions SET expires_at = now() - interval '30 days' WHERE ended_at IS NULL").await;
    let mut listener = Listener::on(&f.url).await;
    let cutoffs = RetentionCutoffs { sessions_before: at(0), secrets_at: at(0), mail_before: at(0) };
    let mut swept = 0;
    while swept < 4 {
        swept += f.store.apply_retention(&cutoffs).await.unwrap();
    }
    assert_eq!(listener.payloads().await, [""; 0]);
}

#[tokio::test]
async fn only_the_grants_of_a_role_born_in_the_same_transaction_are_silent() {
    let Some(f) = Fixture::postgres().await else { return };
    let (org, _, role, _) = world(&f).await;
    let mut listener = Listener::on(&f.url).await;
    let born = "aaaaaaaa-0000-7000-8000-000000000001";
    let insert = format!(
        "INSERT INTO roles (id, org_id, name, name_key, level, created_at)
         VALUES ('{born}', '{org}', 'New', 'new', 42, now());"
    );
    let told = listener
        .after(&format!(
            "BEGIN; {insert}
             INSERT INTO role_permissions VALUES ('{born}', 'a:b'), ('{role}', 'a:b');
             DELETE FROM role_permissions WHERE role_id = '{born}'; COMMIT"
        ))
        .await;
    assert_eq!(told, [format!("r{org}/{role}")], "the other role was there before");
    let told = listener.after(&format!("INSERT INTO role_permissions VALUES ('{born}', 'c:d')")).await;
    assert_eq!(told, [format!("r{org}/{born}")], "by now it may be known");
    f.operator(&format!("DELETE FROM roles WHERE id = '{born}'")).await;
    listener.keys().await;
    let told = listener
        .after(&format!(
            "BEGIN; SAVEPOINT s; {insert} ROLLBACK TO s;
             UPDATE roles SET id = '{born}' WHERE id = '{role}' AND false;
             INSERT INTO role_permissions VALUES ('{role}', 'e:f'); COMMIT"
        ))
        .await;
    assert_eq!(told, [format!("r{org}/{role}")]);
}

#[tokio::test]
async fn many_keys_become_their_organization_or_everything() {
    let Some(f) = Fixture::postgres().await else { return };
    let (org, ..) = world(&f).await;
    f.operator(&format!(
        "INSERT INTO users SELECT gen_random_uuid(), n::text, '', '', '', 'active', true, false, now()
             FROM generate_series(1, 200) AS n;
         INSERT INTO memberships
             SELECT '{org}', id, (SELECT id FROM roles WHERE system = 'guest'), 'active', NULL, now(), now()
             FROM users WHERE email NOT LIKE '%@%'"
    ))
    .await;
    let mut listener = Listener::on(&f.url).await;
    f.operator("UPDATE memberships SET status = 'suspended' WHERE role_id IN (SELECT id FROM roles WHERE system = 'guest')").await;
    let payloads = listener.payloads().await;
    assert_eq!(payloads.len(), 2, "200 are named");
    assert!(payloads.iter().all(|payload| payload.split(' ').count() == 102 && payload.len() < 8_000));
    let told = listener.after("UPDATE memberships SET invited_until = now()").await;
    assert_eq!(told, [format!("o{org}")], "202");
    assert_eq!(listener.after("UPDATE users SET status = 'inactive'").await, ["*"]);
    f.operator(
        "INSERT INTO sessions
             SELECT gen_random_uuid(), id, NULL, NULL, now(), now(), now() + interval '1 day', NULL FROM users",
    )
    .await;
    assert_eq!(listener.after("UPDATE sessions SET ended_at = now()").await, ["*"]);
}

#[tokio::test]
async fn what_is_told_names_its_change_and_where_to_reply() {
    let Some(f) = Fixture::postgres().await else { return };
    f.user("ada").await;
    let mut listener = Listener::on(&f.url).await;
    let (client, connection) = tokio_postgres::connect(&f.url, NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    client
        .batch_execute(
            "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL bailiwick.reply_to = 'here';
             UPDATE users SET status = 'inactive'; UPDATE users SET status = 'active'",
        )
        .await
        .unwrap();
    let row = client
        .query_one(
            "SELECT current_setting('bailiwick.change'), pg_current_xact_id()::text,
                 current_setting('synchronous_commit')",
            &[],
        )
        .await
        .unwrap();
    let (change, transaction, durable): (String, String, String) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(change, format!("{transaction}:2"), "the last one");
    assert_eq!(durable, "on");
    client.batch_execute("COMMIT; UPDATE users SET status = 'inactive'").await.unwrap();
    let heads: Vec<String> = (listener.payloads().await.iter())
        .map(|payload| payload.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(heads[..2], [format!("{transaction}:1 here"), format!("{transaction}:2 here")]);
    assert!(heads[2].ends_with(":1 ") && !heads[2].starts_with(&transaction), "{heads:?}");
    drop(client);
    driver.await.unwrap().unwrap();
}

#[tokio::test]
async fn replicas_restores_and_strange_search_paths_are_no_way_around() {
    let Some(f) = Fixture::postgres().await else { return };
    f.user("ada").await;
    let mut listener = Listener::on(&f.url).await;
    let change = "UPDATE users SET status = 'inactive'; UPDATE users SET status = 'active'";
    assert_eq!(listener.after(&format!("SET session_replication_role = replica; {change}")).await.len(), 2);
    let elsewhere = change.replace("users", "public.users");
    let told = listener.after(&format!("SET search_path = ''; {elsewhere}")).await;
    assert_eq!(told.len(), 2);
    let told = listener
        .after(&format!(
            "CREATE TEMP TABLE roles (id uuid); CREATE SCHEMA evil;
             CREATE FUNCTION evil.pg_notify(text, text) RETURNS void LANGUAGE sql AS '';
             SET search_path = evil, pg_catalog, public; {change}"
        ))
        .await;
    assert_eq!(told.len(), 2);
    tokio::time::timeout(Duration::from_secs(1), listener.client.batch_execute("UNLISTEN *"))
        .await
        .unwrap()
        .unwrap();
}
