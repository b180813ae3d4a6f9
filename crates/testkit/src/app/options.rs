//! The options of a service under test.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bailiwick::Builder;
use bailiwick::app::{Settings, Store};
use bailiwick::http::{HttpSettings, ServiceConfig};
use bailiwick::infra::{HasherOptions, JwtKeys, LocalBus};
use bailiwick::presentation::Brand;

/// The key that signs access tokens by default; see [`TestAppOptions::keys`].
pub const SECRET: &[u8] = b"a secret of the tests, long enough";

/// A store that the test provides.
#[derive(Clone)]
pub struct OwnStore(pub Arc<dyn Store>);

impl std::fmt::Debug for OwnStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnStore")
    }
}

/// Mounts routes of a test.
pub(super) type Mount = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;
/// Makes further choices of the builder of the service.
pub(super) type Configure = Arc<dyn Fn(Builder) -> Builder + Send + Sync>;

/// What the program under test adds to the service.
#[derive(Clone, Default)]
pub struct Own {
    pub(super) routes: Vec<Mount>,
    pub(super) choices: Vec<Configure>,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Own({} routes, {} choices)", self.routes.len(), self.choices.len())
    }
}

/// What is checked without the test asking for it.
#[derive(Clone, Debug)]
pub struct Checks {
    /// Each answer must be as the description of the API says.
    pub description: bool,
    /// A socket must not be dropped with events that the test did not receive. Not checked if events go
    /// through Redis.
    pub unread_events: bool,
    /// The bus of the service, if it is in this process.
    pub(super) bus: Option<LocalBus>,
}

impl Default for Checks {
    fn default() -> Self {
        Self { description: true, unread_events: false, bus: None }
    }
}

/// The options of a service under test.
#[derive(Clone, Debug)]
pub struct TestAppOptions {
    /// Settings of the use cases.
    pub settings: Settings,
    /// Settings of the HTTP server. The public URL is replaced.
    pub http: HttpSettings,
    /// The path of the public URL, which a proxy would strip: `/identity`, or empty.
    pub prefix: &'static str,
    /// The public URL, if it is not the address at which the service listens, with the prefix.
    pub public_url: Option<&'static str>,
    /// Whether requests are rate limited; replaces the value in [`Self::settings`].
    pub throttle: bool,
    /// Returns the keys of access tokens.
    pub keys: fn() -> JwtKeys,
    /// The store that replaces the database, if any.
    pub store: Option<OwnStore>,
    /// The URL of Redis and the prefix of its channels, if events go through Redis.
    pub events: Option<(String, String)>,
    /// The product that pages and mails show.
    pub brand: Brand,
    /// The directory into which mails are written, in place of the postbox.
    pub mail_files: Option<PathBuf>,
    /// The directory of templates for these mails.
    pub mail_templates: Option<PathBuf>,
    /// Options of the Argon2 hasher; without them a hasher that costs nothing is used.
    pub argon2: Option<HasherOptions>,
    /// Whether a test fails that ends with mail which it did not take, except for
    /// [the mail of its sign-ups](crate::app::Postbox::unread).
    pub strict_mail: bool,
    /// What else is checked without the test asking for it.
    pub checks: Checks,
    /// Whether faults can be injected ([`TestApp::faults`](crate::app::TestApp::faults)).
    pub faults: bool,
    /// Routes and choices of the program under test; see [`TestAppBuilder`](crate::app::TestAppBuilder).
    pub own: Own,
}

impl Default for TestAppOptions {
    fn default() -> Self {
        let http = HttpSettings {
            workers: NonZeroUsize::MIN,
            drain_delay: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(1),
            trusted_proxies: vec!["127.0.0.1".parse().expect("an address")],
            ..HttpSettings::default()
        };
        // No test measures response times.
        let settings = Settings { answer_pace: Duration::ZERO, ..Settings::default() };
        Self {
            settings,
            http,
            prefix: "",
            public_url: None,
            throttle: false,
            keys: usual_keys,
            store: None,
            events: None,
            brand: Brand::default(),
            mail_files: None,
            mail_templates: None,
            argon2: None,
            strict_mail: false,
            checks: Checks::default(),
            faults: false,
            own: Own::default(),
        }
    }
}

fn usual_keys() -> JwtKeys {
    JwtKeys::hs256(SECRET).expect("a key")
}
