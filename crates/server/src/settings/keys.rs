//! The names of settings: dotted keys, and the variables that set them.

/// The prefix of variables that set a setting by its full name.
pub const PREFIX: &str = "BAILIWICK__";
/// The variable that names the one file to read instead of `config/*.toml`.
pub const CONFIG_FILE: &str = "BAILIWICK_CONFIG";

/// Short variables, and the keys they stand for.
pub const SHORT_NAMES: [(&str, &str); 10] = [
    ("DATABASE_URL", "database.url"),
    ("JWT_SECRET", "jwt.secret"),
    ("JWT_EXPIRE_MINUTES", "jwt.expire_minutes"),
    ("REDIS_URL", "redis.url"),
    ("SMTP_URL", "mail.smtp_url"),
    ("PUBLIC_URL", "server.public_url"),
    ("BIND", "server.bind"),
    ("DATA_DIR", "server.data_dir"),
    ("METRICS_BIND", "metrics.bind"),
    ("RUST_LOG", "log.filter"),
];

/// The list of declared permissions. Its items are tables, so only a file can hold it.
pub const DECLARED: &str = "permissions.declared";

/// Returns the key that a long variable sets: `jwt.issuer` for `BAILIWICK__JWT__ISSUER`.
pub fn key_of_long_name(variable: &str) -> Option<String> {
    let rest = variable.strip_prefix(PREFIX)?;
    Some(rest.to_lowercase().replace("__", "."))
}

/// Returns the name of a setting for messages: its variable, then in brackets its key in a file. A
/// setting that no variable can hold is named by its key alone.
pub fn names_of(key: &str) -> String {
    if key.starts_with(DECLARED) {
        return key.to_owned();
    }
    let short = SHORT_NAMES.iter().find(|(_, known)| *known == key).map(|(name, _)| (*name).to_owned());
    let variable = short.unwrap_or_else(|| format!("{PREFIX}{}", key.to_uppercase().replace('.', "__")));
    format!("{variable} ({key})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_and_its_key_are_one_setting() {
        assert_eq!(key_of_long_name("BAILIWICK__JWT__PREVIOUS_KEYS").unwrap(), "jwt.previous_keys");
        assert_eq!(key_of_long_name("BAILIWICK_CONFIG"), None);
        assert_eq!(names_of("jwt.secret"), "JWT_SECRET (jwt.secret)");
        assert_eq!(names_of("cors.origins"), "BAILIWICK__CORS__ORIGINS (cors.origins)");
        assert_eq!(names_of("permissions.declared[1].role"), "permissions.declared[1].role");
    }
}
