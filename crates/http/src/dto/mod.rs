//! Bodies as clients send and get them. A request body is read leniently (every
//! field may be absent) and checked field by field into a command; an answer is
//! made from a record of `app`.

pub mod accounts;
pub mod audit;
pub mod authz;
pub mod explanation;
pub mod invitations;
pub mod lists;
pub mod organizations;
pub mod passwords;
pub mod platform;
pub mod roles;
pub mod sessions;
pub mod sockets;
pub mod throttles;

use bailiwick_kernel::is_unprintable;

/// A text of several lines for people: trimmed, of at most so many characters,
/// without characters that cannot be seen.
fn prose(text: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(format!("at most {max} characters"));
    }
    if text.chars().any(|c| is_unprintable(c) && !matches!(c, '\n' | '\r' | '\t')) {
        return Err("no control characters".to_owned());
    }
    Ok(text.to_owned())
}
