//! Descriptions of database failures for logs and errors: the database's own message and, from
//! PostgreSQL, its SQLSTATE. DETAIL is left out because it contains values.

use std::collections::BTreeSet;
use std::error::Error as StdError;

use diesel::ConnectionError;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind as Kind, Error};

/// Information that diesel provides about a failed statement.
pub type Information = dyn DatabaseErrorInformation + Send + Sync;

/// Messages of PostgreSQL and their SQLSTATEs: the beginning of a message, a text that it contains,
/// its SQLSTATE. diesel passes on the SQLSTATE of eight errors only, so the others are recognized by
/// their message, and connections request messages in English.
const MESSAGES: &[(&str, &str, &str)] = &[
    ("deadlock detected", "", "40P01"),
    ("could not serialize access", "", "40001"),
    ("could not obtain lock", "", "55P03"),
    ("canceling statement due to lock timeout", "", "55P03"),
    ("canceling statement due to statement timeout", "", "57014"),
    ("canceling statement due to user request", "", "57014"),
    ("terminating connection due to administrator command", "", "57P01"),
    ("terminating connection due to idle-in-transaction timeout", "", "25P03"),
    ("current transaction is aborted", "", "25P02"),
    ("permission denied for ", "", "42501"),
    ("must be owner of ", "", "42501"),
    ("relation \"", " does not exist", "42P01"),
    ("column ", " does not exist", "42703"),
    ("function ", " does not exist", "42883"),
    ("schema \"", " does not exist", "3F000"),
    ("no schema has been selected to create in", "", "3F000"),
    ("could not extend file", "No space left on device", "53100"),
    ("too many notifications in the NOTIFY queue", "", "54000"),
    ("cached plan must not change result type", "", "0A000"),
    ("invalid byte sequence", "", "22021"),
    ("unsupported Unicode escape", "", "22P05"),
    ("value too long", "", "22001"),
];

/// Returns the SQLSTATE of a failed statement, if it is known. SQLite has none.
pub fn sqlstate(kind: Kind, info: &Information) -> Option<&'static str> {
    // SQLite names neither constraints nor columns.
    let is_named = info.constraint_name().is_some() || info.column_name().is_some();
    match kind {
        Kind::SerializationFailure => Some("40001"),
        Kind::ReadOnlyTransaction => Some("25006"),
        Kind::UniqueViolation if is_named => Some("23505"),
        Kind::ForeignKeyViolation if is_named => Some("23503"),
        Kind::NotNullViolation if is_named => Some("23502"),
        Kind::CheckViolation if is_named => Some("23514"),
        Kind::RestrictViolation if is_named => Some("23001"),
        Kind::ExclusionViolation if is_named => Some("23P01"),
        Kind::Unknown if info.details().is_some_and(is_cycle_of_processes) => Some("40P01"),
        Kind::Unknown => by_message(info.message()),
        _ => None,
    }
}

fn by_message(message: &str) -> Option<&'static str> {
    let fits = |(start, part, _): &&(&str, &str, &str)| message.starts_with(start) && message.contains(part);
    MESSAGES.iter().find(fits).map(|(_, _, state)| *state)
}

/// Returns whether this is the DETAIL of a deadlock, in any language: a line for each process names
/// the process that blocks it, and the last line names the first process.
fn is_cycle_of_processes(details: &str) -> bool {
    let lines: Vec<BTreeSet<&str>> = details.lines().map(numbers).collect();
    let next = lines.iter().cycle().skip(1);
    lines.len() > 1 && lines.iter().zip(next).all(|(line, next)| line.intersection(next).next().is_some())
}

fn numbers(line: &str) -> BTreeSet<&str> {
    line.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect()
}

/// Describes a failed statement.
pub fn statement_failure(error: &Error) -> String {
    match error {
        Error::DatabaseError(kind, info) => with_state(info.message(), sqlstate(*kind, &**info)),
        Error::DeserializationError(cause) => cause.to_string(),
        other => other.to_string(),
    }
}

/// Describes a connection that could not be established.
pub fn connection_failure(error: &ConnectionError) -> String {
    match error {
        ConnectionError::BadConnection(text) => text.clone(),
        ConnectionError::CouldntSetupConfiguration(cause) => statement_failure(cause),
        other => other.to_string(),
    }
}

/// Describes a failed migration.
pub fn migration_failure(error: &(dyn StdError + Send + Sync + 'static)) -> String {
    if let Some(cause) = error.downcast_ref::<Error>() {
        return statement_failure(cause);
    }
    // "Failed to run NAME with: MESSAGE", of a type that is not public.
    let text = error.to_string();
    let state = text.split_once(" with: ").and_then(|(_, message)| by_message(message));
    with_state(&text, state)
}

/// Adds the SQLSTATE to a message, if it is known.
pub fn with_state(message: &str, state: Option<&str>) -> String {
    match state {
        Some(state) => format!("{message} (SQLSTATE {state})"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadlock_is_recognized_in_any_language() {
        for details in [
            "Process 71 waits for ShareLock on transaction 801; blocked by process 72.\n\
             Process 72 waits for ShareLock on transaction 802; blocked by process 71.",
            "Процесс 71 ожидает в режиме ShareLock блокировку \"транзакция 801\"; заблокирован процессом 72.\n\
             Процесс 72 ожидает в режиме ShareLock блокировку \"транзакция 802\"; заблокирован процессом 71.",
            "プロセス71は、トランザクション801のShareLockを待機していますが、プロセス72でブロックされました\n\
             プロセス72は、トランザクション802のShareLockを待機していますが、プロセス73でブロックされました\n\
             プロセス73は、トランザクション803のShareLockを待機していますが、プロセス71でブロックされました",
        ] {
            assert!(is_cycle_of_processes(details), "{details}");
        }
        for details in ["", "Key (id)=(71) already exists.", "71\nand 72", "1\n1\nx"] {
            assert!(!is_cycle_of_processes(details), "{details}");
        }
    }

    #[test]
    fn a_message_without_a_known_sqlstate_is_unchanged() {
        assert_eq!(by_message("permission denied for table users"), Some("42501"));
        assert_eq!(by_message("relation \"users\" does not exist"), Some("42P01"));
        assert_eq!(by_message("database or disk is full"), None);
        assert_eq!(with_state("x", None), "x");
    }
}
