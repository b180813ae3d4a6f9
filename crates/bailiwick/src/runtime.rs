//! The built application and its server.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::App;
use bailiwick_http::{HttpSettings, Pages, ServiceConfig};
use bailiwick_presentation::Brand;
use bailiwick_store::{Database, OpenError};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use crate::tasks::Tasks;
use crate::{Builder, ServeError};

/// Time until a wait at the start is reported.
const FIRST_REPORT: Duration = Duration::from_secs(3);

/// The application with its adapters. Dropping it releases a claimed SQLite file.
pub struct Bailiwick {
    app: App,
    database: Option<Arc<Database>>,
    start_wait: Duration,
    #[cfg_attr(not(feature = "console"), expect(dead_code, reason = "only pages show it"))]
    brand: Arc<Brand>,
}

impl Bailiwick {
    /// Returns a builder without any choice.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(app: App, database: Option<Database>, start_wait: Duration, brand: Arc<Brand>) -> Self {
        Self { app, database: database.map(Arc::new), start_wait, brand }
    }

    /// Returns the use cases, and with [`App::authority`] the checks of authority.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Brings the schema up to date under a lock, and returns the names of the applied migrations.
    /// Does nothing for a custom store ([`Builder::store`]), which runs its own.
    pub async fn migrate(&self) -> Result<Vec<String>, OpenError> {
        match &self.database {
            Some(database) => database.migrate().await,
            None => Ok(Vec::new()),
        }
    }

    /// Serves `GET /metrics` until `stop` is ready. Run it beside [`Self::serve`].
    pub async fn serve_metrics(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        Ok(bailiwick_http::serve_metrics(listener, &self.app, stop).await?)
    }

    /// Completes the catalogue of permissions and grants the declared ones, then serves API and pages
    /// and sends mail until `stop` is ready. Requests under way end first, then the mail that is being
    /// sent. Mail that is left in the outbox is sent after the next start.
    ///
    /// Start and stop have a deadline, even if the store or the mail server does not answer. The
    /// catalogue, and each step of 500 organizations that get declared permissions, may take
    /// [`Options::start_wait`](bailiwick_store::Options). Once `stop` is ready, this future completes within
    /// [`HttpSettings::drain_delay`], [`HttpSettings::shutdown_timeout`] and 1.25 s more. Tasks that have not
    /// ended then are aborted, and [`ServeError::Unfinished`] names their work. Blocking work of SQLite may
    /// continue on threads of the runtime; `Runtime::shutdown_timeout` ends it.
    ///
    /// To serve in an actix application of your own, use [`Builder::start`].
    pub async fn serve(
        &self,
        listener: TcpListener,
        settings: HttpSettings,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        self.serve_with(listener, settings, stop, |_| ()).await
    }

    /// Does the same as [`Self::serve`], with routes of yours beside, at the root and behind the same
    /// middleware: they may ask for decisions, and a response without a decision is replaced by a 500.
    pub async fn serve_with(
        &self,
        listener: TcpListener,
        settings: HttpSettings,
        stop: impl Future<Output = ()> + Send + 'static,
        routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<(), ServeError> {
        let mut stop = Box::pin(stop);
        tokio::select! {
            () = stop.as_mut() => return Ok(()),
            ready = self.ready() => ready?,
        }
        let time_to_stop = settings.drain_delay.saturating_add(settings.shutdown_timeout);
        let tasks = self.start_tasks();
        let (stop_requested, stopping) = oneshot::channel();
        let stop = async move {
            stop.await;
            let _ = stop_requested.send(Instant::now());
        };
        let served =
            bailiwick_http::serve(listener, self.app.clone(), settings, self.pages(), routes, stop).await;
        // If the HTTP server failed, no stop was requested.
        let since = stopping.await.unwrap_or_else(|_| Instant::now());
        let ended = tasks.stop(since.checked_add(time_to_stop)).await;
        served?;
        ended
    }

    /// Returns the pages for people, unless the feature `console` is off.
    #[cfg_attr(
        feature = "console",
        expect(clippy::unnecessary_wraps, reason = "without the feature there are none")
    )]
    #[cfg_attr(
        not(feature = "console"),
        expect(clippy::unused_self, reason = "without pages nothing is shown")
    )]
    pub(crate) fn pages(&self) -> Option<Arc<dyn Pages>> {
        #[cfg(feature = "console")]
        return Some(Arc::new(bailiwick_console::Console::new(self.brand.clone())));
        #[cfg(not(feature = "console"))]
        None
    }

    pub(crate) fn start_tasks(&self) -> Tasks {
        Tasks::start(&self.app, self.database.as_ref())
    }

    /// Requires that the schema is up to date, and completes the catalogue.
    async fn ready(&self) -> Result<(), ServeError> {
        if let Some(database) = &self.database {
            let pending = self.within_start_wait(database.pending_migrations()).await?;
            let pending = pending.map_err(ServeError::Database)?;
            if !pending.is_empty() {
                return Err(ServeError::NotMigrated(pending.join(", ")));
            }
        }
        self.complete_catalogue().await
    }

    /// Inserts the catalogue, then grants the declared permissions step by step. The limit applies to each
    /// step, because any number of organizations may need them; progress is never undone.
    pub(crate) async fn complete_catalogue(&self) -> Result<(), ServeError> {
        self.within_start_wait(self.app.insert_catalogue()).await?.map_err(ServeError::Catalogue)?;
        let mut after = None;
        let mut invalidation = None;
        loop {
            let lacking =
                self.within_start_wait(self.app.find_lacking(after)).await?.map_err(ServeError::Catalogue)?;
            if !lacking.orgs.is_empty() {
                invalidation.get_or_insert_with(|| Tasks::start_invalidation(&self.app));
            }
            self.within_start_wait(self.app.grant_declared(&lacking.orgs))
                .await?
                .map_err(ServeError::Catalogue)?;
            after = lacking.next;
            if after.is_none() {
                break;
            }
        }
        match invalidation {
            Some(tasks) => tasks.stop(None).await,
            None => Ok(()),
        }
    }

    async fn within_start_wait<T>(&self, step: impl Future<Output = T>) -> Result<T, ServeError> {
        let reported = async {
            tokio::select! {
                done = step => done,
                never = report_slow_catalogue() => match never {},
            }
        };
        timeout(self.start_wait, reported).await.map_err(|_| ServeError::StoreTimedOut(self.start_wait))
    }
}

async fn report_slow_catalogue() -> Infallible {
    sleep(FIRST_REPORT).await;
    tracing::warn!("waiting for the database to complete the catalogue of permissions");
    pending().await
}

impl std::fmt::Debug for Bailiwick {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bailiwick").finish_non_exhaustive()
    }
}
