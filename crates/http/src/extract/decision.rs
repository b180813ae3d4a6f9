//! The mark that somebody decided whether a request may be answered.

use actix_web::{HttpMessage, HttpRequest};
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, Ready, ready};

use crate::problem::Problem;

/// In the extensions of a request whose caller was found to be allowed.
pub(crate) struct Decided;

/// A decision: known at once, or after a look into the store.
pub type Deciding<T> = Either<Ready<Result<T, Problem>>, LocalBoxFuture<'static, Result<T, Problem>>>;

/// A decision that is known at once.
pub fn at_once<T>(request: &HttpRequest, verdict: Result<T, Problem>) -> Deciding<T> {
    Either::Left(ready(mark(request, verdict)))
}

/// A decision that must be waited for.
pub fn pending<T: 'static>(
    request: &HttpRequest,
    verdict: impl Future<Output = Result<T, Problem>> + 'static,
) -> Deciding<T> {
    let request = request.clone();
    Either::Right(async move { mark(&request, verdict.await) }.boxed_local())
}

fn mark<T>(request: &HttpRequest, verdict: Result<T, Problem>) -> Result<T, Problem> {
    if verdict.is_ok() {
        request.extensions_mut().insert(Decided);
    }
    verdict
}
