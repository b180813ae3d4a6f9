//! The settings and their sources.
//!
//! `config/default.toml` is compiled in and defines every setting. Its values are overridden by files,
//! then by the variables of `.env`, then by those of the environment, then by the flags of the command
//! line.

mod apply;
mod brand;
mod declared;
mod dotenv;
mod error;
mod examined;
mod files;
mod keys;
mod limits;
mod logs;
mod nearest;
mod network;
mod otlp;
mod resource;
mod schema;
mod tls;
mod tokens;
mod tree;
mod urls;
mod values;
mod variables;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bailiwick::kernel::PrivateRoots;
use serde::Deserialize;

pub use brand::{BrandSettings, TemplateFolder};
pub use declared::Declared;
pub use error::SettingsError;
pub use examined::{Examined, SecretSource, TokenSettings};
pub use limits::Limits;
pub use logs::{LogFilter, LogFormat, LogLevel};
pub use network::Network;
pub use otlp::{OtlpHeader, OtlpUrl};
pub use resource::Resource;
pub use schema::DatabaseSchema;
pub use tls::CaFile;
use tokens::distinct;
pub use tokens::{RequestHeader, Subprotocol};
pub use urls::{DatabaseUrl, PublicUrl, RedisUrl, SmtpUrl, WebOrigin};
pub use values::{Algorithm, DataDir, ForwardedHeader, JwtSecret, ListenAddress, Sender, StringOrUri};
pub use variables::Flags;

use tree::Tree;
use values::{optional, within};

use bailiwick_config::DEFAULTS as SHIPPED;

/// All settings. `config/default.toml` explains each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Addresses, data directory, threads and timeouts of the process.
    pub server: Server,
    /// The listener of metrics.
    pub metrics: Metrics,
    /// TLS of connections to other servers.
    pub tls: Tls,
    /// The database, its connections and timeouts.
    pub database: Database,
    /// The Redis server.
    pub redis: Redis,
    /// Access tokens.
    pub jwt: Jwt,
    /// The resources in the catalogue of permissions.
    pub permissions: Permissions,
    /// Accounts and invitations.
    pub auth: Auth,
    /// The mail server, the sender and the templates.
    pub mail: Mail,
    /// Name, logo, color and links of the product.
    pub brand: BrandSettings,
    /// Requests from web pages of other origins (CORS).
    pub cors: Cors,
    /// WebSockets.
    pub sockets: Sockets,
    /// Throttles and trusted proxies.
    pub throttle: Throttle,
    /// Rate limits.
    pub limits: Limits,
    /// Password hashing.
    pub hasher: Hasher,
    /// Logs.
    pub log: Log,
}

/// Settings of the process.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub bind: ListenAddress,
    #[serde(deserialize_with = "optional")]
    pub public_url: Option<PublicUrl>,
    pub data_dir: DataDir,
    #[serde(deserialize_with = "within::<0, 1024, _, _>")]
    pub workers: usize,
    #[serde(deserialize_with = "within::<1, 600, _, _>")]
    pub request_seconds: u64,
    #[serde(deserialize_with = "within::<0, 600, _, _>")]
    pub drain_delay_seconds: u64,
    #[serde(deserialize_with = "within::<0, 600, _, _>")]
    pub shutdown_seconds: u64,
}

/// Settings of metrics.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    #[serde(deserialize_with = "optional")]
    pub bind: Option<ListenAddress>,
}

/// Settings of TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<CaFile>,
}

impl Tls {
    /// Returns the CA certificates that are trusted beside the built-in roots.
    pub fn private_roots(&self) -> PrivateRoots {
        self.ca_file.as_ref().map(|file| file.0.clone()).unwrap_or_default()
    }
}

/// Settings of the database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    #[serde(deserialize_with = "optional")]
    pub url: Option<DatabaseUrl>,
    #[serde(deserialize_with = "optional")]
    pub schema: Option<DatabaseSchema>,
    #[serde(deserialize_with = "within::<1, 1000, _, _>")]
    pub max_connections: usize,
    #[serde(deserialize_with = "within::<1, 60, _, _>")]
    pub wait_seconds: u64,
    #[serde(deserialize_with = "within::<1, 600, _, _>")]
    pub statement_seconds: u64,
    #[serde(deserialize_with = "within::<1, 3600, _, _>")]
    pub start_seconds: u64,
}

