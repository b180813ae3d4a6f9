//! Problem details (RFC 9457), the responses to refused and failed requests, for any web framework.
//!
//! **When to use it alone.** In a program that answers by another framework than actix-web,
//! with the use cases of `bailiwick-app`.
//!
//! Depends on `app` and the crates below it. Start reading at [`Code`], the closed list of kinds, and
//! [`Problem`], one occurrence. The private `map` module converts each error of the use cases to a problem
//! without a wildcard arm, so a new error does not compile before it has a response.
//!
//! ```
//! use bailiwick_app::{Denial, Error};
//! use bailiwick_problems::{MEDIA_TYPE, Problem};
//!
//! // A use case refused, so the response is:
//! let problem = Problem::from(Error::Denied(Denial::OwnerRequired));
//! assert_eq!(problem.status(), 403);
//! assert_eq!(problem.headers(), [("content-type", MEDIA_TYPE.into())]);
//! assert!(problem.to_json().starts_with(br#"{"type":"/problems/owner_required","#));
//! ```
//!
//! The feature `actix` implements `ResponseError` of actix-web for [`Problem`]; the feature `openapi`
//! adds the schemas of the bodies.

#[cfg(feature = "actix")]
mod actix;
mod body;
mod code;
mod explanation;
mod hint;
mod map;
#[cfg(feature = "openapi")]
mod openapi;
mod own_code;
mod paths;
mod problem;
mod throttled;

pub use body::{FieldError, ProblemBody};
pub use code::Code;
pub use own_code::OwnCode;
pub use paths::under_prefix;
pub use problem::{MEDIA_TYPE, Problem};
