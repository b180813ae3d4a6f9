//! Starts the service under test on a thread of its own.

use std::net::TcpListener;
use std::sync::Arc;

use bailiwick::app::ports::{EventBus, Store};
use bailiwick::app::{App, Settings};
use bailiwick::http::{HttpSettings, ServiceConfig};
use bailiwick::infra::{LocalBus, LocalThrottle, RedisBus};
use bailiwick::store::{self, Database};
use bailiwick::{Bailiwick, Builder};
use tokio::sync::oneshot;

use crate::app::options::{OwnStore, TestAppOptions};
use crate::app::service::Data;
use crate::app::{Faults, Postbox};
use crate::{CountingHasher, Delegating, ManualClock, SeededIds};

/// Arguments of the thread that starts the service.
pub(super) struct Start {
    pub data: Data,
    pub public_url: String,
    pub clock: Arc<ManualClock>,
    pub post: Arc<Postbox>,
    pub hasher: Arc<CountingHasher>,
    pub ids: Arc<SeededIds>,
    pub faults: Faults,
    pub bus: LocalBus,
    pub options: TestAppOptions,
}

/// What the test has of the started service.
pub(super) struct Started {
    pub app: App,
    /// The store behind all faults.
    pub store: Arc<dyn Store>,
}

/// A built service that is not served yet.
struct Built {
    bailiwick: Bailiwick,
    /// The store behind all faults.
    store: Arc<dyn Store>,
    /// The open database behind a store with faults; its file stays claimed until it is dropped.
    _database: Option<Database>,
}

impl Start {
    /// Runs the service on a runtime of its own until `stopped`.
    pub fn serve(
        self,
        listener: TcpListener,
        ready: oneshot::Sender<Started>,
        stopped: oneshot::Receiver<()>,
    ) {
        actix_web::rt::System::new().block_on(async move {
            let http = HttpSettings { public_url: self.public_url.clone(), ..self.options.http.clone() };
            let built = self.build().await;
            built.bailiwick.migrate().await.expect("migrations");
            // Requests are answered on other threads.
            self.faults.exempt_this_thread();
            let _ = ready.send(Started { app: built.bailiwick.app().clone(), store: built.store.clone() });
            let stop = async {
                let _ = stopped.await;
            };
            let routes = self.options.own.routes;
            let own = move |cfg: &mut ServiceConfig| routes.iter().for_each(|mount| mount(cfg));
            built.bailiwick.serve_with(listener, http, stop, own).await.expect("the service runs");
        });
    }

    async fn build(&self) -> Built {
        let settings = Settings { throttle_enabled: self.options.throttle, ..self.options.settings.clone() };
        let builder = Bailiwick::builder()
            .jwt((self.options.keys)())
            .clock(self.clock.clone())
            .ids(self.ids.clone())
            .public_url(&self.public_url)
            .brand(self.options.brand.clone())
            .settings(settings);
        let builder = self.with_mail(builder);
        let builder = match self.options.argon2 {
            Some(options) => builder.hasher_options(options),
            None => builder.hasher(self.hasher.clone()),
        };
        let builder = self.with_ports(builder).await;
        let (builder, store, database) = self.with_store(builder).await;
        let builder = self.options.own.choices.iter().fold(builder, |builder, choice| choice(builder));
        let bailiwick = builder.build().await.expect("the service is built");
        let store = store.unwrap_or_else(|| bailiwick.app().parts().store.clone());
        Built { bailiwick, store, _database: database }
    }

    fn with_mail(&self, builder: Builder) -> Builder {
        let builder = match &self.options.mail_files {
            Some(directory) => builder.mail_to_files(directory),
            None if self.options.faults => builder.mailer(Arc::new(self.faults.around(self.post.clone()))),
            None => builder.mailer(self.post.clone()),
        };
        match &self.options.mail_templates {
            Some(directory) => builder.mail_templates(directory),
            None => builder,
        }
    }

    /// Chooses the bus, and with faults also the throttle.
    async fn with_ports(&self, builder: Builder) -> Builder {
        let bus: Arc<dyn EventBus> = match &self.options.events {
            Some((url, prefix)) => {
                Arc::new(RedisBus::connect(url, prefix).await.expect("an address of Redis"))
            }
            None => Arc::new(self.bus.clone()),
        };
        if !self.options.faults {
            return builder.bus(bus);
        }
        let throttle = self.faults.around(LocalThrottle::default());
        builder.bus(Arc::new(self.faults.around(bus))).throttle(Arc::new(throttle))
    }

    /// Chooses the store. Returns it without its faults, and the database that was opened for it, if any.
    async fn with_store(&self, builder: Builder) -> (Builder, Option<Arc<dyn Store>>, Option<Database>) {
        let mut open = None;
        let store: Arc<dyn Store> = match (&self.options.store, &self.data) {
            (Some(OwnStore(store)), _) => store.clone(),
            (None, Data::Memory(store)) => Arc::new(store.clone()),
            (None, Data::Database(database)) if self.options.faults => {
                let database = open_claimed(database.url()).await;
                let store = database.store();
                open = Some(database);
                store
            }
            (None, Data::Database(database)) => return (builder.database_url(database.url()), None, None),
        };
        if !self.options.faults {
            return (builder.store(store.clone()), Some(store), None);
        }
        let faulty = Arc::new(Delegating(self.faults.around(store.clone())));
        (builder.store(faulty), Some(store), open)
    }
}

/// Opens the migrated database as the service does it.
async fn open_claimed(url: &str) -> Database {
    let mut database = store::open(url, &store::Options::default()).await.expect("a database");
    database.migrate().await.expect("migrations");
    database.claim_exclusively().expect("a file of this test");
    database
}
