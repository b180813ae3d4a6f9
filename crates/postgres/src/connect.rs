//! Establishes connections to PostgreSQL.

use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bailiwick_kernel::PrivateRoots;
use bailiwick_sql::{OpenError, Options, SchemaName};
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{AsyncMessage, Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::failure::driver_failure;
use crate::parameters::{self, unclear};

/// Longest pause within a transaction, so that the locks of a node that stopped are released.
pub(crate) const LONGEST_PAUSE_IN_TRANSACTION: &str = "30s";
/// Time after which an unresponsive peer is disconnected.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);

/// Drives a connection: yields messages that are not replies, until none is pending.
pub(crate) type Driver = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>> + Send>;

/// Address and connection settings of the server.
pub(crate) struct Target {
    config: Config,
    tls: MakeRustlsConnect,
    statement_timeout: Duration,
    /// Timeout of a connection for the pool, greeting included. The driver's own timeout covers
    /// only TCP.
    connect_limit: Duration,
    schema: Option<SchemaName>,
}

impl Target {
    pub(crate) fn parse(url: &str, options: &Options) -> Result<Self, OpenError> {
        // The parser's own message may quote a part of the password, and the parser ignores what
        // follows a parameter without a value.
        parameters::check(url)?;
        let (address, settings) = TlsSettings::take_from(url).ok_or_else(unclear)?;
        let mut config = Config::from_str(&address).map_err(|_| unclear())?;
        config.ssl_mode(settings.mode(&config)?);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.pool_wait);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(LONGEST_SILENCE);
        }
        config.keepalives_idle(LONGEST_SILENCE);
        if config.get_application_name().is_none() {
            config.application_name("bailiwick");
        }
        let tls = MakeRustlsConnect::new(client_config(settings.roots.as_deref(), &options.private_roots)?);
        let connect_limit =
            config.get_connect_timeout().map_or(options.pool_wait, |own| options.pool_wait.max(*own));
        let (statement_timeout, schema) = (options.statement_timeout, options.schema_name()?);
        Ok(Self { config, tls, statement_timeout, connect_limit, schema })
    }

    /// Returns the schema, if it was named.
    pub(crate) fn schema(&self) -> Option<&SchemaName> {
        self.schema.as_ref()
    }

    /// Returns the statement that makes a session use only the schema that was named; empty if none was.
    pub(crate) fn search_path(&self) -> String {
        let set = |schema: &SchemaName| format!("SET search_path = {}", schema.search_path());
        self.schema.as_ref().map(set).unwrap_or_default()
    }

    /// Establishes a connection for the pool.
    pub(crate) async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        let silent = |_| {
            let seconds = self.connect_limit.as_secs();
            ConnectionError::BadConnection(format!("the server does not answer within {seconds} s"))
        };
        timeout(self.connect_limit, self.connect_and_set_up()).await.map_err(silent)?
    }

    async fn connect_and_set_up(&self) -> ConnectionResult<AsyncPgConnection> {
        let (client, connection) =
            self.config.connect(self.tls.clone()).await.map_err(|error| bad_connection(&error))?;
        let mut conn = AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
        set_english(&mut conn).await;
        let limits = format!(
            "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = '{}'; {}",
            self.statement_timeout.as_millis(),
            LONGEST_PAUSE_IN_TRANSACTION,
            self.search_path(),
        );
        conn.batch_execute(&limits).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    }

    /// Establishes a connection that the caller drives. Its search path is not set.
    pub(crate) async fn dial(&self) -> Result<(Client, Driver), Error> {
        let (client, mut connection) = self.config.connect(self.tls.clone()).await?;
        Ok((client, Box::new(move |cx| connection.poll_message(cx))))
    }

    /// Establishes a connection without statement timeout, and returns it with the task that drives
    /// it.
    pub(crate) async fn connect_unlimited(&self) -> ConnectionResult<(AsyncPgConnection, DriverTask)> {
        let (client, connection) =
            self.config.connect(self.tls.clone()).await.map_err(|error| bad_connection(&error))?;
        let driver = DriverTask(tokio::spawn(async move { drop(connection.await) }));
        let mut conn = AsyncPgConnection::try_from(client).await?;
        set_english(&mut conn).await;
        conn.batch_execute(&self.search_path()).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok((conn, driver))
    }
}

/// Drives a connection until it is dropped. Requests that are pending then fail.
pub(crate) struct DriverTask(JoinHandle<()>);

impl Drop for DriverTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sets English messages, which `failure.rs` recognizes. Only a superuser, or a role that was
/// granted SET on this parameter, may do so; other roles get the language of the server.
async fn set_english(conn: &mut AsyncPgConnection) {
    let _ = conn.batch_execute("SET lc_messages = 'C'").await;
}

