//! The decisions about a request, and the wait for them.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use bailiwick_kernel::OrgId;

use crate::problem::Problem;

/// The mark in the extensions of a request whose caller may have a response.
pub(crate) struct Decided;

/// The decisions about one request, which its body waits for.
#[derive(Default)]
pub(super) struct Decisions {
    pending: Cell<usize>,
    is_allowed: Cell<bool>,
    org: Cell<Option<OrgId>>,
    waiting: RefCell<Vec<Waker>>,
}

impl Decisions {
    /// Adds a decision that is not made yet.
    pub(super) fn begin(&self) {
        self.pending.set(self.pending.get() + 1);
    }

    /// Ends a decision that [`Self::begin`] added, and wakes the readers of the body.
    pub(super) fn end(&self) {
        self.pending.set(self.pending.get().saturating_sub(1));
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    /// Records a passed check. The body must agree with `org`.
    pub(super) fn allow(&self, org: Option<OrgId>) {
        self.is_allowed.set(true);
        self.org.set(self.org.get().or(org));
    }

    /// Waits until every extractor of authority has decided, and returns the organization that the
    /// body must agree with. Fails if no extractor has allowed the request.
    pub(super) async fn made(&self) -> Result<Option<OrgId>, Problem> {
        poll_fn(|context| self.poll_made(context)).await;
        if self.is_allowed.get() {
            return Ok(self.org.get());
        }
        Err(Problem::internal_because("undecided body: no extractor of authority stands beside it"))
    }

    fn poll_made(&self, context: &Context<'_>) -> Poll<()> {
        if self.pending.get() == 0 {
            return Poll::Ready(());
        }
        self.waiting.borrow_mut().push(context.waker().clone());
        Poll::Pending
    }
}
