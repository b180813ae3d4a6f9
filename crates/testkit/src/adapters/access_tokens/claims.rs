//! What a token says.

use bailiwick_app::TokenFault;
use bailiwick_kernel::Timestamp;
use serde_json::json;

use super::tools::{OTHER, SESSION, USER, changed, claims, decoded, now, part, seconds};
use super::{Service, World};

pub async fn the_claims_come_back_in_whole_seconds(world: World) {
    let tokens = world.plain();
    let read = tokens.verify(&tokens.sign(&claims()), now()).expect("an own token is valid");
    let whole = |seconds| Timestamp::from_unix_seconds(seconds).unwrap();
    assert_eq!((read.user, read.session), (claims().user, claims().session));
    assert_eq!((read.issued_at, read.expires_at), (whole(seconds()), whole(seconds() + 60)));
    assert_eq!(world.verdict(&changed(json!({}))), Ok(read), "so do those of a token made by hand");
}

pub async fn a_token_has_the_documented_claims_and_no_others(world: World) {
    let (issuer, audience) = (Some("https://id.example".to_owned()), Some("api".to_owned()));
    let service = Service { key: 1, issuer, audience, ..Service::default() };
    let mut payload = decoded(part(&world.tokens(&service).sign(&claims()), 1));
    let object = payload.as_object_mut().expect("an object");
    // An id of the token and its beginning may be there (RFC 7519, sections 4.1.5 and 4.1.7).
    object.remove("jti");
    object.remove("nbf");
    let expected = json!({
        "id": USER, "sub": USER, "sid": SESSION, "iat": seconds(), "exp": seconds() + 60,
        "iss": "https://id.example", "aud": "api",
    });
    assert_eq!(payload, expected, "what may change before the token expires is in no token");
}

pub async fn either_claim_names_the_user_but_both_must_agree(world: World) {
    for name in ["id", "sub"] {
        let read = world.verdict(&changed(json!({ name: null }))).expect("one of the two is enough");
        assert_eq!(read.user, claims().user);
        assert_eq!(world.verdict(&changed(json!({ name: OTHER }))), Err(TokenFault::TwoSubjects), "{name}");
    }
}

pub async fn a_claim_that_is_missing_or_of_a_wrong_type_is_refused(world: World) {
    for changes in [
        json!({"id": null, "sub": null}),
        json!({"sub": 7}),
        json!({"sub": "root"}),
        json!({"id": ""}),
        json!({"sid": null}),
        json!({"sid": "x"}),
        json!({"sid": ["0198c5a0-7d3e-7000-8000-0000000000b1"]}),
        json!({"iat": null}),
        json!({"iat": "0"}),
        json!({"iat": 0.5}),
        json!({"iat": i64::MIN}),
        json!({"exp": "4102444800"}),
        json!({"exp": 4_102_444_800.5}),
        json!({"exp": [4_102_444_800_i64]}),
        json!({"exp": true}),
        json!({"exp": i64::MAX}),
        json!({"exp": u64::MAX}),
        json!({"nbf": "0"}),
        json!({"iss": 7}),
        json!({"aud": {"a": 1}}),
    ] {
        assert_eq!(world.verdict(&changed(changes.clone())), Err(TokenFault::Malformed), "{changes}");
    }
}

pub async fn unknown_claims_are_ignored(world: World) {
    let more = json!({"jti": "7", "nbf": seconds(), "iss": "anybody", "role": "owner", "x": {"y": []}});
    let read = world.verdict(&changed(more)).expect("a newer release may add claims");
    assert_eq!(read.user, claims().user);
}
