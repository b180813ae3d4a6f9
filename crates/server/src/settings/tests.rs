use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bailiwick::app::Limit;
use tempfile::TempDir;

use super::*;

const LONG: &str = "0123456789abcdef0123456789abcdef";

/// Creates a working directory with these files.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn read_in(dir: &Path, environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let owned = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::read(dir, &owned.collect::<BTreeMap<_, _>>(), &Flags::default())
}

fn read(environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    read_in(directory(&[]).path(), environment)
}

fn refusal(environment: &[(&str, &str)]) -> String {
    read(environment).unwrap_err().to_string()
}

#[test]
fn nothing_needs_to_be_set() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.server.bind.as_str(), "127.0.0.1:8080");
    assert_eq!(settings.database_url(), DatabaseUrl::Sqlite("data/bailiwick.db".into()));
    assert_eq!(settings.jwt.expire_minutes, 60);
    assert_eq!(settings.jwt.secret, None);
    assert_eq!(settings.permissions.resources.len(), 1);
    assert!(!settings.auth.require_verified_email);
}

#[test]
fn the_defaults_are_those_of_the_use_cases() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.for_use_cases(), bailiwick::app::Settings::default());
}

#[test]
fn a_copy_of_the_shipped_file_changes_nothing_and_hides_no_other() {
    let dir =
        directory(&[("config/default.toml", SHIPPED), ("config/acme.toml", "[jwt]\nexpire_minutes = 5")]);
    assert_eq!(read_in(dir.path(), &[]).unwrap().jwt.expire_minutes, 5);
}

#[test]
fn later_places_win() {
    let dir = directory(&[
        ("config/a.toml", "[jwt]\nissuer = 'a'\naudience = 'a'\nexpire_minutes = 1"),
        ("config/b.toml", "[jwt]\nissuer = 'b'\naudience = 'b'\n[mail]\nfrom = 'b@example.com'"),
        ("config/.hidden.toml", "[nonsense]\nx = 1"),
        (".env", "BAILIWICK__JWT__ISSUER=dotenv\nJWT_EXPIRE_MINUTES=2\nOTHER_PROGRAM=x\n"),
    ]);
    let settings = read_in(dir.path(), &[("BAILIWICK__JWT__EXPIRE_MINUTES", "3")]).unwrap();
    assert_eq!(settings.mail.from.map(String::from).as_deref(), Some("b@example.com"));
    assert_eq!(settings.jwt.audience.map(String::from).as_deref(), Some("b"));
    assert_eq!(settings.jwt.issuer.map(String::from).as_deref(), Some("dotenv"));
    assert_eq!(settings.jwt.expire_minutes, 3, "the environment wins, whatever the spelling");
}

#[test]
fn a_short_name_wins_over_the_long_one_beside_it() {
    let both = [("BAILIWICK__SERVER__BIND", "127.0.0.1:1"), ("BIND", "127.0.0.1:2")];
    assert_eq!(read(&both).unwrap().server.bind.as_str(), "127.0.0.1:2");
}

#[test]
fn a_named_file_is_read_instead_of_the_directory() {
    let dir = directory(&[
        ("config/a.toml", "[jwt]\nissuer = 'a'"),
        ("other.toml", "[jwt]\naudience = 'other'"),
        (".env", "BAILIWICK_CONFIG=other.toml"),
    ]);
    let settings = read_in(dir.path(), &[]).unwrap();
    assert_eq!(settings.jwt.issuer, None);
    assert_eq!(settings.jwt.audience.map(String::from).as_deref(), Some("other"));
    let missing = read_in(dir.path(), &[("BAILIWICK_CONFIG", "missing.toml")]).unwrap_err();
    assert!(missing.to_string().contains("missing.toml"), "{missing}");
}

