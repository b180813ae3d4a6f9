//! The future of an extractor of authority.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::{HttpMessage, HttpRequest};
use bailiwick_kernel::OrgId;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use crate::extract::decisions::Decided;
use crate::extract::raw_body::RawBody;
use crate::middleware::record_authority;
use crate::problem::Problem;

/// The future of a decision. It is ready at the first poll if the cache allowed the caller.
///
/// A refusal is returned at the second poll, because every other extractor of the handler must be
/// polled once. This detects another reader of the body even if the caller is refused.
pub struct Deciding<T>(State<T>);

enum State<T> {
    Allowed(T),
    Pending(LocalBoxFuture<'static, Result<T, Problem>>, RawBody),
    Refused(Problem, RawBody),
    Reported(Problem, RawBody),
    Done,
}

impl<T> Deciding<T> {
    /// Creates the future of a passed check. The body must agree with `org`.
    pub(super) fn allowed(request: &HttpRequest, body: &RawBody, org: Option<OrgId>, value: T) -> Self {
        allow(request, body, org);
        Self(State::Allowed(value))
    }

    /// Creates the future of a refusal.
    pub(super) fn refused(body: RawBody, problem: Problem) -> Self {
        body.decisions().begin();
        Self(State::Refused(problem, body))
    }

    /// Creates the future of a decision that waits for `verdict`: the organization that the body must
    /// agree with, and the value.
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
    record_authority(request, org);
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
