//! Pages while the store fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bailiwick::app::ports::{Store, Tx};
use bailiwick::kernel::StoreError;
use bailiwick_testkit::app::{Engine, OwnStore, TestApp, TestAppOptions};
use bailiwick_testkit::{Delegate, Delegating, MemoryStore};

use super::browser::Browser;
use crate::logins::reset_token;

/// A store that fails to read after a number of reads, if one is set.
struct Failing {
    store: MemoryStore,
    reads_left: AtomicUsize,
}

#[async_trait]
impl Delegate for Failing {
    fn inner(&self) -> &dyn Store {
        &self.store
    }

    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError> {
        let take = |left: usize| left.checked_sub(1);
        match self.reads_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(_) => self.store.begin_read().await,
            Err(_) => Err(StoreError::Unavailable("told to fail".to_owned())),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_was_set_is_not_shown_as_a_failure() {
    let store =
        Arc::new(Delegating(Failing { store: MemoryStore::default(), reads_left: usize::MAX.into() }));
    let options = TestAppOptions { store: Some(OwnStore(store.clone())), ..TestAppOptions::default() };
    let app = TestApp::start_with(&Engine::Sqlite, options).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let browser = Browser::of(&app);
    browser.sign_in(&bob.email).await;
    let token = reset_token(&app, &ada.email).await;
    browser.open("/account").await.page(200, "Account").has(">Sign out<");

    // The person of the request: session and profile; then the token; and the person once more.
    store.0.reads_left.store(3, Ordering::SeqCst);
    let fields = [("token", token.as_str()), ("password", "another long one")];
    let shown = browser.submit("/reset-password", &fields).await;
    store.0.reads_left.store(usize::MAX, Ordering::SeqCst);
    let shown = shown.page(200, "Password set").says_not(">Sign out<");
    assert_eq!(shown.header("set-cookie"), "", "the session may be valid still");
    assert_eq!(app.anyone().try_log_in(&ada.email, "another long one").await.status, 200);
    browser.open("/account").await.page(200, "Account");
}
