//! The built application.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::App;
use bailiwick_app::feed::FeedReader;
use bailiwick_presentation::Brand;
use bailiwick_store::{Database, OpenError};
use tokio::time::{sleep, timeout};

use crate::tasks::Tasks;
use crate::{Builder, ServeError};

/// Time until a wait at the start is reported.
const FIRST_REPORT: Duration = Duration::from_secs(3);

/// The application with its adapters. Dropping it releases a claimed SQLite file.
pub struct Bailiwick {
    pub(crate) app: App,
    pub(crate) database: Option<Arc<Database>>,
    pub(crate) readers: Vec<FeedReader>,
    pub(crate) start_wait: Duration,
    #[cfg_attr(not(feature = "console"), expect(dead_code, reason = "only pages show it"))]
    pub(crate) brand: Arc<Brand>,
}

impl Bailiwick {
    /// Returns a builder without any choice.
    pub fn builder() -> Builder {
        Builder::default()
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

    pub(crate) fn start_tasks(&self) -> Tasks {
        Tasks::start(&self.app, self.database.as_ref(), &self.readers)
    }

    /// Does what must be done before requests: completes the catalogue, and registers the readers of the
    /// feed.
    pub(crate) async fn prepare(&self) -> Result<(), ServeError> {
        self.complete_catalogue().await?;
        for reader in &self.readers {
            let registered = self.within_start_wait(self.app.register_reader(reader)).await?;
            registered.map_err(ServeError::Reader)?;
        }
        Ok(())
    }

    /// Inserts the catalogue, then grants the declared permissions step by step. The limit applies to each
    /// step, because any number of organizations may need them; progress is never undone.
    async fn complete_catalogue(&self) -> Result<(), ServeError> {
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

    pub(crate) async fn within_start_wait<T>(&self, step: impl Future<Output = T>) -> Result<T, ServeError> {
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
