//! The HTTP side: its settings in the builder, its server, and its routes in an actix application.

use std::future::Future;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_http::{HttpSettings, Instance, Pages, ServiceConfig};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::{Bailiwick, Builder, Running, ServeError};

/// The settings of [`Builder::http`].
#[derive(Clone, Default)]
pub(crate) struct HttpChoice(HttpSettings);

/// What [`Running`] has of the HTTP side.
pub(crate) struct HttpSide {
    instance: Instance,
}

impl HttpChoice {
    /// Replaces the public URL, if there is another.
    pub fn with_public_url(mut self, public_url: Option<&str>) -> Self {
        if let Some(url) = public_url {
            url.clone_into(&mut self.0.public_url);
        }
        self
    }

    /// Starts to follow events and changes of authority for sockets.
    pub fn start(self, bailiwick: &Bailiwick) -> HttpSide {
        HttpSide { instance: Instance::start(bailiwick.app().clone(), self.0, bailiwick.pages()) }
    }
}

impl HttpSide {
    /// Closes the sockets.
    pub fn drain(&self) {
        self.instance.drain();
    }

    /// Returns the time limit of a stop.
    pub fn stop_time(&self) -> Duration {
        self.instance.settings().shutdown_timeout
    }
}

impl Builder {
    /// Sets the settings of the HTTP side for [`Self::start`]. [`Self::public_url`] replaces their
    /// public URL.
    #[must_use]
    pub fn http(mut self, http: HttpSettings) -> Self {
        self.http = HttpChoice(http);
        self
    }
}

impl Running {
    /// Mounts the routes of the API and the pages under a prefix, as [`Instance::routes`].
    pub fn routes(&self, prefix: &str) -> impl FnOnce(&mut ServiceConfig) + use<> {
        self.0.http.instance.routes(prefix)
    }

    /// Mounts routes of yours behind the middleware of the API, as [`Instance::guarded`]: they may ask
    /// for decisions ([`Allow`](bailiwick_http::extract::Allow) and others).
    pub fn guarded<F: FnOnce(&mut ServiceConfig)>(&self, own: F) -> impl FnOnce(&mut ServiceConfig) + use<F> {
        self.0.http.instance.guarded(own)
    }
}

impl Bailiwick {
    /// Serves `GET /metrics` until `stop` is ready. Run it beside [`Self::serve`].
    pub async fn serve_metrics(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        Ok(bailiwick_http::serve_metrics(listener, self.app(), stop).await?)
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
            bailiwick_http::serve(listener, self.app().clone(), settings, self.pages(), routes, stop).await;
        // If the HTTP server failed, no stop was requested.
        let since = stopping.await.unwrap_or_else(|_| Instant::now());
        let ended = tasks.stop(since.checked_add(time_to_stop)).await;
        served?;
        ended
    }

    /// Requires that the schema is up to date, and prepares the store.
    async fn ready(&self) -> Result<(), ServeError> {
        if let Some(database) = &self.database {
            let pending = self.within_start_wait(database.pending_migrations()).await?;
            let pending = pending.map_err(ServeError::Database)?;
            if !pending.is_empty() {
                return Err(ServeError::NotMigrated(pending.join(", ")));
            }
        }
        self.prepare().await
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
    fn pages(&self) -> Option<Arc<dyn Pages>> {
        #[cfg(feature = "console")]
        return Some(Arc::new(bailiwick_console::Console::new(self.brand.clone())));
        #[cfg(not(feature = "console"))]
        None
    }
}
