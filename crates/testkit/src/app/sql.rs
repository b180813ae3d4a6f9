//! Direct access to the database under the service, as an operator with a database shell has it.

use std::fmt::Write;
use std::time::Duration;

use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Runs a statement directly on the database at `url`.
pub async fn execute(url: &str, statement: &str) {
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let (path, statement) = (path.to_owned(), statement.to_owned());
            // On a thread of its own: a transaction of the service that it waits for may need this one.
            let executed = tokio::task::spawn_blocking(move || execute_sqlite(&path, &statement));
            executed.await.expect("a statement");
        }
        None => {
            query(url, statement).await;
        }
    }
}

fn execute_sqlite(path: &str, statement: &str) {
    let connection = rusqlite::Connection::open(path).expect("the database file");
    connection.busy_timeout(Duration::from_secs(10)).expect("a setting");
    connection.execute_batch(statement).expect("a statement");
}

/// Returns the first column of each row of a query, as text.
pub async fn rows(url: &str, statement: &str) -> Vec<String> {
    match url.strip_prefix("sqlite:") {
        Some(path) => column(&rusqlite::Connection::open(path).expect("the database file"), statement),
        None => query(url, statement).await.lines().map(str::to_owned).collect(),
    }
}

/// Returns the address of a database on the server of `server`.
pub(super) fn address(server: &str, database: &str) -> String {
    match server.rsplit_once('/') {
        Some((head, _)) => format!("{head}/{database}"),
        None => format!("{server}/{database}"),
    }
}

/// Every row of every table as text, to be searched.
pub async fn dump(url: &str) -> String {
    match url.strip_prefix("sqlite:") {
        Some(path) => dump_sqlite(path),
        None => dump_postgres(url).await,
    }
}

fn dump_sqlite(path: &str) -> String {
    let connection = rusqlite::Connection::open(path).expect("the database file");
    let tables = column(&connection, "SELECT name FROM sqlite_master WHERE type = 'table'");
    let columns =
        |table: &str| column(&connection, &format!("SELECT name FROM pragma_table_info('{table}')"));
    let mut dump = String::new();
    for table in &tables {
        let all = columns(table).iter().map(|name| format!("CAST(\"{name}\" AS TEXT)")).collect::<Vec<_>>();
        let rows =
            column(&connection, &format!("SELECT concat_ws('|', {}) FROM \"{table}\"", all.join(", ")));
        let _ = writeln!(dump, "{table}\n{}", rows.join("\n"));
    }
    dump
}

/// Returns the first column of each row.
fn column(connection: &rusqlite::Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).expect("a query");
    let bytes =
        statement.query_map([], |row| row.get_ref(0).map(|value| value.as_bytes().map(<[u8]>::to_vec)));
    let texts = bytes.expect("rows").map(|value| value.expect("a row").unwrap_or_default());
    texts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
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

/// Returns the first column of each row, one line per row.
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
