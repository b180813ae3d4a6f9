//! The organization, the tenant that everything but accounts belongs to.

use bailiwick_kernel::{DisplayName, IdSource, OrgId, Slug, Timestamp};

/// Letters and digits that are hard to confuse, for derived slugs.
const SUFFIX_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// A tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organization {
    /// Identity.
    pub id: OrgId,
    /// Its name; need not be unique.
    pub name: DisplayName,
    /// Its short name; unique.
    pub slug: Slug,
    /// Time of founding.
    pub created_at: Timestamp,
}

impl Organization {
    /// A new organization. Without a chosen slug one is derived from the name
    /// and ten random characters, which keep it apart from every other.
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