/// Settings of Redis.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    #[serde(deserialize_with = "optional")]
    pub url: Option<RedisUrl>,
}

/// Settings of access tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    #[serde(deserialize_with = "optional")]
    pub secret: Option<JwtSecret>,
    #[serde(deserialize_with = "within::<1, 525_600, _, _>")]
    pub expire_minutes: i64,
    pub algorithm: Algorithm,
    pub previous_keys: Vec<JwtSecret>,
    #[serde(deserialize_with = "optional")]
    pub issuer: Option<StringOrUri>,
    #[serde(deserialize_with = "optional")]
    pub audience: Option<StringOrUri>,
}

/// Settings of the catalogue of permissions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    pub resources: Vec<Resource>,
    pub declared: Vec<Declared>,
}

/// Settings of accounts and invitations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    pub require_verified_email: bool,
    #[serde(deserialize_with = "within::<1, 3650, _, _>")]
    pub refresh_days: i64,
    #[serde(deserialize_with = "within::<1, 3650, _, _>")]
    pub session_days: i64,
    #[serde(deserialize_with = "within::<120, 5_256_000, _, _>")]
    pub page_session_idle_minutes: i64,
    #[serde(deserialize_with = "within::<1, 8760, _, _>")]
    pub verification_hours: i64,
    #[serde(deserialize_with = "within::<1, 10080, _, _>")]
    pub reset_minutes: i64,
    #[serde(deserialize_with = "within::<1, 8760, _, _>")]
    pub invitation_hours: i64,
}

/// Settings of mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    #[serde(deserialize_with = "optional")]
    pub smtp_url: Option<SmtpUrl>,
    #[serde(deserialize_with = "optional")]
    pub from: Option<Sender>,
    #[serde(deserialize_with = "optional")]
    pub templates: Option<TemplateFolder>,
}

/// Settings of requests from web pages of other origins (CORS).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    pub origins: Vec<WebOrigin>,
    pub headers: Vec<RequestHeader>,
}

/// Settings of WebSockets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sockets {
    #[serde(deserialize_with = "distinct")]
    pub subprotocols: Vec<Subprotocol>,
}

/// Settings of throttles and trusted proxies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    pub enabled: bool,
    pub trusted_proxies: Vec<Network>,
    pub forwarded_header: ForwardedHeader,
}

/// Settings of password hashing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hasher {
    #[serde(deserialize_with = "within::<0, 1024, _, _>")]
    pub threads: usize,
    #[serde(deserialize_with = "within::<1, 100_000, _, _>")]
    pub queue: usize,
}

/// Settings of logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: LogLevel,
    #[serde(deserialize_with = "optional")]
    pub filter: Option<LogFilter>,
    pub format: LogFormat,
    pub access: bool,
    pub spans: bool,
    #[serde(deserialize_with = "optional")]
    pub otlp_url: Option<OtlpUrl>,
    pub otlp_headers: Vec<OtlpHeader>,
}

impl Settings {
    /// Reads the settings of this process.
    pub fn of_process(flags: &Flags) -> Result<Self, SettingsError> {
        Self::read(Path::new(""), &variables::of_process()?, flags)
    }

    /// Reads the settings in the directory `dir`, with the variables `environment` and these flags.
    pub fn read(
        dir: &Path,
        environment: &BTreeMap<String, String>,
        flags: &Flags,
    ) -> Result<Self, SettingsError> {
        Self::from_tree(&Tree::read(dir, environment, flags)?)
    }

    /// Returns the database: by default a file in the data directory.
    pub fn database_url(&self) -> DatabaseUrl {
        let default = || DatabaseUrl::Sqlite(self.server.data_dir.as_path().join("bailiwick.db"));
        self.database.url.clone().unwrap_or_else(default)
    }

    /// Returns the folder into which mails are written if no mail server is set.
    pub fn outbox_dir(&self) -> PathBuf {
        self.server.data_dir.as_path().join("outbox")
    }
}
