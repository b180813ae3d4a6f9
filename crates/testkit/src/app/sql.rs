//! A way under the service, as an operator with a database shell has one.

use std::fmt::Write;
use std::time::Duration;

use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Runs a statement directly on the database at `url`.
pub async fn execute(url: &str, statement: &str) {
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let connection = rusqlite::Connection::open(path).expect("the database file");
            connection.busy_timeout(Duration::from_secs(10)).expect("a setting");
            connection.execute_batch(statement).expect("a statement");
        }
        None => {
            query(url, statement).await;
        }
    }
}

/// Everything that is stored, as text, to be searched. Of a SQLite database the
/// bytes of its files, so that nothing hides in a free page.
pub async fn dump(url: &str) -> String {
    let Some(path) = url.strip_prefix("sqlite:") else { return dump_postgres(url).await };
    let mut bytes = std::fs::read(path).expect("the database file");
    bytes.extend(std::fs::read(format!("{path}-wal")).unwrap_or_default());
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn dump_postgres(url: &str) -> String {
    let tables = query(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'").await;
    let mut dump = String::new();
    for table in tables.lines() {
        let rows = query(url, &format!("SELECT t::text FROM \"{table}\" t")).await;
        let _ = writeln!(dump, "{table}\n{rows}");
    }
    dump
}

/// The first column of each row, a line each.
async fn query(url: &str, statement: &str) -> String {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database");
    let driver = tokio::spawn(connection);
    let messages = client.simple_query(statement).await.expect("a statement");
    drop(client);
    let _ = driver.await;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    rows.fold(String::new(), |text, row| text + row + "\n")
}
