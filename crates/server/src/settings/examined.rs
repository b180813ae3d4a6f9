//! Settings for diagnosis: parts of them, also if the rest cannot be used.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use super::tree::Tree;
use super::{DataDir, Flags, Jwt, Settings, SettingsError, variables};

const SECRET: &str = "jwt.secret";
/// The variables that set the secret, in descending precedence.
const SECRET_VARIABLES: [&str; 2] = ["JWT_SECRET", "BAILIWICK__JWT__SECRET"];

/// The settings or their error, and the source of the secret.
pub struct Examined {
    /// The settings, or why they cannot be used.
    pub settings: Result<Settings, SettingsError>,
    /// The source of the secret; `None` if files or environment cannot be read.
    pub secret: Option<SecretSource>,
}

/// The source of the secret that signs tokens. It has no `Debug`, because it holds the secret.
pub struct SecretSource {
    /// The secret, strong or weak; `None` if it is not set.
    pub text: Option<String>,
    /// The place, as in "from .env".
    pub origin: String,
    /// Whether `.env` holds another secret, which the environment overrides.
    pub hides_another: bool,
}

impl Examined {
    /// Reads the settings of this process on a thread of its own, so that a file system that does not
    /// answer within `limit` is reported as an error.
    pub fn within(limit: Duration, flags: &Flags) -> Self {
        let (sender, read) = channel();
        let flags = flags.clone();
        thread::spawn(move || drop(sender.send(Self::of_process(&flags))));
        read.recv_timeout(limit).unwrap_or_else(|_| {
            let problem = format!("its files, or .env beside it, are not read after {} s", limit.as_secs());
            Self { settings: Err(SettingsError::file(Path::new("config"), problem)), secret: None }
        })
    }

    fn of_process(flags: &Flags) -> Self {
        match variables::of_process() {
            Ok(environment) => Self::read(Path::new(""), &environment, flags),
            Err(error) => Self { settings: Err(error), secret: None },
        }
    }

    /// Reads the settings in the directory `dir`, with the variables `environment` and these flags.
    pub fn read(dir: &Path, environment: &BTreeMap<String, String>, flags: &Flags) -> Self {
        match Tree::read(dir, environment, flags) {
            Ok(tree) => {
                let secret = SecretSource {
                    text: tree.text(SECRET).map(str::to_owned),
                    origin: tree.origin(SECRET).to_owned(),
                    hides_another: hides_another(dir, environment),
                };
                Self { settings: Settings::from_tree(&tree), secret: Some(secret) }
            }
            Err(error) => Self { settings: Err(error), secret: None },
        }
    }
}

fn hides_another(dir: &Path, environment: &BTreeMap<String, String>) -> bool {
    let written = variables::dot_env(&dir.join(".env")).unwrap_or_default();
    let of =
        |map: &BTreeMap<String, String>| SECRET_VARIABLES.iter().find_map(|name| map.get(*name).cloned());
    match (of(environment), of(&written)) {
        (Some(stronger), Some(weaker)) => !weaker.is_empty() && stronger != weaker,
        _ => false,
    }
}

/// The settings that reading a token needs. The other settings may be invalid.
#[derive(Deserialize)]
pub struct TokenSettings {
    /// Access tokens.
    pub jwt: Jwt,
    server: Home,
}

#[derive(Deserialize)]
struct Home {
    data_dir: DataDir,
}

impl TokenSettings {
    /// Reads these settings for this process.
    pub fn of_process(flags: &Flags) -> Result<Self, SettingsError> {
        Tree::read(Path::new(""), &variables::of_process()?, flags)?.deserialize()
    }

    /// Returns the data directory, which holds a generated key.
    pub fn data_dir(&self) -> &Path {
        self.server.data_dir.as_path()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examined(dot_env: &str, environment: &[(&str, &str)]) -> SecretSource {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".env"), dot_env).unwrap();
        let owned = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Examined::read(dir.path(), &owned.collect(), &Flags::default()).secret.unwrap()
    }

    #[test]
    fn the_environment_hides_another_secret() {
        for (dot_env, environment, hides, origin) in [
            ("JWT_SECRET=a", &[("JWT_SECRET", "b")][..], true, "from the environment"),
            ("JWT_SECRET=a", &[("JWT_SECRET", "a")], false, "from the environment"),
            ("JWT_SECRET=a", &[("BAILIWICK__JWT__SECRET", "b")], true, "from the environment"),
            ("JWT_SECRET=a", &[("JWT_SECRET", "")], true, "not set"),
            ("JWT_SECRET=a", &[], false, "from .env"),
            ("JWT_SECRET=", &[("JWT_SECRET", "b")], false, "from the environment"),
        ] {
            let secret = examined(dot_env, environment);
            assert_eq!((secret.hides_another, secret.origin.as_str()), (hides, origin), "{environment:?}");
        }
    }

    #[test]
    fn a_weak_secret_is_reported_although_the_settings_cannot_be_used() {
        let dir = tempfile::tempdir().unwrap();
        let environment = BTreeMap::from([("JWT_SECRET".to_owned(), "short".to_owned())]);
        let examined = Examined::read(dir.path(), &environment, &Flags::default());
        assert!(examined.settings.is_err());
        assert_eq!(examined.secret.unwrap().text.as_deref(), Some("short"));
    }
}
