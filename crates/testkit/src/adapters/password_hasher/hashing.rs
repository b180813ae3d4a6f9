//! `hash`.

use std::pin::pin;
use std::task::{Context, Waker};

use super::World;
use super::tools::password;

pub async fn a_hash_has_a_salt_of_its_own(world: World) {
    let password = password("correct horse");
    let [first, second] = [world.hash(&password).await, world.hash(&password).await];
    assert!(first != second, "equal passwords must not be seen to be equal");
}

pub async fn a_hash_does_not_contain_the_password(world: World) {
    let text = "correct-horse-battery-staple";
    let hash = world.hash(&password(text)).await;
    assert!(!hash.as_str().contains(text) && !hash.as_str().contains(&text[..9]));
}

pub async fn a_hash_is_a_phc_string(world: World) {
    let hash = world.hash(&password("correct horse")).await;
    let text = hash.as_str();
    let parts: Vec<_> = text.split('$').collect();
    let is_identifier =
        |text: &str| !text.is_empty() && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    assert!(
        parts.len() >= 3 && parts[0].is_empty() && is_identifier(parts[1]),
        "an identifier, then the rest"
    );
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()) && text.len() <= 255, "it is stored as it is");
}

/// A hash takes long. Computed by the thread that polls it, it would hold up every other request there.
pub async fn a_hash_is_computed_outside_the_thread_of_the_caller(world: World) {
    let (hasher, password) = (world.hasher(), password("correct horse"));
    {
        let mut hashing = pin!(hasher.hash(&password));
        let poll = hashing.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending(), "the first poll computes the hash");
        hashing.await.expect("a hash is computed");
    }
    let mut verifying = pin!(hasher.verify(&password, None));
    let poll = verifying.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending(), "the first poll verifies the password");
    verifying.await.expect("the password is verified");
}