#[test]
fn an_empty_variable_is_not_set() {
    let dir = directory(&[("config/a.toml", "[jwt]\nexpire_minutes = 7"), (".env", "JWT_SECRET=short")]);
    let settings = read_in(dir.path(), &[("JWT_EXPIRE_MINUTES", ""), ("JWT_SECRET", "")]).unwrap();
    assert_eq!(settings.jwt.expire_minutes, 7);
    assert_eq!(settings.jwt.secret, None, "it hides the one in .env");
}

#[test]
fn every_setting_that_users_know_is_accepted() {
    let settings = read(&[
        ("DATABASE_URL", "postgres://ada:pass@db/main"),
        ("JWT_SECRET", LONG),
        ("JWT_EXPIRE_MINUTES", "15"),
        ("REDIS_URL", "redis://:pass@cache:6379/1"),
        ("SMTP_URL", "smtps://ada:pass@mail.example.com"),
        ("PUBLIC_URL", "https://id.example.com/"),
        ("BIND", "[::]:0"),
        ("DATA_DIR", "/srv/bailiwick"),
        ("METRICS_BIND", "127.0.0.1:9100"),
        ("BAILIWICK__JWT__ALGORITHM", "EdDSA"),
        ("BAILIWICK__JWT__PREVIOUS_KEYS", &format!("{LONG},{LONG}x")),
        ("BAILIWICK__JWT__ISSUER", "https://id.example.com"),
        ("BAILIWICK__JWT__AUDIENCE", "backends"),
        ("BAILIWICK__PERMISSIONS__RESOURCES", "kb, reports"),
        ("BAILIWICK__THROTTLE__ENABLED", "false"),
        ("BAILIWICK__THROTTLE__TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.7,2001:db8::/32"),
        ("BAILIWICK__THROTTLE__FORWARDED_HEADER", "Forwarded"),
        ("BAILIWICK__LIMITS__LOGIN_FAILURES_PER_CLIENT", "30"),
        ("BAILIWICK__LIMITS__LOGIN_FAILURE_REGAINED_SECONDS", "3"),
        ("BAILIWICK__LIMITS__LOGIN_FAILURES_PER_ACCOUNT_AND_CLIENT", "3"),
        ("BAILIWICK__LIMITS__LOGIN_WAIT_SECONDS", "9"),
        ("BAILIWICK__LIMITS__SIGN_UPS_PER_HOUR_AND_CLIENT", "7"),
        ("BAILIWICK__AUTH__REQUIRE_VERIFIED_EMAIL", "true"),
        ("BAILIWICK__CORS__ORIGINS", "https://app.example.com,http://localhost:5173"),
        ("BAILIWICK__MAIL__FROM", "Bailiwick <no-reply@example.com>"),
    ])
    .unwrap();
    assert_eq!(settings.jwt.algorithm, Algorithm::EdDsa);
    assert_eq!(settings.jwt.previous_keys.len(), 2);
    assert!(!settings.throttle.enabled);
    assert_eq!(settings.throttle.trusted_proxies.len(), 3);
    assert_eq!(settings.throttle.forwarded_header.0, bailiwick::http::ForwardedHeader::Forwarded);
    let set = settings.for_use_cases();
    let failed = set.limits.get(Limit::FAILED_LOGIN);
    assert_eq!((failed.burst, failed.interval().whole_seconds()), (30, 3));
    assert_eq!(set.limits.get(Limit::SIGN_UP), Limit::SIGN_UP.allowing(7));
    assert_eq!(set.lockout.free_failures, 3);
    assert_eq!(set.login_wait.as_secs(), 5, "half of what a request may take");
    assert_eq!(settings.cors.origins.len(), 2);
    assert_eq!(settings.for_use_cases().resources, ["kb", "reports"]);
    assert!(!format!("{settings:?}").contains("pass") && !format!("{settings:?}").contains(LONG));
}

