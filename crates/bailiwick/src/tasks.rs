//! The background tasks of the service, and how they are stopped.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::feed::FeedReader;
use bailiwick_app::{App, Stop};
use bailiwick_store::Database;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::ServeError;

/// Minimum time that the tasks have to stop, even if the requests have used up the timeout.
const MIN_STOP_TIME: Duration = Duration::from_secs(1);

/// The background tasks. When this is dropped, each task stops after the work that it has begun.
pub(crate) struct Tasks(Vec<Task>);

struct Task {
    handle: JoinHandle<()>,
    stops_when_dropped: oneshot::Sender<()>,
    /// The work that is left undone if the task is aborted.
    leaves: &'static str,
}

impl Tasks {
    /// Starts all tasks. Those that write hold the database, so that its file stays claimed until they end.
    pub fn start(app: &App, database: Option<&Arc<Database>>, readers: &[FeedReader]) -> Self {
        let outbox = app.outbox();
        let housekeeper = app.housekeeper();
        let (held, also_held) = (database.cloned(), database.cloned());
        let mut tasks = vec![
            Task::start("mail in hand (it is sent again after the next start)", |stop| async move {
                outbox.run(stop).await;
                drop(held);
            }),
            Task::start("the record of when accounts were last active", |stop| async move {
                housekeeper.run(stop).await;
                drop(also_held);
            }),
            Task::invalidation(app),
        ];
        tasks.extend(readers.iter().map(|reader| Task::reader(app, reader, database.cloned())));
        Self(tasks)
    }

    /// Starts only the invalidation of the cache, beside which a writer learns at once that other nodes have
    /// applied its changes.
    pub fn start_invalidation(app: &App) -> Self {
        Self(vec![Task::invalidation(app)])
    }

    /// Stops all tasks, and waits until `deadline`, but at least [`MIN_STOP_TIME`]. A task that has not
    /// ended then is aborted and named in [`ServeError::Unfinished`].
    pub async fn stop(self, deadline: Option<Instant>) -> Result<(), ServeError> {
        let soonest = Instant::now() + MIN_STOP_TIME;
        let deadline = deadline.map_or(soonest, |deadline| deadline.max(soonest));
        let stopping: Vec<_> = self.0.into_iter().map(Task::finish).collect();
        let mut undone = Vec::new();
        for (mut handle, leaves) in stopping {
            match timeout_at(deadline, &mut handle).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a background task failed"),
                Err(_) => {
                    handle.abort();
                    tracing::warn!("left undone at the deadline of the stop: {leaves}");
                    undone.push(leaves);
                }
            }
        }
        if undone.is_empty() { Ok(()) } else { Err(ServeError::Unfinished(undone.join("; "))) }
    }
}

impl Task {
    fn invalidation(app: &App) -> Self {
        let app = app.clone();
        Self::start("the end of this node's lease (it expires by itself)", |stop| async move {
            app.authority().run_invalidation(stop).await;
        })
    }

    fn reader(app: &App, reader: &FeedReader, held: Option<Arc<Database>>) -> Self {
        let runner = app.feed(reader.clone());
        Self::start("a change in the hands of a reader (it gets the change again)", |stop| async move {
            runner.run(stop).await;
            drop(held);
        })
    }

    fn start<F>(leaves: &'static str, run: impl FnOnce(Stop) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stops_when_dropped, stopped) = oneshot::channel();
        let stop = Box::pin(async move { drop(stopped.await) });
        Self { handle: tokio::spawn(run(stop)), stops_when_dropped, leaves }
    }

    fn finish(self) -> (JoinHandle<()>, &'static str) {
        drop(self.stops_when_dropped);
        (self.handle, self.leaves)
    }
}
