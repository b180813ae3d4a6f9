//! Waits until the outbox has attempted to deliver mail.

use std::time::Duration;

use bailiwick_app::platform::{MailFilter, MailRecord, MailStatus};
use bailiwick_app::ports::Store;
use bailiwick_kernel::{Email, PageRequest, StoreError};

use crate::app::Postbox;

/// Time after which delivery must have been attempted.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Interval of reading the outbox, because an attempt is recorded after the postbox has reported it, and other
/// mailers report none.
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until delivery of each committed mail to `to`, or to any address, was attempted. Panics after a
/// timeout.
pub(super) async fn attempted(store: &dyn Store, post: &Postbox, to: Option<&Email>) {
    let attempts = async {
        loop {
            let arrived = post.arrived();
            let waiting = waiting(store).await.expect("the outbox can be read");
            let is_new = |mail: &MailRecord| mail.attempts == 0 && to.is_none_or(|to| mail.to == *to);
            if !waiting.iter().any(is_new) {
                return;
            }
            let _ = tokio::time::timeout(PAUSE, arrived).await;
        }
    };
    tokio::time::timeout(TIMEOUT, attempts).await.expect("delivery is attempted");
}

/// Returns all mail that is not sent and has not failed for good.
async fn waiting(store: &dyn Store) -> Result<Vec<MailRecord>, StoreError> {
    let filter = MailFilter { status: Some(MailStatus::Waiting), ..MailFilter::default() };
    let mut tx = store.begin_read().await?;
    let (mut mails, mut page) = (Vec::new(), PageRequest::default());
    loop {
        let found = tx.platform().list_mail(&filter, page).await?;
        mails.extend(found.items);
        page.after = found.next;
        if page.after.is_none() {
            break;
        }
    }
    tx.rollback().await?;
    Ok(mails)
}
