//! `verify`, of hashes that come from elsewhere.

use bailiwick_users::{PasswordHash, Verdict};

use super::World;
use super::tools::password;

fn stored(text: &str) -> PasswordHash {
    PasswordHash::from_stored(text.to_owned())
}

pub async fn a_hash_that_was_stored_matches(world: World) {
    let (hash, password) = (world.hash(&password("correct horse")).await, password("correct horse"));
    let read_back = stored(hash.as_str());
    assert_eq!(world.verdict(&password, Some(&read_back)).await, Verdict::Match);
}

pub async fn an_outdated_hash_matches_and_is_told_to_be_outdated(world: World) {
    for (password, hash) in world.outdated() {
        assert_eq!(world.verdict(&password, Some(&hash)).await, Verdict::MatchOutdated, "{}", hash.as_str());
        let renewed = world.hash(&password).await;
        assert_eq!(world.verdict(&password, Some(&renewed)).await, Verdict::Match, "renewed at the login");
    }
}

pub async fn an_outdated_hash_does_not_match_another_password(world: World) {
    for (_, hash) in world.outdated() {
        let verdict = world.verdict(&password("quite another horse"), Some(&hash)).await;
        assert_eq!(verdict, Verdict::NoMatch, "{}", hash.as_str());
    }
}

pub async fn a_corrupt_hash_matches_nothing(world: World) {
    let long = "\u{0}\u{ffff}".repeat(5_000);
    let texts = ["", "$", "$$$$$", "correct horse", "$argon2id$", "$2b$04$", "\u{e4}\u{1f511}", "{}", &long];
    for text in texts.into_iter().map(str::to_owned).chain(world.corrupt()) {
        let verdict = world.verdict(&password("correct horse"), Some(&stored(&text))).await;
        assert_eq!(verdict, Verdict::NoMatch, "{text:?}");
        let verdict = world.verdict(&password(""), Some(&stored(&text))).await;
        assert_eq!(verdict, Verdict::NoMatch, "{text:?} and an empty password");
    }
    let password = password("correct horse");
    let hash = world.hash(&password).await;
    assert_eq!(world.verdict(&password, Some(&hash)).await, Verdict::Match, "the hasher goes on");
}

/// Alters the last part of the hash, which is the output.
pub async fn an_altered_hash_matches_nothing(world: World) {
    let password = password("correct horse");
    let text = world.hash(&password).await.as_str().to_owned();
    let start = text.rfind('$').map_or(0, |place| place + 1);
    for end in [&text[start..text.len() - 1], "", "AAAA", &"A".repeat(text.len() - start)] {
        let altered = format!("{}{end}", &text[..start]);
        assert_eq!(world.verdict(&password, Some(&stored(&altered))).await, Verdict::NoMatch, "{altered}");
    }
    for place in [start, start + 1, start + 7] {
        let other = if &text[place..=place] == "0" { "1" } else { "0" };
        let mut altered = text.clone();
        altered.replace_range(place..=place, other);
        assert_eq!(world.verdict(&password, Some(&stored(&altered))).await, Verdict::NoMatch, "{altered}");
    }
}
