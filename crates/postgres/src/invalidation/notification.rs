//! A notification of a change, as the triggers of the migration `authority` write it.

use bailiwick_app::authority::cache::{CacheKey, Invalidation};
use bailiwick_kernel::{OrgId, RoleId, SessionId, UserId};
use uuid::Uuid;

/// Prefix of the channels of acknowledgements.
pub(super) const REPLY_CHANNEL: &str = "authority_ack_";

/// The content of one notification.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct ChangeNotification {
    pub invalidation: Invalidation,
    /// Identifier of the change, if it has one.
    pub change: Option<String>,
    /// The reply that a writer waits for, if one does.
    pub reply: Option<Reply>,
}

/// The channel of the writer that waits, and its change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reply {
    pub channel: String,
    pub change: String,
}

impl ChangeNotification {
    /// Parses a payload. Any role that may connect may notify, so an unknown payload invalidates
    /// everything.
    pub fn read(payload: &str) -> Self {
        let mut words = payload.split(' ');
        let (change, channel) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let waits = is_change(change) && is_reply_channel(channel);
        let reply = waits.then(|| Reply { channel: channel.to_owned(), change: change.to_owned() });
        let keys: Option<Vec<CacheKey>> = words.filter(|word| !word.is_empty()).map(key).collect();
        let invalidation = match keys {
            Some(keys) if is_change(change) => Invalidation::Keys(keys),
            _ => Invalidation::Everything,
        };
        Self { invalidation, change: is_change(change).then(|| change.to_owned()), reply }
    }
}

/// Returns whether the word is `<transaction>:<number>`.
fn is_change(word: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    word.split_once(':').is_some_and(|(transaction, number)| is_number(transaction) && is_number(number))
}

/// Validates the channel strictly, because it becomes part of a statement.
fn is_reply_channel(word: &str) -> bool {
    word.strip_prefix(REPLY_CHANNEL).is_some_and(|rest| {
        rest.len() == 32 && rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn key(word: &str) -> Option<CacheKey> {
    let (kind, ids) = word.split_at_checked(1)?;
    Some(match kind {
        "u" => CacheKey::User(UserId::from_stored(id(ids)?)),
        "o" => CacheKey::Org(OrgId::from_stored(id(ids)?)),
        _ => {
            let (one, other) = ids.split_once('/')?;
            let (one, other) = (id(one)?, id(other)?);
            match kind {
                "s" => CacheKey::Session(UserId::from_stored(one), SessionId::from_stored(other)),
                "m" => CacheKey::Member(OrgId::from_stored(one), UserId::from_stored(other)),
                "r" => CacheKey::Role(OrgId::from_stored(one), RoleId::from_stored(other)),
                _ => return None,
            }
        }
    })
}

fn id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "00000000-0000-7000-8000-00000000000a";
    const B: &str = "00000000-0000-7000-8000-00000000000b";

    #[test]
    fn keys_are_read() {
        let (a, b) = (id(A).unwrap(), id(B).unwrap());
        let notice = ChangeNotification::read(&format!("12:1  u{A} s{A}/{B} m{A}/{B} r{A}/{B} o{A}"));
        let keys = vec![
            CacheKey::User(UserId::from_stored(a)),
            CacheKey::Session(UserId::from_stored(a), SessionId::from_stored(b)),
            CacheKey::Member(OrgId::from_stored(a), UserId::from_stored(b)),
            CacheKey::Role(OrgId::from_stored(a), RoleId::from_stored(b)),
            CacheKey::Org(OrgId::from_stored(a)),
        ];
        let change = Some("12:1".to_owned());
        assert_eq!(
            notice,
            ChangeNotification { invalidation: Invalidation::Keys(keys), change, reply: None }
        );
        assert!(ChangeNotification::read("12:1  ").invalidation.is_empty());
    }

    #[test]
    fn an_unknown_notification_invalidates_everything() {
        for payload in ["", "*", "12:1  *", "12:1  x", "12:1  u1", "x  ", "12:1  m1/2", "12:1  é"] {
            assert_eq!(ChangeNotification::read(payload).invalidation, Invalidation::Everything, "{payload}");
        }
    }

    #[test]
    fn only_a_channel_of_ours_is_replied_to() {
        let channel = format!("{REPLY_CHANNEL}{}", "0123456789abcdef".repeat(2));
        let reply = ChangeNotification::read(&format!("12:3 {channel} *")).reply.unwrap();
        assert_eq!((reply.channel, reply.change.as_str()), (channel.clone(), "12:3"));
        for payload in
            [format!("12:3 {channel}0 "), format!("'; {channel} "), "12:3 authority_ack_', '') --".to_owned()]
        {
            assert_eq!(ChangeNotification::read(&payload).reply, None, "{payload}");
        }
    }
}
