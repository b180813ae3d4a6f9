//! The builder of the application.

use std::path::PathBuf;
use std::sync::Arc;

use bailiwick_app::changes::Vetoes;
use bailiwick_app::feed::FeedReader;
use bailiwick_app::ports::{
    AccessTokens, Clock, EventBus, IdSource, Mailer, PasswordHasher, Stopwatch, Store, Throttle,
};
use bailiwick_app::{App, OwnRefusal, Parts, Settings};
use bailiwick_infra::{HasherOptions, JwtKeys, SystemClock, SystemIds, SystemStopwatch, TokenParties};
use bailiwick_kernel::{PrivateRoots, ServerKey};
use bailiwick_presentation::Brand;
use bailiwick_store::{Database, Options};

use crate::choice::{Bus, Data, Mail, Throttling, Tokens};
use crate::http_side::HttpChoice;
use crate::{Bailiwick, BuildError, Running, StartError, changes, choice, product};

/// A builder of [`Bailiwick`]. It requires a database ([`Self::database_url`], [`Self::database`] or
/// [`Self::store`]), a key of access tokens ([`Self::jwt`] or [`Self::tokens`]) and a transport of mail
/// ([`Self::mail_to_files`], [`Self::mail_by_smtp`] or [`Self::mailer`]).
///
/// If the same choice is made several times, the last call counts.
#[derive(Default)]
pub struct Builder {
    data: Option<Data>,
    database_options: Options,
    private_roots: PrivateRoots,
    tokens: Option<Tokens>,
    token_parties: TokenParties,
    mail: Option<Mail>,
    mail_from: Option<String>,
    mail_templates: Option<PathBuf>,
    brand: Arc<Brand>,
    throttle: Option<Throttling>,
    bus: Option<Bus>,
    public_url: Option<String>,
    clock: Option<Arc<dyn Clock>>,
    stopwatch: Option<Arc<dyn Stopwatch>>,
    ids: Option<Arc<dyn IdSource>>,
    server_key: Option<ServerKey>,
    hasher: Option<Arc<dyn PasswordHasher>>,
    hasher_options: HasherOptions,
    settings: Settings,
    pub(crate) vetoes: Vetoes,
    pub(crate) readers: Vec<FeedReader>,
    pub(crate) refusals: Vec<OwnRefusal>,
    pub(crate) http: HttpChoice,
    pub(crate) permissions: Vec<product::Declared>,
}

impl Builder {
    /// Stores the data in `sqlite:PATH` or `postgres://..`. A SQLite file is claimed, so that no other
    /// process can serve from it.
    #[must_use]
    pub fn database_url(self, url: impl Into<String>) -> Self {
        Self { data: Some(Data::Url(url.into())), ..self }
    }

    /// Sets the options of the database of [`Self::database_url`]. [`Options::start_wait`] also limits
    /// the start of `Bailiwick::serve`, with any store.
    #[must_use]
    pub fn database_options(self, options: Options) -> Self {
        Self { database_options: options, ..self }
    }

    /// Trusts these CA certificates in addition to the built-in roots, for TLS to the mail server, to Redis
    /// and to the PostgreSQL of [`Self::database_url`], unless its URL has an `sslrootcert`.
    #[must_use]
    pub fn private_roots(self, roots: PrivateRoots) -> Self {
        Self { private_roots: roots, ..self }
    }

    /// Stores the data in an open database, claimed or not.
    #[must_use]
    pub fn database(self, database: Database) -> Self {
        Self { data: Some(Data::Open(database)), ..self }
    }

    /// Stores the data in a custom store, which runs its own migrations.
    #[must_use]
    pub fn store(self, store: Arc<dyn Store>) -> Self {
        Self { data: Some(Data::Store(store)), ..self }
    }

    /// Signs access tokens with these keys.
    #[must_use]
    pub fn jwt(self, keys: JwtKeys) -> Self {
        Self { tokens: Some(Tokens::Keys(Box::new(keys))), ..self }
    }

