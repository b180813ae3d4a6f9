//! One of the stores that are compared, with the applications on it and its fakes of the other ports.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use bailiwick::app::changes::Vetoes;
use bailiwick::app::{App, ClientInfo, Context, MailMessage, Parts, Settings, Store};
use bailiwick::infra::{JwtKeys, JwtTokens, LocalThrottle, TokenParties};
use bailiwick::kernel::{ServerKey, Timestamp, TokenKind};
use bailiwick::store::{Options, open};
use bailiwick_testkit::app::{Database, Engine, SECRET};
use bailiwick_testkit::{
    CapturedMail, Flaw, ManualClock, MemoryStore, OpenBus, QuickHasher, RunningStopwatch, SeededIds,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::known::{Learned, Link, NAMES, email};
use crate::snapshot::Snapshot;

/// Number of nodes on each store; they take turns.
const NODES: usize = 2;

/// A store with its nodes.
pub struct Side {
    /// Its name, for messages.
    pub name: &'static str,
    /// The mail that was delivered.
    pub mail: Arc<CapturedMail>,
    nodes: Vec<Node>,
    /// An application that never answers from a cache.
    pub uncached: App,
    /// Declared last, so that the database is dropped last.
    _database: Option<Database>,
}

/// An application with a cache of its own.
struct Node {
    app: App,
    stop: oneshot::Sender<()>,
    invalidation: JoinHandle<()>,
}

impl Side {
    /// Creates the store in memory, with a flaw if one is wanted.
    pub async fn memory(flaw: Option<Flaw>, clock: &Arc<ManualClock>, settings: &Settings) -> Self {
        let store = flaw.map_or_else(MemoryStore::new, MemoryStore::with_flaw);
        let stores = vec![Arc::new(store) as Arc<dyn Store>; NODES];
        Self::new("memory", stores, None, clock, settings).await
    }

    /// Creates a database. Each node opens that on PostgreSQL by itself; a file is served by one process.
    pub async fn on(engine: &Engine, clock: &Arc<ManualClock>, settings: &Settings) -> Self {
        let database = engine.create_migrated().await;
        let opened = async || {
            let options = Options { pool_size: 2, ..Options::default() };
            open(database.url(), &options).await.unwrap().store()
        };
        let mut stores = vec![opened().await; NODES];
        if *engine != Engine::Sqlite {
            for other in &mut stores[1..] {
                *other = opened().await;
            }
        }
        let name = if *engine == Engine::Sqlite { "SQLite" } else { "PostgreSQL" };
        Self::new(name, stores, Some(database), clock, settings).await
    }

    async fn new(
        name: &'static str,
        stores: Vec<Arc<dyn Store>>,
        database: Option<Database>,
        clock: &Arc<ManualClock>,
        settings: &Settings,
    ) -> Self {
        let mail = Arc::new(CapturedMail::new());
        let keys = JwtKeys::hs256(SECRET).unwrap();
        let ids_of_tokens = Arc::new(SeededIds::new(9));
        let parts = Parts {
            store: stores[0].clone(),
            hasher: Arc::new(QuickHasher),
            tokens: Arc::new(JwtTokens::new(keys, TokenParties::default(), ids_of_tokens).unwrap()),
            mailer: mail.clone(),
            throttle: Arc::new(LocalThrottle::default()),
            bus: Arc::new(OpenBus::default()),
            clock: clock.clone(),
            stopwatch: Arc::new(RunningStopwatch::default()),
            ids: Arc::new(SeededIds::default()),
            server_key: ServerKey::new(&[7; 32]),
            settings: Settings { answer_pace: Duration::ZERO, ..settings.clone() },
            vetoes: Vetoes::default(),
        };
        let uncached = App::new(parts.clone());
        let mut nodes = Vec::new();
        for store in stores {
            nodes.push(Node::start(App::new(Parts { store, ..parts.clone() })).await);
        }
        Self { name, mail, nodes, uncached, _database: database }
    }

    /// Returns the application of the node that takes step `number`, called from the address of `who`.
    pub fn app(&self, number: usize, who: usize) -> App {
        let octet = u8::try_from(who).unwrap_or_default();
        let ip = Some(std::net::Ipv4Addr::new(192, 0, 2, octet).into());
        let client = ClientInfo { device: Some("simulation".into()), ip };
        let request_id = Some(format!("step-{number}").into());
        let context = Context { request_id, client, accept_language: Some("en".into()) };
        self.nodes[number % self.nodes.len()].app.on_behalf(context)
    }

    /// Returns the application of each node.
    pub fn apps(&self) -> impl Iterator<Item = &App> {
        self.nodes.iter().map(|node| &node.app)
    }

    /// Reads the state of the store.
    pub async fn snapshot(&self, now: Timestamp) -> Snapshot {
        Snapshot::read(&*self.uncached.parts().store, now).await
    }

    /// Delivers the mail that is due, and returns its text and what it tells.
    pub async fn deliver(&self) -> (String, Vec<Learned>) {
        self.uncached.outbox().send_due().await.unwrap();
        let (mut text, mut learned) = (String::new(), Vec::new());
        for of in 0..NAMES.len() {
            for mail in self.mail.take_for(&email(of)) {
                let _ = writeln!(text, "{mail:?}");
                if let Some((kind, secret)) = kind_of(&mail.message).zip(mail.message.secret()) {
                    text += secret.reveal();
                    learned.push(Learned::Link(Link { kind, of, text: secret.reveal().to_owned() }));
                }
            }
        }
        (text, learned)
    }

    /// Stops the nodes.
    pub async fn stop(self) {
        for node in self.nodes {
            let _ = node.stop.send(());
            node.invalidation.await.unwrap();
        }
    }
}

impl Node {
    async fn start(app: App) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let running = app.clone();
        let stopped = Box::pin(async move { _ = stopped.await });
        let invalidation = tokio::spawn(async move { running.authority().run_invalidation(stopped).await });
        while !app.authority().cache().holds_lease() {
            tokio::task::yield_now().await;
        }
        Self { app, stop, invalidation }
    }
}

fn kind_of(message: &MailMessage) -> Option<TokenKind> {
    match message {
        MailMessage::VerifyEmail { .. } => Some(TokenKind::EmailVerification),
        MailMessage::ResetPassword { .. } => Some(TokenKind::PasswordReset),
        MailMessage::ConfirmEmail { .. } => Some(TokenKind::EmailChange),
        MailMessage::Invitation { .. } => Some(TokenKind::Invitation),
        _ => None,
    }
}
