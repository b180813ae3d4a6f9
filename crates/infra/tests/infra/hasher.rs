//! Password hashing on threads of its own.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use bailiwick_infra::{Argon2Hasher, HasherOptions};
use bailiwick_kernel::{IdSource, Timestamp};
use bailiwick_users::{HashError, Password, PasswordHash, PasswordHasher, Verdict};
use uuid::Uuid;

use crate::fakes::CountingIds;

fn password(text: &str) -> Password {
    Password::claimed(text).unwrap()
}

fn stored(text: &str) -> PasswordHash {
    PasswordHash::from_stored(text.to_owned())
}

fn hasher() -> Argon2Hasher {
    Argon2Hasher::start(Arc::new(CountingIds::default()), HasherOptions::default()).unwrap()
}

#[tokio::test]
async fn a_hash_has_the_documented_parameters() {
    let hasher = hasher();
    let hash = hasher.hash(&password("correct horse")).await.unwrap();
    let parts: Vec<_> = hash.as_str().split('$').collect();
    assert_eq!(parts[..4], ["", "argon2id", "v=19", "m=19456,t=2,p=1"]);
    assert_eq!((parts[4].len(), parts[5].len()), (22, 43));
}

/// Strings from the tests of the reference implementation (P-H-C, phc-winner-argon2, `src/test.c`):
/// other memory, other variant, other version.
#[tokio::test]
async fn hashes_of_other_parameters_are_found_and_told() {
    let hasher = hasher();
    for text in [
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
    ] {
        let hash = stored(text);
        assert_eq!(
            hasher.verify(&password("password"), Some(&hash)).await,
            Ok(Verdict::MatchOutdated),
            "{text}"
        );
        assert_eq!(hasher.verify(&password("passwort"), Some(&hash)).await, Ok(Verdict::NoMatch), "{text}");
    }
}

#[tokio::test]
async fn corrupt_and_monstrous_hashes_are_no_match() {
    let hasher = hasher();
    let salt_and_output = "c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let mut texts: Vec<_> = [
        "m=262145,t=1,p=1",
        "m=4294967295,t=1,p=1",
        "m=65536,t=11,p=1",
        "m=65536,t=2,p=17",
        "m=65536,t=0,p=1",
        "m=1,t=2,p=1",
        "m=x,t=2,p=1",
        "m=65536,t=2,p=1,q=1",
    ]
    .iter()
    .map(|params| format!("$argon2id$v=19${params}${salt_and_output}"))
    .collect();
    texts.extend([
        String::new(),
        "$".to_owned(),
        "password".to_owned(),
        "$argon2id$".to_owned(),
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ".to_owned(),
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFQ".to_owned(),
        format!("$argon2id$v=18$m=65536,t=2,p=1${salt_and_output}"),
        format!("$argon2x$v=19$m=65536,t=2,p=1${salt_and_output}"),
        format!("$argon2id$v=19$m=65536,t=2,p=1$${salt_and_output}$"),
        "\u{0}\u{ffff}".repeat(5000),
    ]);
    for text in texts {
        assert_eq!(
            hasher.verify(&password("password"), Some(&stored(&text))).await,
            Ok(Verdict::NoMatch),
            "{text}"
        );
    }
}

/// A source of salts that blocks the hashing thread until the test releases it.
struct Gate {
    entered: Sender<()>,
    release: Mutex<Receiver<()>>,
    salts: AtomicUsize,
}

impl IdSource for Gate {
    fn uuid_v7(&self, _: Timestamp) -> Uuid {
        Uuid::nil()
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(1);
        self.salts.fetch_add(1, Ordering::SeqCst);
        let _ = self.entered.send(());
        // After the test has dropped its end, nothing blocks any more.
        let _ = self.release.lock().unwrap().recv();
    }
}

struct Gated {
    hasher: Argon2Hasher,
    gate: Arc<Gate>,
    entered: Receiver<()>,
    release: Sender<()>,
}

/// A hasher with one thread and a queue of one.
fn gated(max_wait: Duration) -> Gated {
    let ((enter, entered), (release, released)) = (channel(), channel());
    let gate = Arc::new(Gate { entered: enter, release: Mutex::new(released), salts: AtomicUsize::new(0) });
    let options = HasherOptions { threads: 1, queue: 1, max_wait };
    let hasher = Argon2Hasher::start(gate.clone(), options).unwrap();
    Gated { hasher, gate, entered, release }
}

fn starts_waiting(future: std::pin::Pin<&mut impl Future>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

const LONG: Duration = Duration::from_mins(10);

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_those_inside_are_served() {
    let Gated { hasher, gate, entered, release } = gated(LONG);
    let password = password("correct horse");
    let (mut first, mut second) = (pin!(hasher.hash(&password)), pin!(hasher.hash(&password)));
    assert!(starts_waiting(first.as_mut()));
    entered.recv().unwrap();
    assert!(starts_waiting(second.as_mut()));
    assert_eq!(hasher.hash(&password).await, Err(HashError::Overloaded));
    assert_eq!(hasher.verify(&password, None).await, Err(HashError::Overloaded));
    drop(release);
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(gate.salts.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_is_refused_and_costs_no_hash() {
    let Gated { hasher, gate, entered, release } = gated(Duration::from_secs(10));
    let password = password("correct horse");
    {
        let mut first = pin!(hasher.hash(&password));
        assert!(starts_waiting(first.as_mut()));
        entered.recv().unwrap();
        let start = tokio::time::Instant::now();
        assert_eq!(hasher.hash(&password).await, Err(HashError::Overloaded));
        assert_eq!(start.elapsed().as_secs(), 10);
    }
    drop(release);
    drop(hasher);
    assert_eq!(gate.salts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_went_away_costs_no_hash() {
    let Gated { hasher, gate, entered, release } = gated(LONG);
    let password = password("correct horse");
    let mut first = pin!(hasher.hash(&password));
    assert!(starts_waiting(first.as_mut()));
    entered.recv().unwrap();
    {
        let mut gone = pin!(hasher.hash(&password));
        assert!(starts_waiting(gone.as_mut()));
        assert_eq!(hasher.hash(&password).await, Err(HashError::Overloaded));
    }
    // A dropped request does not keep its place in the queue.
    let mut second = pin!(hasher.hash(&password));
    assert!(starts_waiting(second.as_mut()));
    drop(release);
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(gate.salts.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn the_threads_end_with_the_hasher() {
    let ids = Arc::new(CountingIds::default());
    let options = HasherOptions { threads: 3, ..HasherOptions::default() };
    let hasher = Argon2Hasher::start(ids.clone(), options).unwrap();
    hasher.hash(&password("correct horse")).await.unwrap();
    assert_eq!(Arc::strong_count(&ids), 4);
    drop(hasher);
    assert_eq!(Arc::strong_count(&ids), 1);
}
