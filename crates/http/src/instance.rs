//! One instance of the HTTP side, for the actix application of an embedder.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use actix_web::guard::fn_guard;
use actix_web::web::{self, ServiceConfig};
use bailiwick_app::App;

use crate::draining::Draining;
use crate::mount::{behind_middleware, mount_with_pages, register};
use crate::pages::Pages;
use crate::settings::HttpSettings;
use crate::socket::Hub;

/// Routes, pages and sockets of one instance. Clones are of the same instance, so give one to each
/// worker. Several instances in one application do not meet.
#[derive(Clone)]
pub struct Instance(Arc<Parts>);

struct Parts {
    app: App,
    settings: HttpSettings,
    sockets: Hub,
    pages: Option<Arc<dyn Pages>>,
    /// The prefixes of [`Instance::routes`].
    prefixes: RwLock<Vec<String>>,
}

impl Instance {
    /// Creates an instance, and starts to follow events and changes of authority on the runtime of the
    /// caller. `pages` are pages for people, if any.
    pub fn start(app: App, settings: HttpSettings, pages: Option<Arc<dyn Pages>>) -> Self {
        let sockets = Hub::new(app.clone(), &settings, &Draining::default());
        sockets.start();
        Self(Arc::new(Parts { app, settings, sockets, pages, prefixes: RwLock::default() }))
    }

    /// Mounts the routes and the pages under a prefix such as `/identity`. The public URL should end
    /// with the prefix, because links begin with it. With an empty prefix every path is answered here,
    /// so nothing that is mounted later is reached; [`mount`](crate::mount()) takes routes of the
    /// embedder beside.
    pub fn routes(&self, prefix: &str) -> impl FnOnce(&mut ServiceConfig) + use<> {
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            path => format!("/{path}"),
        };
        self.0.add(&prefix);
        let parts = self.0.clone();
        move |cfg| {
            let Parts { app, settings, sockets, pages, .. } = &*parts;
            let routes = web::scope(&prefix);
            cfg.service(routes.configure(|cfg| {
                mount_with_pages(cfg, app, settings, sockets, pages.as_ref(), |_| ());
            }));
        }
    }

    /// Mounts routes of the embedder behind the same middleware: request ids, problems, and a 500 if no
    /// extractor decided whether the caller may have the response. Every path that no service has is
    /// answered here, except those under a prefix of [`Self::routes`]. So these routes come last in the
    /// application; with several instances, mount those of each in a scope.
    pub fn guarded<F: FnOnce(&mut ServiceConfig)>(&self, own: F) -> impl FnOnce(&mut ServiceConfig) + use<F> {
        let parts = self.0.clone();
        move |cfg| {
            let Parts { app, settings, sockets, .. } = &*parts;
            let routes = web::scope("").configure(|cfg| register(cfg, app, settings, sockets)).configure(own);
            let routes = behind_middleware(routes, settings);
            let parts = parts.clone();
            cfg.service(
                web::scope("").guard(fn_guard(move |of| !parts.has(of.head().uri.path()))).service(routes),
            );
        }
    }

    /// Refuses new sockets, and closes the open ones with code 1012. `/readyz` answers 503 from now on.
    pub fn drain(&self) {
        self.0.sockets.draining().begin();
        self.0.sockets.drain();
    }

    /// Returns the settings.
    pub fn settings(&self) -> &HttpSettings {
        &self.0.settings
    }
}

impl Parts {
    fn add(&self, prefix: &str) {
        let mut prefixes = self.prefixes.write().unwrap_or_else(PoisonError::into_inner);
        if !prefix.is_empty() && !prefixes.iter().any(|known| known == prefix) {
            prefixes.push(prefix.to_owned());
        }
    }

    /// Returns whether a path is under a prefix.
    fn has(&self, path: &str) -> bool {
        let prefixes = self.prefixes.read().unwrap_or_else(PoisonError::into_inner);
        let mut rests = prefixes.iter().filter_map(|prefix| path.strip_prefix(prefix.as_str()));
        rests.any(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("sockets", &self.0.sockets).finish_non_exhaustive()
    }
}