#[test]
fn an_unknown_key_is_named() {
    let text = refusal(&[("BAILIWICK__JWT__ALGORITM", "HS256")]);
    assert!(
        text.contains("BAILIWICK__JWT__ALGORITM") && text.contains("BAILIWICK__JWT__ALGORITHM"),
        "{text}"
    );
    let text = refusal(&[("BAILIWICK__TROTTLE__ENABLED", "false")]);
    assert!(text.contains("BAILIWICK__TROTTLE__ENABLED") && text.contains("throttle"), "{text}");
    refusal(&[("BAILIWICK__JWT", "x")]);
    refusal(&[("BAILIWICK__JWT__PREVIOUS_KEYS__0", LONG)]);

    let dir = directory(&[("config/a.toml", "[jwt]\nalgoritm = 'HS256'")]);
    let text = read_in(dir.path(), &[]).unwrap_err().to_string();
    assert!(text.contains("jwt.algoritm") && text.contains("a.toml"), "{text}");
    let dir = directory(&[("config/a.toml", "jwt = 'HS256'")]);
    read_in(dir.path(), &[]).unwrap_err();
    let dir = directory(&[(".env", "BAILIWICK__JWT__SECRETS=x")]);
    let text = read_in(dir.path(), &[]).unwrap_err().to_string();
    assert!(text.contains("BAILIWICK__JWT__SECRETS") && text.contains(".env"), "{text}");
}

#[test]
fn variables_of_a_container_platform_are_no_settings() {
    read(&[("BAILIWICK_SERVICE_HOST", "10.0.0.1"), ("BAILIWICK_PORT", "tcp://10.0.0.1:8080")]).unwrap();
}

#[test]
fn a_weak_secret_is_refused_and_not_shown() {
    let weak = &LONG[1..];
    for name in ["JWT_SECRET", "BAILIWICK__JWT__PREVIOUS_KEYS"] {
        let text = refusal(&[(name, weak)]);
        assert!(text.contains(name) && text.contains("31 bytes") && !text.contains(weak), "{text}");
    }
    read(&[("JWT_SECRET", LONG)]).unwrap();
}

#[test]
fn a_value_that_cannot_be_is_refused_by_name() {
    for (name, value) in [
        ("JWT_EXPIRE_MINUTES", "0"),
        ("JWT_EXPIRE_MINUTES", "-5"),
        ("JWT_EXPIRE_MINUTES", "soon"),
        ("JWT_EXPIRE_MINUTES", "525601"),
        ("BIND", "8080"),
        ("BIND", ":8080"),
        ("BIND", "127.0.0.1:80800"),
        ("PUBLIC_URL", "id.example.com"),
        ("PUBLIC_URL", "https://app.example.com/identity?a=b"),
        ("DATABASE_URL", "mysql://db/main"),
        ("SMTP_URL", "mail.example.com"),
        ("SMTP_URL", "smtp://name-without-password@mail.example.com"),
        ("BAILIWICK__MAIL__FROM", "nobody"),
        ("REDIS_URL", "http://cache"),
        ("METRICS_BIND", "nine"),
        ("RUST_LOG", "bailiwick=loud"),
        ("BAILIWICK__LOG__SPANS", "maybe"),
        ("BAILIWICK__LOG__ACCESS", "maybe"),
        ("BAILIWICK__LOG__OTLP_URL", "localhost:4318"),
        ("BAILIWICK__LOG__OTLP_HEADERS", "hunter2"),
        ("BAILIWICK__JWT__ALGORITHM", "RS256"),
        ("BAILIWICK__JWT__ISSUER", "a b"),
        ("BAILIWICK__PERMISSIONS__RESOURCES", "kb,a b"),
        ("BAILIWICK__PERMISSIONS__RESOURCES", "kb,users"),
        ("BAILIWICK__PERMISSIONS__RESOURCES", "kb,a:b"),
        ("BAILIWICK__PERMISSIONS__RESOURCES", "k*b"),
        ("BAILIWICK__THROTTLE__ENABLED", "maybe"),
        ("BAILIWICK__THROTTLE__TRUSTED_PROXIES", "10.0.0.0/33"),
        ("BAILIWICK__THROTTLE__FORWARDED_HEADER", "x-real-ip"),
        ("BAILIWICK__LIMITS__SIGN_UPS_PER_HOUR_AND_CLIENT", "0"),
        ("BAILIWICK__LIMITS__ACCEPTANCES_PER_MINUTE_AND_CLIENT", "-1"),
        ("BAILIWICK__LIMITS__ACCEPTANCES_PER_MINUTE_AND_CLIENT", "1000001"),
        ("BAILIWICK__LIMITS__ACCEPTANCES_PER_MINUTE_AND_CLIENT", "many"),
        ("BAILIWICK__LIMITS__LOGIN_FAILURE_REGAINED_SECONDS", "31"),
        ("BAILIWICK__LIMITS__LOGIN_WAIT_SECONDS", "11"),
        ("BAILIWICK__CORS__ORIGINS", "*"),
        ("BAILIWICK__CORS__HEADERS", "*"),
        ("BAILIWICK__CORS__HEADERS", "X-Client,X Client"),
        ("BAILIWICK__SOCKETS__SUBPROTOCOLS", "chat.v1,chat v2"),
        ("BAILIWICK__SOCKETS__SUBPROTOCOLS", "x,y,x"),
        ("BAILIWICK__AUTH__REFRESH_DAYS", "0"),
        ("DATA_DIR", " "),
        ("BAILIWICK__LOG__FORMAT", "xml"),
    ] {
        let text = refusal(&[(name, value)]);
        assert!(text.contains(name), "{name}={value}: {text}");
    }
}

