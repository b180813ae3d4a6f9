//! The organization: the tenant to which all data except accounts belongs.

use bailiwick_kernel::{DisplayName, IdSource, OrgId, Slug, Timestamp};

/// Characters of random slug suffixes: letters and digits that are hard to confuse.
const SUFFIX_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// An organization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organization {
    /// The organization's id.
    pub id: OrgId,
    /// Its name; need not be unique.
    pub name: DisplayName,
    /// Its short name; unique.
    pub slug: Slug,
    /// Time of creation.
    pub created_at: Timestamp,
}

impl Organization {
    /// Creates an organization. If `slug` is `None`, the slug is derived from the name and ten random
    /// characters, which make it unique.
    pub fn found(name: DisplayName, slug: Option<Slug>, ids: &dyn IdSource, now: Timestamp) -> Self {
        let slug = slug.unwrap_or_else(|| Slug::derive(name.as_str(), &random_suffix(ids)));
        Self { id: OrgId::generate(ids, now), name, slug, created_at: now }
    }
}

fn random_suffix(ids: &dyn IdSource) -> String {
    let mut bytes = [0_u8; 10];
    ids.fill(&mut bytes);
    bytes
        .iter()
        .filter_map(|byte| SUFFIX_ALPHABET.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect()
}
