//! Helpers of tests.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// Runs what must fail, and returns what the failure says.
pub async fn panic_of<T>(fails: impl Future<Output = T>) -> String {
    let Err(failure) = AssertUnwindSafe(fails).catch_unwind().await else { panic!("it did not fail") };
    text_of(failure)
}

fn text_of(failure: Box<dyn Any + Send>) -> String {
    match failure.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => (*other.downcast::<&str>().unwrap()).to_owned(),
    }
}
