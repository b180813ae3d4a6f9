//! The builder of a service under test.

use std::sync::Arc;

use actix_web::web::Data as AppData;
use bailiwick::Builder;
use bailiwick::app::authority::Permit;
use bailiwick::app::ports::Store;
use bailiwick::app::{OwnRefusal, Settings};
use bailiwick::http::{HttpSettings, ServiceConfig};
use bailiwick::roles::SystemRole;

use crate::MemoryStore;
use crate::app::options::{Checks, OwnStore, TestAppOptions};
use crate::app::service::Data;
use crate::app::{Engine, TestApp};

/// A service to be started, with routes of the program under test. Without further choices the data is in
/// memory, nothing is rate limited, passwords are hashed at no cost, and the test fails if it ends with mail
/// or events that it did not take.
#[derive(Debug)]
#[must_use = "nothing is started without `.start().await`"]
pub struct TestAppBuilder {
    options: TestAppOptions,
    database: Option<Engine>,
}

impl TestApp {
    /// Returns a builder of a service with routes of your own.
    pub fn builder() -> TestAppBuilder {
        let checks = Checks { description: false, unread_events: true, ..Checks::default() };
        let options = TestAppOptions { strict_mail: true, checks, faults: true, ..TestAppOptions::default() };
        TestAppBuilder { options, database: None }
    }
}

impl TestAppBuilder {
    /// Mounts routes at the root beside those of the service, as `Bailiwick::serve_with` does. Called several
    /// times, all are mounted.
    pub fn routes(mut self, routes: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) -> Self {
        self.options.own.routes.push(Arc::new(routes));
        self
    }

    /// Hands `state` to handlers as `web::Data<T>`. All workers share it.
    pub fn state<T: Send + Sync + 'static>(self, state: T) -> Self {
        let data = AppData::new(state);
        self.routes(move |cfg| {
            cfg.app_data(data.clone());
        })
    }

    /// Declares a permission, as `Builder::permission` of the service does.
    pub fn permission<P: Permit>(self, description: &str, role: SystemRole) -> Self {
        let description = description.to_owned();
        self.configure(move |builder| builder.permission::<P>(&description, role))
    }

    /// Declares a refusal, as `Builder::refusal` of the service does.
    pub fn refusal(self, refusal: OwnRefusal) -> Self {
        self.configure(move |builder| builder.refusal(refusal.clone()))
    }

    /// Makes any other choice of the builder of the service, such as a veto, a reader or a brand. It comes
    /// after the choices of the testkit, and each time that the service starts.
    pub fn configure(mut self, choice: impl Fn(Builder) -> Builder + Send + Sync + 'static) -> Self {
        self.options.own.choices.push(Arc::new(choice));
        self
    }

    /// Changes settings of the use cases. Rate limits are switched on by [`Self::rate_limits`] alone.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.options.settings);
        self
    }

    /// Changes settings of the HTTP server. The public URL is that of the test.
    pub fn http(mut self, change: impl FnOnce(&mut HttpSettings)) -> Self {
        change(&mut self.options.http);
        self
    }

    /// Counts rate limits, and failed logins, in the process.
    pub fn rate_limits(mut self) -> Self {
        self.options.throttle = true;
        self
    }

    /// Stores the data in a SQLite file that exists for this test, copied from one that is migrated once.
    pub fn sqlite(self) -> Self {
        self.database(&Engine::Sqlite)
    }

    /// Stores the data in a PostgreSQL database that exists for this test, copied from one that is migrated
    /// once. `server` is the URL of a server, as a role that may create databases.
    pub fn postgres(self, server: &str) -> Self {
        self.database(&Engine::Postgres { server: server.to_owned() })
    }

    /// Stores the data in a database of this engine that exists for this test.
    pub fn database(mut self, engine: &Engine) -> Self {
        self.database = Some(engine.clone());
        self
    }

    /// Stores the data in a store of your own.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.options.store = Some(OwnStore(store));
        self
    }

    /// Lets the test end with mail that it did not take.
    pub fn allow_unread_mail(mut self) -> Self {
        self.options.strict_mail = false;
        self
    }

    /// Lets a socket be dropped with events that the test did not receive.
    pub fn allow_unread_events(mut self) -> Self {
        self.options.checks.unread_events = false;
        self
    }

    /// Starts the service, on a port that is free. Panics if it cannot be built.
    pub async fn start(self) -> TestApp {
        let data = match self.database {
            Some(engine) => Data::Database(engine.create_migrated().await),
            None => Data::Memory(MemoryStore::new()),
        };
        TestApp::start_on(data, self.options).await
    }
}
