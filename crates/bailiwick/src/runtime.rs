//! What was built, and how it runs.

use std::future::Future;
use std::net::TcpListener;

use bailiwick_app::App;
use bailiwick_http::HttpSettings;
use bailiwick_store::{Database, OpenError};
use tokio::sync::oneshot;

use crate::{Builder, ServeError};

/// The application with its adapters. Dropping it gives a claimed SQLite file free.
pub struct Bailiwick {
    app: App,
    database: Option<Database>,
}

impl Bailiwick {
    /// Starts with no choice made.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(app: App, database: Option<Database>) -> Self {
        Self { app, database }
    }

    /// The use cases, and who answers questions about authority.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Brings the schema up to date, under a lock, and names what was applied.
    /// A store of your own ([`Builder::store`]) sees to that itself.
    pub async fn migrate(&self) -> Result<Vec<String>, OpenError> {
        match &self.database {
            Some(database) => database.migrate().await,
            None => Ok(Vec::new()),
        }
    }

    /// Answers `GET /metrics` until `stop` is ready; to be run beside [`Self::serve`].
    pub async fn serve_metrics(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ServeError> {
        Ok(bailiwick_http::serve_metrics(listener, &self.app, stop).await?)
    }

    /// Completes the catalogue of permissions, then answers requests and sends
    /// mail until `stop` is ready. Requests under way are ended first, then the
    /// mail in hand; what is left in the outbox goes out after the next start.
    ///
    /// For routes beside your own, use [`bailiwick_http::configure`], and run
    /// [`App::complete_catalogue`], [`App::outbox`], [`App::housekeeper`] and
    /// [`Authority::keep_told`](bailiwick_app::Authority::keep_told) yourself.
    pub async fn serve(
        &self,
        listener: TcpListener,
        settings: HttpSettings,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        self.app.complete_catalogue().await.map_err(ServeError::Catalogue)?;
        // They stop when the other end is gone, also when this future is dropped.
        let (outbox_runs, ended) = oneshot::channel();
        let outbox = tokio::spawn(self.app.outbox().run(gone(ended)));
        let (housekeeper_runs, ended) = oneshot::channel();
        let housekeeper = tokio::spawn(self.app.housekeeper().run(gone(ended)));
        let (memory_runs, ended) = oneshot::channel();
        let app = self.app.clone();
        let memory = tokio::spawn(async move { app.authority().keep_told(Box::pin(gone(ended))).await });
        let served = bailiwick_http::serve(listener, self.app.clone(), settings, stop).await;
        drop((outbox_runs, housekeeper_runs, memory_runs));
        for task in [outbox, housekeeper, memory] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task beside the requests broke down");
            }
        }
        Ok(served?)
    }
}

async fn gone(other_end: oneshot::Receiver<()>) {
    let _ = other_end.await;
}

impl std::fmt::Debug for Bailiwick {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bailiwick").finish_non_exhaustive()
    }
}
