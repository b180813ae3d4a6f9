//! The organization: the tenant to which all data except accounts belongs.

use bailiwick_kernel::{DisplayName, IdSource, OrgId, Slug, Timestamp};

use crate::OrgError;

/// Characters of random slug suffixes: letters and digits that are hard to confuse.
const SUFFIX_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Slugs that no organization may have, because pages have their paths: `/console/platform`.
const RESERVED: [&str; 1] = ["platform"];

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
    /// characters, which make it unique. [`OrgError::SlugTaken`] if `slug` is reserved.
    pub fn found(
        name: DisplayName,
        slug: Option<Slug>,
        ids: &dyn IdSource,
        now: Timestamp,
    ) -> Result<Self, OrgError> {
        let slug = slug.unwrap_or_else(|| Slug::derive(name.as_str(), &random_suffix(ids)));
        Ok(Self { id: OrgId::generate(ids, now), name, slug: unreserved(slug)?, created_at: now })
    }

    /// Changes the slug. [`OrgError::SlugTaken`] if it is reserved.
    pub fn set_slug(&mut self, slug: Slug) -> Result<(), OrgError> {
        self.slug = unreserved(slug)?;
        Ok(())
    }
}

fn unreserved(slug: Slug) -> Result<Slug, OrgError> {
    if RESERVED.contains(&slug.as_str()) { Err(OrgError::SlugTaken) } else { Ok(slug) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    struct Zeros;

    impl IdSource for Zeros {
        fn uuid_v7(&self, _: Timestamp) -> Uuid {
            Uuid::nil()
        }

        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn a_slug_that_is_the_path_of_a_page_is_in_use() {
        let now = Timestamp::from_unix_seconds(0).unwrap();
        let found = |name: &str, slug: Option<&str>| {
            let slug = slug.map(|slug| Slug::parse(slug).unwrap());
            Organization::found(DisplayName::parse(name).unwrap(), slug, &Zeros, now)
        };
        assert_eq!(found("Acme", Some("platform")).unwrap_err(), OrgError::SlugTaken);
        let mut org = found("Platform", None).unwrap();
        assert_eq!(org.slug.as_str(), "platform-aaaaaaaaaa");
        assert_eq!(org.set_slug(Slug::parse("platform").unwrap()), Err(OrgError::SlugTaken));
        org.set_slug(Slug::parse("platforms").unwrap()).unwrap();
        assert_eq!(org.slug.as_str(), "platforms");
    }
}