fn bad_connection(error: &Error) -> ConnectionError {
    ConnectionError::BadConnection(driver_failure(error))
}

/// Parameters of the URL that the driver does not support, or not with all values.
struct TlsSettings {
    mode: Option<String>,
    roots: Option<String>,
}

impl TlsSettings {
    /// Removes them from the URL; `None` if a parameter has no value.
    fn take_from(url: &str) -> Option<(String, Self)> {
        let mut found = Self { mode: None, roots: None };
        let Some((address, query)) = url.split_once('?') else {
            return Some((url.to_owned(), found));
        };
        let mut rest = Vec::new();
        for pair in query.split('&') {
            match pair.split_once('=')? {
                ("sslmode", value) => found.mode = Some(value.to_owned()),
                ("sslrootcert", value) => found.roots = Some(value.to_owned()),
                _ => rest.push(pair),
            }
        }
        let mark = if rest.is_empty() { "" } else { "?" };
        Some((format!("{address}{mark}{}", rest.join("&")), found))
    }

    fn mode(&self, config: &Config) -> Result<SslMode, OpenError> {
        match self.mode.as_deref() {
            None if is_local(config) => Ok(SslMode::Disable),
            None | Some("prefer") => Ok(SslMode::Prefer),
            Some("disable") => Ok(SslMode::Disable),
            Some("require" | "verify-full") => Ok(SslMode::Require),
            Some(_) => {
                Err(OpenError::BadUrl("sslmode is disable, prefer, require or verify-full".to_owned()))
            }
        }
    }
}

/// Returns whether the URL names at least one address and all of them are on this machine.
fn is_local(config: &Config) -> bool {
    let local_name = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    let (names, numbers) = (config.get_hosts(), config.get_hostaddrs());
    let any = !names.is_empty() || !numbers.is_empty();
    any && names.iter().all(local_name) && numbers.iter().all(IpAddr::is_loopback)
}

/// Trusts, like libpq, only the certificates in `file` if the URL names one.
fn client_config(file: Option<&str>, private: &PrivateRoots) -> Result<ClientConfig, OpenError> {
    let store = match file {
        Some(file) => roots_of(Path::new(file))?,
        None => built_in_and(private)?,
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::Unreadable(error.to_string()))?;
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

fn built_in_and(private: &PrivateRoots) -> Result<RootCertStore, OpenError> {
    let mut store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in private.iter() {
        let added = store.add(CertificateDer::from_slice(certificate));
        added.map_err(|error| OpenError::Unreadable(format!("a private root: {error}")))?;
    }
    Ok(store)
}

fn roots_of(file: &Path) -> Result<RootCertStore, OpenError> {
    let unreadable = |why: String| OpenError::Unreadable(format!("{}: {why}", file.display()));
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(error.to_string()))? {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        store.add(certificate).map_err(|error| unreadable(error.to_string()))?;
    }
    if store.is_empty() {
        return Err(unreadable("no certificate in it".to_owned()));
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode_of(url: &str) -> Result<SslMode, OpenError> {
        Target::parse(url, &Options::default()).map(|target| target.config.get_ssl_mode())
    }

    #[test]
    fn tls_is_left_out_on_this_machine_or_on_request_only() {
        for url in [
            "postgres://a@localhost/b",
            "postgres://a@127.0.0.1:5433/b",
            "postgres:///b?host=/run/postgresql",
            "postgres://a@db.example/b?sslmode=disable",
        ] {
            assert_eq!(mode_of(url), Ok(SslMode::Disable), "{url}");
        }
        for url in ["postgres://a@db.example/b", "postgres:///b?hostaddr=203.0.113.7"] {
            assert_eq!(mode_of(url), Ok(SslMode::Prefer), "{url}");
        }
        for mode in ["require", "verify-full"] {
            assert_eq!(mode_of(&format!("postgres://a@localhost/b?sslmode={mode}")), Ok(SslMode::Require));
        }
        assert!(mode_of("postgres://a@localhost/b?sslmode=allow").is_err());
        assert!(mode_of("postgres://a@localhost/b?sslrootcert=/nowhere").is_err());
    }

    #[test]
    fn no_message_shows_the_password() {
        for url in
            ["postgres://u:se?cret@h/b", "postgres://u:se:cret@h:secret/b", "postgres://u@h/b?p=s&cret"]
        {
            let error = mode_of(url).unwrap_err();
            assert!(matches!(&error, OpenError::BadUrl(why) if !why.contains("cret")), "{url}: {error}");
        }
    }
}
