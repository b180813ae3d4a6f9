//! Parameters of a PostgreSQL URL.

use bailiwick_sql::OpenError;

/// The permitted values of a parameter.
enum Kind {
    Text,
    Number,
    Choice(&'static [&'static str]),
}

/// All known parameters: those of the driver, and `sslrootcert`.
const KNOWN: [(&str, Kind); 20] = [
    ("application_name", Kind::Text),
    ("channel_binding", Kind::Choice(&["disable", "prefer", "require"])),
    ("connect_timeout", Kind::Number),
    ("dbname", Kind::Text),
    ("host", Kind::Text),
    ("hostaddr", Kind::Text),
    ("keepalives", Kind::Choice(&["0", "1"])),
    ("keepalives_idle", Kind::Number),
    ("keepalives_interval", Kind::Number),
    ("keepalives_retries", Kind::Number),
    ("load_balance_hosts", Kind::Choice(&["disable", "random"])),
    ("options", Kind::Text),
    ("password", Kind::Text),
    ("port", Kind::Text),
    ("sslmode", Kind::Choice(&["disable", "prefer", "require", "verify-full"])),
    ("sslnegotiation", Kind::Choice(&["postgres", "direct"])),
    ("sslrootcert", Kind::Text),
    ("target_session_attrs", Kind::Choice(&["any", "read-write", "read-only"])),
    ("tcp_user_timeout", Kind::Number),
    ("user", Kind::Text),
];

/// Parameters of other programs, with the alternative.
const FOREIGN: [(&str, &str); 14] = [
    ("pgbouncer", POOLER),
    ("prepareThreshold", POOLER),
    ("statement_cache_size", POOLER),
    ("schema", SCHEMA),
    ("currentSchema", SCHEMA),
    ("search_path", SCHEMA),
    ("connection_limit", "set database.max_connections instead"),
    ("pool_timeout", "set database.wait_seconds instead"),
    ("statement_timeout", "set database.statement_seconds instead"),
    ("ssl", "write sslmode=require instead"),
    ("sslaccept", "write sslmode=require; certificates are always checked"),
    ("sslcert", "client certificates are not supported; leave it out"),
    ("sslkey", "client certificates are not supported; leave it out"),
    ("gssencmode", "GSSAPI is not supported; leave it out"),
];
const POOLER: &str = "leave it out, and connect to the server itself or to a pool of sessions: behind a pool of \
                      transactions notifications do not arrive, and every check asks the database";
const SCHEMA: &str = "set database.schema instead";

/// Refuses a PostgreSQL URL with an unknown parameter or an invalid value. Nothing is read or connected.
/// The message never contains a value, nor a name that may be part of a password, which has a character
/// that should be percent-encoded.
pub fn check(url: &str) -> Result<(), OpenError> {
    let Some((_, query)) = url.split_once('?') else { return Ok(()) };
    let mut may_be_secret = query.contains('@');
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').ok_or_else(unclear)?;
        match KNOWN.iter().find(|(known, _)| *known == name) {
            Some((_, kind)) => kind.check(name, value)?,
            None if may_be_secret || !is_plain(name) => return Err(unclear()),
            None => return Err(unknown(name)),
        }
        may_be_secret |= name == "password";
    }
    Ok(())
}

/// Returns the error for a URL whose parts are ambiguous.
pub(super) fn unclear() -> OpenError {
    OpenError::BadUrl("special characters in its parts are percent-encoded".to_owned())
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn unknown(name: &str) -> OpenError {
    if let Some((_, remedy)) = FOREIGN.iter().find(|(foreign, _)| foreign.eq_ignore_ascii_case(name)) {
        return OpenError::BadUrl(format!("it has the parameter {name}; {remedy}"));
    }
    let known: Vec<_> = KNOWN.iter().map(|(known, _)| *known).collect();
    OpenError::BadUrl(format!("its parameter {name} is not known; known are {}", known.join(", ")))
}

impl Kind {
    fn check(&self, name: &str, value: &str) -> Result<(), OpenError> {
        let allowed = match self {
            Self::Text => return Ok(()),
            Self::Number if value.parse::<u32>().is_ok() => return Ok(()),
            Self::Number => "a whole number of seconds (or of attempts), 0 or more".to_owned(),
            Self::Choice(words) if words.contains(&value) => return Ok(()),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
        };
        Err(OpenError::BadUrl(format!("its parameter {name} is {allowed}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        check(url).unwrap_err().to_string()
    }

    #[test]
    fn what_is_allowed_is_told() {
        for (query, told) in [
            ("pgbouncer=true", "transactions"),
            ("schema=app", "database.schema"),
            ("currentSchema=app", "database.schema"),
            ("connection_limit=5", "database.max_connections"),
            ("ssl=true", "sslmode=require"),
            ("sslmod=require", "known are application_name"),
            ("sslmode=allow", "one of disable, prefer, require, verify-full"),
            ("target_session_attrs=primary", "any, read-write, read-only"),
            ("connect_timeout=soon", "whole number"),
        ] {
            let text = refusal(&format!("postgres://ada:hunter2@db/main?{query}"));
            let name = query.split('=').next().unwrap();
            assert!(text.contains(told) && text.contains(name), "{query}: {text}");
            assert!(
                !text.contains("hunter2") && !text.contains("soon") && !text.contains("primary"),
                "{text}"
            );
        }
    }

    #[test]
    fn every_known_parameter_is_one_of_the_driver() {
        for (name, kind) in KNOWN {
            let value = match kind {
                Kind::Choice(words) => words[0],
                Kind::Number => "7",
                Kind::Text if name == "hostaddr" => "127.0.0.1",
                Kind::Text if name == "port" => "5432",
                Kind::Text => "x",
            };
            let url = format!("postgres://db/main?{name}={value}");
            check(&url).unwrap();
            if name != "sslrootcert" {
                url.parse::<tokio_postgres::Config>().unwrap();
            }
        }
    }

    #[test]
    fn a_part_of_a_password_is_not_shown() {
        for url in [
            "postgres://u:se?cr=et@h/b",
            "postgres://u@h/b?password=se&cret=x",
            "postgres://u@h/b?se%cret=x",
            "postgres://u:se?cret@h/b",
        ] {
            assert!(!refusal(url).contains("cr"), "{url}: {}", refusal(url));
        }
    }
}