    /// Sets issuer and audience of the tokens of [`Self::jwt`].
    #[must_use]
    pub fn token_parties(self, parties: TokenParties) -> Self {
        Self { token_parties: parties, ..self }
    }

    /// Signs and reads access tokens with a custom adapter.
    #[must_use]
    pub fn tokens(self, tokens: Arc<dyn AccessTokens>) -> Self {
        Self { tokens: Some(Tokens::Adapter(tokens)), ..self }
    }

    /// Writes mails as files into this directory.
    #[must_use]
    pub fn mail_to_files(self, directory: impl Into<PathBuf>) -> Self {
        Self { mail: Some(Mail::Files(directory.into())), ..self }
    }

    /// Sends mails by `smtp://..` (plain), `smtp+starttls://..` (TLS by STARTTLS, required) or
    /// `smtps://..` (TLS).
    #[cfg(feature = "smtp")]
    #[must_use]
    pub fn mail_by_smtp(self, url: impl Into<String>) -> Self {
        Self { mail: Some(Mail::Smtp(url.into())), ..self }
    }

    /// Sends mails with a custom adapter.
    #[must_use]
    pub fn mailer(self, mailer: Arc<dyn Mailer>) -> Self {
        Self { mail: Some(Mail::Adapter(mailer)), ..self }
    }

    /// Sets the sender of mails, `address` or `Name <address>`.
    #[must_use]
    pub fn mail_from(self, from: impl Into<String>) -> Self {
        Self { mail_from: Some(from.into()), ..self }
    }

    /// Replaces templates of mails by the files in this directory, which are checked by [`Self::build`]. Not
    /// used by [`Self::mailer`].
    #[must_use]
    pub fn mail_templates(self, directory: impl Into<PathBuf>) -> Self {
        Self { mail_templates: Some(directory.into()), ..self }
    }

    /// Sets name, logo, color and links of the product, on pages and in mails. [`Self::mailer`] knows
    /// its own.
    #[must_use]
    pub fn brand(self, brand: Brand) -> Self {
        Self { brand: Arc::new(brand), ..self }
    }

    /// Sets the URL at which users reach the service, the base of the links in mails. Required by
    /// [`Self::mail_to_files`] and [`Self::mail_by_smtp`].
    #[must_use]
    pub fn public_url(self, url: impl Into<String>) -> Self {
        Self { public_url: Some(url.into()), ..self }
    }

