//! Decisions: their mark on the request, and the wait for them.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use actix_web::{HttpMessage, HttpRequest};
use bailiwick_kernel::OrgId;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use crate::extract::raw_body::RawBody;
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
    fn begin(&self) {
        self.pending.set(self.pending.get() + 1);
    }

    fn end(&self) {
        self.pending.set(self.pending.get().saturating_sub(1));
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    fn allow(&self, org: Option<OrgId>) {
        self.is_allowed.set(true);
        self.org.set(self.org.get().or(org));
    }

    /// Waits until every extractor of authority has decided, and returns the organization that the
    /// body must agree with. Fails if no extractor has allowed the request.
    pub(super) async fn made(&self) -> Result<Option<OrgId>, Problem> {
        std::future::poll_fn(|context| self.poll_made(context)).await;
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

/// A decision. It is known at once if the cache answered.
///
/// A refusal is returned at the second poll, so that every other extractor of the handler is polled
/// once: a reader of the body is found even if the caller is refused.
pub struct Deciding<T>(State<T>);

enum State<T> {
    Allowed(T),
    Pending(LocalBoxFuture<'static, Result<T, Problem>>, RawBody),
    Refused(Problem, RawBody),
    Reported(Problem, RawBody),
    Done,
}

impl<T> Deciding<T> {
    /// A passed check. The body must agree with `org`.
    pub(super) fn allowed(request: &HttpRequest, body: &RawBody, org: Option<OrgId>, value: T) -> Self {
        allow(request, body, org);
        Self(State::Allowed(value))
    }

    /// A refusal.
    pub(super) fn refused(body: RawBody, problem: Problem) -> Self {
        body.decisions().begin();
        Self(State::Refused(problem, body))
    }

    /// A decision that waits for `verdict`: the value, and the organization that the body must agree
    /// with.
    pub(super) fn pending(
        request: &HttpRequest,
        body: RawBody,
        verdict: impl Future<Output = Result<(Option<OrgId>, T), Problem>> + 'static,
    ) -> Self {
        body.decisions().begin();
        let (request, shared) = (request.clone(), body.clone());
        let deciding = async move {
            let (org, value) = verdict.await?;
            allow(&request, &shared, org);
            shared.decisions().end();
            Ok(value)
        };
        Self(State::Pending(deciding.boxed_local(), body))
    }
}

fn allow(request: &HttpRequest, body: &RawBody, org: Option<OrgId>) {
    request.extensions_mut().insert(Decided);
    body.decisions().allow(org);
}

impl<T> Unpin for Deciding<T> {}

impl<T> Future for Deciding<T> {
    type Output = Result<T, Problem>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match std::mem::replace(&mut self.0, State::Done) {
                State::Allowed(value) => return Poll::Ready(Ok(value)),
                State::Pending(mut deciding, body) => match deciding.poll_unpin(context) {
                    Poll::Ready(Ok(value)) => return Poll::Ready(Ok(value)),
                    Poll::Ready(Err(problem)) => self.0 = State::Refused(problem, body),
                    Poll::Pending => {
                        self.0 = State::Pending(deciding, body);
                        return Poll::Pending;
                    }
                },
                State::Refused(problem, body) => {
                    self.0 = State::Reported(problem, body);
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                State::Reported(problem, body) => {
                    body.decisions().end();
                    return Poll::Ready(Err(problem));
                }
                State::Done => return Poll::Pending,
            }
        }
    }
}
