//! Request and response bodies. A request body is read leniently (every field may be absent) and
//! checked field by field into a command. A response body is made from a record of `app`.

pub mod accounts;
pub mod audit;
pub mod authz;
pub mod explanation;
pub mod invitations;
pub mod lists;
pub mod me;
pub mod organizations;
pub mod passwords;
pub mod platform;
pub mod roles;
pub mod sessions;
pub mod sockets;
pub mod throttles;
pub mod values;

use bailiwick_kernel::is_unprintable;

/// Checks a text of several lines and trims it. Returns an error if it has more than `max` characters
/// or contains unprintable ones.
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
