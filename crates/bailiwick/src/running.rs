//! The started application.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bailiwick_app::App;
use tokio::time::Instant;

use crate::http_side::{HttpChoice, HttpSide};
use crate::tasks::Tasks;
use crate::{Bailiwick, ServeError};

/// The application with everything that runs beside requests, for an application of your own.
/// Clones are of the same application, so give one to each worker. Without [`Self::stop`], the work
/// beside requests ends when the last clone is dropped.
#[derive(Clone)]
pub struct Running(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) http: HttpSide,
    tasks: Mutex<Option<Tasks>>,
    bailiwick: Bailiwick,
}

impl Running {
    /// Prepares the store, and starts the work beside requests on the runtime of the caller.
    pub(crate) async fn start(bailiwick: Bailiwick, http: HttpChoice) -> Result<Self, ServeError> {
        bailiwick.prepare().await?;
        let tasks = Mutex::new(Some(bailiwick.start_tasks()));
        let http = http.start(&bailiwick);
        Ok(Self(Arc::new(Parts { http, tasks, bailiwick })))
    }

    /// Returns the use cases, and with [`App::authority`] the checks of authority.
    pub fn app(&self) -> &App {
        self.0.bailiwick.app()
    }

    /// Closes the sockets, sends the mail in hand, records the last activity and gives up the lease. It
    /// takes `HttpSettings::shutdown_timeout` at most (15 s without the feature `http`), or a second if that
    /// is shorter; work that is left undone then is named in the log. A second call does nothing.
    ///
    /// Call it when the HTTP server has ended. At SIGTERM actix waits for open sockets up to its own
    /// `shutdown_timeout` (30 s unless you set it); `Bailiwick::serve_with` closes them first.
    pub async fn stop(&self) {
        self.0.http.drain();
        let tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(tasks) = tasks {
            let deadline = Instant::now().checked_add(self.0.http.stop_time());
            // What is left undone was logged.
            _ = tasks.stop(deadline).await;
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}