    /// Counts rate limits in Redis, at `redis://..` or, by TLS, `rediss://..`, so that all nodes share
    /// them. By default each process counts alone. To limit nothing, set
    /// [`Settings::throttle_enabled`] to false.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn throttle_by_redis(self, url: impl Into<String>) -> Self {
        Self { throttle: Some(Throttling::Redis(url.into())), ..self }
    }

    /// Counts rate limits with a custom adapter.
    #[must_use]
    pub fn throttle(self, throttle: Arc<dyn Throttle>) -> Self {
        Self { throttle: Some(Throttling::Adapter(throttle)), ..self }
    }

    /// Publishes events to all nodes by Redis, at `redis://..` or, by TLS, `rediss://..`. By default
    /// they stay within the process, which suffices for a single node.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn events_by_redis(self, url: impl Into<String>) -> Self {
        Self { bus: Some(Bus::Redis(url.into())), ..self }
    }

    /// Publishes events with a custom adapter.
    #[must_use]
    pub fn bus(self, bus: Arc<dyn EventBus>) -> Self {
        Self { bus: Some(Bus::Adapter(bus)), ..self }
    }

    /// Sets the clock; by default that of the system.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// Sets the monotonic clock; by default that of the system.
    #[must_use]
    pub fn stopwatch(self, stopwatch: Arc<dyn Stopwatch>) -> Self {
        Self { stopwatch: Some(stopwatch), ..self }
    }

    /// Sets the source of ids and secrets; by default the randomness of the system.
    #[must_use]
    pub fn ids(self, ids: Arc<dyn IdSource>) -> Self {
        Self { ids: Some(ids), ..self }
    }

    /// Sets the secret that all nodes share and that must outlive restarts, because waiting mail is
    /// sealed with it. By default it is derived from the key of [`Self::jwt`]; with [`Self::tokens`] it
    /// is required. To replace it, see [`ServerKey::with_previous`].
    #[must_use]
    pub fn server_key(self, key: ServerKey) -> Self {
        Self { server_key: Some(key), ..self }
    }

    /// Sets the hasher of passwords; by default Argon2id on threads of its own.
    #[must_use]
    pub fn hasher(self, hasher: Arc<dyn PasswordHasher>) -> Self {
        Self { hasher: Some(hasher), ..self }
    }

    /// Sets the number of threads, the length of the queue and the longest wait of the default hasher.
    #[must_use]
    pub fn hasher_options(self, options: HasherOptions) -> Self {
        Self { hasher_options: options, ..self }
    }

    /// Sets the settings of the use cases. [`Self::build`] refuses a malformed name of a resource.
    #[must_use]
    pub fn settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// Builds the application, brings the schema up to date, completes the catalogue of permissions, and
    /// starts what runs beside requests: mail, invalidation of caches, periodic work and, with the feature
    /// `http`, sockets. It runs on the runtime of the caller, until [`Running::stop`].
    pub async fn start(self) -> Result<Running, StartError> {
        let http = self.http.clone().with_public_url(self.public_url.as_deref());
        let bailiwick = self.build().await?;
        bailiwick.migrate().await?;
        Ok(Running::start(bailiwick, http).await?)
    }

    /// Opens the adapters and builds the application. A [`BuildError`] names a missing or unusable
    /// choice. The schema is brought up to date by [`Bailiwick::migrate`].
    pub async fn build(mut self) -> Result<Bailiwick, BuildError> {
        let settings = product::checked(self.settings, self.permissions)?;
        let settings = changes::checked(settings, self.refusals)?;
        changes::check_readers(&self.readers)?;
        let roots = self.private_roots;
        let ids = self.ids.unwrap_or_else(|| Arc::new(SystemIds::new()));
        let tokens = self.tokens.ok_or(BuildError::Missing("jwt"))?;
        let server_key = self.server_key.or_else(|| tokens.server_key());
        let server_key = server_key.ok_or(BuildError::Missing("server_key"))?;
        let tokens = tokens.adapter(self.token_parties, &ids)?;
        let templates = Mail::templates(self.mail_templates.as_deref(), &self.brand)?;
        let (from, public_url) = (self.mail_from.as_deref(), self.public_url.as_deref());
        let mailer = Mail::adapter(self.mail, from, public_url, templates, &roots)?;
        let hasher = match self.hasher {
            Some(hasher) => hasher,
            None => choice::start_hasher(&ids, self.hasher_options)?,
        };
        if !roots.is_empty() {
            self.database_options.private_roots.clone_from(&roots);
        }
        let (store, database) = open_store(self.data, &self.database_options).await?;
        let throttle = Throttling::adapter(self.throttle, &roots).await?;
        let bus = Bus::adapter(self.bus, &roots).await?;
        let app = App::new(Parts {
            store,
            hasher,
            tokens,
            mailer,
            throttle,
            bus,
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock)),
            stopwatch: self.stopwatch.unwrap_or_else(|| Arc::new(SystemStopwatch)),
            ids,
            server_key,
            settings,
            vetoes: self.vetoes,
        });
        Ok(Bailiwick {
            app,
            database: database.map(Arc::new),
            readers: self.readers,
            start_wait: self.database_options.start_wait,
            brand: self.brand,
        })
    }
}

async fn open_store(
    data: Option<Data>,
    options: &Options,
) -> Result<(Arc<dyn Store>, Option<Database>), BuildError> {
    let database = match data.ok_or(BuildError::Missing("database_url"))? {
        Data::Store(store) => return Ok((store, None)),
        Data::Open(database) => database,
        Data::Url(url) => {
            let mut database = bailiwick_store::open(&url, options).await?;
            database.claim_exclusively()?;
            database
        }
    };
    Ok((database.store(), Some(database)))
}
