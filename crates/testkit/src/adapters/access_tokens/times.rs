//! When a token is valid.

use bailiwick_app::TokenFault;
use bailiwick_kernel::Timestamp;
use serde_json::json;
use time::Duration;

use super::World;
use super::tools::{changed, claims, seconds};

pub async fn a_token_expires_without_leeway(world: World) {
    let tokens = world.plain();
    let token = tokens.sign(&claims());
    let expiry = Timestamp::from_unix_seconds(seconds() + 60).unwrap();
    let verify = |now| tokens.verify(&token, now);
    verify(expiry + Duration::microseconds(-1)).expect("valid until then");
    assert_eq!(verify(expiry), Err(TokenFault::Expired(Duration::ZERO)));
    assert_eq!(verify(expiry + Duration::SECOND), Err(TokenFault::Expired(Duration::SECOND)));
    assert_eq!(verify(expiry + Duration::days(400)), Err(TokenFault::Expired(Duration::days(400))));
}

pub async fn a_token_without_expiry_is_refused(world: World) {
    assert_eq!(world.verdict(&changed(json!({"exp": null}))), Err(TokenFault::NoExpiry));
}

pub async fn a_clock_that_is_ahead_by_thirty_seconds_is_tolerated(world: World) {
    for name in ["iat", "nbf"] {
        let verdict = world.verdict(&changed(json!({ name: seconds() + 30 })));
        assert!(verdict.is_ok(), "{name}: {verdict:?}");
        let verdict = world.verdict(&changed(json!({ name: seconds() + 31 })));
        assert_eq!(verdict, Err(TokenFault::NotYetValid), "{name}");
    }
}
