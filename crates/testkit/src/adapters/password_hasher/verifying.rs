//! `verify`, of hashes that the hasher made itself.

use bailiwick_users::Verdict;

use super::World;
use super::tools::password;

pub async fn the_password_that_was_hashed_matches(world: World) {
    let longest = "x".repeat(1_024);
    for text in ["correct horse", "\u{1f511} p\u{e4}sswort \u{6d77}", " spaces ", "a\0b", longest.as_str()] {
        let password = password(text);
        let hash = world.hash(&password).await;
        assert_eq!(world.verdict(&password, Some(&hash)).await, Verdict::Match, "{text}");
    }
}

pub async fn every_other_password_does_not_match(world: World) {
    let hash = world.hash(&password("correct horse")).await;
    for text in
        ["", "correct horsf", "Correct horse", "correct horse ", " correct horse", "correct hors", "correct"]
    {
        assert_eq!(world.verdict(&password(text), Some(&hash)).await, Verdict::NoMatch, "{text:?}");
    }
    let own = password(hash.as_str());
    assert_eq!(world.verdict(&own, Some(&hash)).await, Verdict::NoMatch, "the hash is no password");
}

/// Beyond the 72 bytes that bcrypt reads, and beyond a zero, where C ends a text.
pub async fn the_whole_password_counts(world: World) {
    for (text, other) in [
        ("x".repeat(1_024), format!("{}y", "x".repeat(1_023))),
        (format!("{}a", "x".repeat(72)), format!("{}b", "x".repeat(72))),
        ("before\0after".to_owned(), "before\0other".to_owned()),
        ("before\0after".to_owned(), "before".to_owned()),
    ] {
        let hash = world.hash(&password(&text)).await;
        assert_eq!(world.verdict(&password(&text), Some(&hash)).await, Verdict::Match);
        assert_eq!(world.verdict(&password(&other), Some(&hash)).await, Verdict::NoMatch, "{other:?}");
    }
}

pub async fn both_spellings_of_a_character_are_one_password(world: World) {
    let [composed, decomposed] = ["p\u{e4}sswort", "pa\u{308}sswort"].map(password);
    let hash = world.hash(&decomposed).await;
    for spelling in [&composed, &decomposed] {
        assert_eq!(world.verdict(spelling, Some(&hash)).await, Verdict::Match);
    }
}

pub async fn without_a_hash_nothing_matches(world: World) {
    for text in ["", "correct horse", "p\u{e4}sswort", "pa\u{308}sswort"] {
        assert_eq!(world.verdict(&password(text), None).await, Verdict::NoMatch, "{text}");
    }
}

pub async fn the_hash_of_another_password_does_not_match(world: World) {
    let [one, other] = ["correct horse", "wrong horse"].map(password);
    let [of_one, of_other] = [world.hash(&one).await, world.hash(&other).await];
    assert_eq!(world.verdict(&one, Some(&of_other)).await, Verdict::NoMatch);
    assert_eq!(world.verdict(&other, Some(&of_one)).await, Verdict::NoMatch);
}