#[test]
fn an_invalid_limit_is_reported_with_the_valid_form() {
    for (name, value, allowed) in [
        ("BAILIWICK__LIMITS__SIGN_UPS_PER_HOUR_AND_CLIENT", "0", "write 1 to 1000000"),
        ("BAILIWICK__LIMITS__LOGIN_DELAY_SECONDS", "-1", "write 1 to 60"),
        ("BAILIWICK__THROTTLE__FORWARDED_HEADER", "via", "write `x-forwarded-for` or `forwarded`"),
    ] {
        let text = refusal(&[(name, value)]);
        assert!(text.contains(name) && text.contains(allowed), "{text}");
    }
}

#[test]
fn every_limit_can_be_set() {
    let bailiwick_set = read(&[]).unwrap().for_use_cases().limits;
    let section = SHIPPED.split("[limits]").nth(1).unwrap().split("\n[").next().unwrap();
    let keys =
        section.lines().filter_map(|line| line.split_once(" = ")).filter(|(key, _)| !key.contains('#'));
    let mut changed = 0;
    for (key, _) in keys {
        let variable = format!("BAILIWICK__LIMITS__{}", key.to_uppercase());
        let set = read(&[(&variable, "9")]);
        changed += usize::from(set.is_ok_and(|set| set.for_use_cases().limits != bailiwick_set));
    }
    // Nineteen limits have a number, and one of them also a period.
    assert_eq!(changed, 20);
}

#[test]
fn faults_in_files_are_reported_without_their_text() {
    let dir = directory(&[("config/a.toml", "[jwt]\nsecret = \"hunter2hunter2")]);
    let text = read_in(dir.path(), &[]).unwrap_err().to_string();
    assert!(text.contains("a.toml") && text.contains("line 2") && !text.contains("hunter2"), "{text}");
    for (name, toml) in [
        ("JWT_SECRET", "[jwt]\nsecret = [\"hunter2\"]"),
        ("PREVIOUS_KEYS", "[jwt]\nprevious_keys = \"hunter2\""),
        ("PREVIOUS_KEYS", "[jwt]\nprevious_keys = [{ a = \"hunter2\" }]"),
        ("SMTP_URL", "[mail]\nsmtp_url = \"hunter2\""),
    ] {
        let dir = directory(&[("config/a.toml", toml)]);
        let text = read_in(dir.path(), &[]).unwrap_err().to_string();
        assert!(text.contains(name) && text.contains("a.toml") && !text.contains("hunter2"), "{text}");
    }
    let dir = directory(&[(".env", "BIND=127.0.0.1:0\nJWT_SECRET hunter2\n")]);
    let text = read_in(dir.path(), &[]).unwrap_err().to_string();
    assert!(text.contains(".env: line 2: ") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_secret_of_env_arrives_whole() {
    let secret = format!("{LONG}$JWT_SECRET${{HOME}}$end");
    for text in [format!("JWT_SECRET={secret}\r\n"), format!("\u{feff}export JWT_SECRET=\"{secret}\" # x")] {
        let dir = directory(&[(".env", &text)]);
        assert_eq!(read_in(dir.path(), &[]).unwrap().jwt.secret.unwrap().reveal(), secret);
    }
}

#[test]
fn a_folder_in_place_of_a_file_is_reported() {
    for (folder, environment) in
        [(".env", &[][..]), ("config/a.toml", &[]), ("named", &[("BAILIWICK_CONFIG", "named")])]
    {
        let dir = directory(&[(&format!("{folder}/x"), "")]);
        let text = read_in(dir.path(), environment).unwrap_err().to_string();
        assert!(text.contains(folder) && text.contains("is a folder"), "{text}");
    }
}

#[test]
fn a_file_of_settings_may_begin_with_a_byte_order_mark() {
    let dir = directory(&[("config/a.toml", "\u{feff}[jwt]\nexpire_minutes = 5")]);
    assert_eq!(read_in(dir.path(), &[]).unwrap().jwt.expire_minutes, 5);
}

#[test]
fn what_is_allowed_is_told() {
    for (name, value, allowed) in [
        ("BAILIWICK__LOG__LEVEL", "verbose", "write error, warn, info, debug or trace"),
        ("BAILIWICK__LOG__FORMAT", "xml", "write pretty or json"),
        ("RUST_LOG", "verbose", "write error, warn, info, debug, trace or off"),
        ("RUST_LOG", "bailiwick=loud", "write error, warn, info, debug, trace or off"),
        ("BAILIWICK__JWT__ALGORITHM", "RS256", "write HS256 or EdDSA"),
        ("BAILIWICK__THROTTLE__ENABLED", "maybe", "neither true nor false"),
        ("JWT_EXPIRE_MINUTES", "soon", "write 1 to 525600"),
        ("JWT_EXPIRE_MINUTES", "1.5", "write 1 to 525600"),
        ("JWT_EXPIRE_MINUTES", "99999999999999999999", "write 1 to 525600"),
        ("BAILIWICK__LIMITS__SIGN_UPS_PER_HOUR_AND_CLIENT", "many", "write 1 to 1000000"),
        ("BAILIWICK__SERVER__WORKERS", "-1", "write 0 to 1024"),
        ("DATABASE_URL", "postgres://ada:hunter2@db/main?pgbouncer=true", "transactions"),
        ("DATABASE_URL", "postgres://ada:hunter2@db/main?schema=app", "set database.schema instead"),
        ("DATABASE_URL", "postgres://ada:hunter2@db/main?sslmod=require", "known are application_name"),
        (
            "DATABASE_URL",
            "postgres://ada:hunter2@db/main?sslmode=allow",
            "disable, prefer, require, verify-full",
        ),
        ("BAILIWICK__DATABASE__SCHEMA", "Identity", "begins with a letter from a to z"),
        ("BAILIWICK__DATABASE__SCHEMA", "pg_identity", "belong to PostgreSQL"),
        ("BIND", "/run/bailiwick.sock", "TCP alone; write host:port"),
        ("BIND", "unix:bailiwick.sock", "TCP alone; write host:port"),
        ("BIND", "http://127.0.0.1:8080", "an address alone; write host:port"),
        ("BIND", "*:8080", "write host:port"),
        ("METRICS_BIND", "/run/metrics.sock", "TCP alone; write host:port"),
        ("BAILIWICK__LOG__OTLP_URL", "grpc://collector:4317", "write http://host or https://host"),
        ("BAILIWICK__LOG__OTLP_URL", "http://ada:hunter2@collector:4318", "log.otlp_headers"),
        ("BAILIWICK__LOG__OTLP_HEADERS", "Bearer hunter2", "write name=value"),
    ] {
        let text = refusal(&[(name, value)]);
        assert!(text.contains(name) && text.contains(allowed) && !text.contains("hunter2"), "{text}");
    }
    for toml in ["[jwt]\nexpire_minutes = 1.5", "[jwt]\nexpire_minutes = true", "[jwt]\nexpire_minutes = []"]
    {
        let dir = directory(&[("config/a.toml", toml)]);
        let text = read_in(dir.path(), &[]).unwrap_err().to_string();
        assert!(text.contains("JWT_EXPIRE_MINUTES") && text.contains("write 1 to 525600"), "{text}");
    }
    assert_eq!(read(&[("BAILIWICK__LOG__LEVEL", "WARN")]).unwrap().log.level, LogLevel::Warn);
    read(&[("DATABASE_URL", "postgres://db/main?options=-csearch_path%3Dapp&target_session_attrs=any")])
        .unwrap();
}

#[test]
fn the_nearest_key_is_named_for_an_unknown_one() {
    for (toml, similar) in [
        ("[jwt]\nexpires_minutes = 5", "JWT_EXPIRE_MINUTES (jwt.expire_minutes)"),
        ("[trottle]\nenabled = true", "BAILIWICK__THROTTLE__ENABLED (throttle.enabled)"),
        ("[permissions]\nresource = ['kb']", "BAILIWICK__PERMISSIONS__RESOURCES (permissions.resources)"),
    ] {
        let dir = directory(&[("config/a.toml", toml)]);
        let text = read_in(dir.path(), &[]).unwrap_err().to_string();
        assert!(text.contains(&format!("did you mean {similar}?")), "{text}");
    }
    let text = refusal(&[("BAILIWICK__JWT__SOMETHING_ELSE", "x")]);
    assert!(!text.contains("did you mean") && text.contains("JWT_SECRET"), "{text}");
}

#[test]
fn a_flag_wins_over_all_places() {
    let dir = directory(&[
        ("config/a.toml", "[server]\nbind = '127.0.0.1:1'"),
        ("other.toml", "[jwt]\nexpire_minutes = 5"),
        (".env", "BIND=127.0.0.1:2"),
    ]);
    let environment =
        [("BIND", "127.0.0.1:3"), ("BAILIWICK__SERVER__DATA_DIR", "c"), ("BAILIWICK_CONFIG", "none")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let flags = Flags::default()
        .with("BIND", "from --bind", Some("127.0.0.1:4"))
        .with("DATA_DIR", "from --data-dir", Some("d"))
        .with("BAILIWICK_CONFIG", "from --config", Some("other.toml"))
        .with("DATABASE_URL", "from --database-url", None);
    let settings = Settings::read(dir.path(), &environment.clone().into(), &flags).unwrap();
    assert_eq!(settings.server.bind.as_str(), "127.0.0.1:4");
    assert_eq!(settings.database_url(), DatabaseUrl::Sqlite("d/bailiwick.db".into()));
    assert_eq!(settings.jwt.expire_minutes, 5);
    let wrong = Flags::default().with("BIND", "from --bind", Some("8080"));
    let text = Settings::read(dir.path(), &BTreeMap::new(), &wrong).unwrap_err().to_string();
    assert!(text.contains("from --bind"), "{text}");
}

const DECLARED: &str = "[permissions]
resources = ['kb', 'reports']
[[permissions.declared]]
name = 'invoices:read'
description = 'See invoices'
role = 'guest'
[[permissions.declared]]
name = 'invoices:refund'
description = 'Refund invoices'
role = 'admin'
";

#[test]
fn permissions_are_declared_in_a_file() {
    let dir = directory(&[("config/a.toml", DECLARED)]);
    let set = read_in(dir.path(), &[]).unwrap().for_use_cases();
    let declared: Vec<_> = set
        .declared
        .iter()
        .map(|one| format!("{} {} {}", one.permission(), one.role(), one.description()))
        .collect();
    assert_eq!(declared, ["invoices:read guest See invoices", "invoices:refund admin Refund invoices"]);
    assert_eq!(set.resources, ["kb", "reports"]);
    // As other lists, that of a later file replaces the list.
    let none = ("config/b.toml", "[permissions]\ndeclared = []");
    let dir = directory(&[("config/a.toml", DECLARED), none]);
    assert!(read_in(dir.path(), &[]).unwrap().for_use_cases().declared.is_empty());
}

#[test]
fn a_permission_that_cannot_be_declared_is_named_with_its_place() {
    let second = |lines: &str| format!("{DECLARED}[[permissions.declared]]\n{lines}");
    let not_a_list = "it is not a list of tables; write [[permissions.declared]] with name, description and role in a \
        file of settings";
    let text = "name = 'a:b'\ndescription = 'Text'";
    for (toml, key, problem) in [
        (
            second("name = 'invoices'\ndescription = 'x'\nrole = 'guest'"),
            "[2].name",
            "\"invoices\" cannot be declared: a permission is written `resource:action`, with a colon",
        ),
        (
            second("name = 'users:purge'\ndescription = 'x'\nrole = 'guest'"),
            "[2].name",
            "users:purge is of a resource of the service itself; choose another resource",
        ),
        (
            second("name = 'a:b'\ndescription = ''\nrole = 'guest'"),
            "[2].description",
            "is empty; say what the permission allows",
        ),
        (
            second(&format!("{text}\nrole = 'boss'")),
            "[2].role",
            "\"boss\" is no system role; write owner, admin, member or guest",
        ),
        (second(text), "[2].role", "it is missing; add it"),
        (
            second(&format!("{text}\nrole = 'guest'\nlevel = 3")),
            "[2]",
            "unknown field `level`, expected one of `name`, `description`, `role`",
        ),
        (
            second("name = 'invoices:read'\ndescription = 'See'\nrole = 'guest'"),
            "",
            "invoices:read is declared twice, with different roles or descriptions; declare it once",
        ),
        (
            second("name = 'kb:write'\ndescription = 'Write'\nrole = 'admin'"),
            "",
            "kb:write is declared for the role admin, but the resource kb is configured too and grants it to the role \
             member; declare it for that role, or remove the resource",
        ),
        ("[permissions]\ndeclared = ['a:b']".to_owned(), "", not_a_list),
        ("[permissions]\ndeclared = 'a:b'".to_owned(), "", not_a_list),
        (format!("[permissions.declared]\n{text}"), "", not_a_list),
    ] {
        let dir = directory(&[("config/a.toml", &toml)]);
        let file = dir.path().join("config/a.toml");
        let message = format!("setting permissions.declared{key}, from {}: {problem}", file.display());
        assert_eq!(read_in(dir.path(), &[]).unwrap_err().to_string(), message);
    }
    let text = refusal(&[("BAILIWICK__PERMISSIONS__DECLARED", "a:b")]);
    assert_eq!(text, format!("setting permissions.declared, from the environment: {not_a_list}"));
    let text = refusal(&[("BAILIWICK__PERMISSIONS__DECLARED__0__NAME", "a:b")]);
    assert!(text.starts_with("unknown setting BAILIWICK__PERMISSIONS__DECLARED__0__NAME"), "{text}");
    assert!(text.contains("permissions.declared"), "{text}");
}
