//! The compiled grants of a member.

use std::collections::HashMap;
use std::slice;

use crate::{Decision, Pattern, PatternError, Permission};

/// The compiled grants of one or more roles.
///
/// Literal grants are looked up by hash in constant time. Grants with a `*` are tried one by one; they
/// were split when parsed. Nothing allocates after construction. An empty set allows nothing. There are
/// no default grants and no denying grants, as in Core RBAC (INCITS 359), where `CheckAccess` succeeds
/// only by a permission assigned to an active role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PermissionSet {
    // The grants as given, including repetitions, because responses of the API include them.
    grants: Vec<Pattern>,
    // Indices into `grants`: the first of each literal grant, and each grant with a star in order.
    literal: HashMap<Permission, usize>,
    wild: Vec<usize>,
}

impl PermissionSet {
    /// Compiles grants and keeps their order and repetitions for [`iter`](Self::iter).
    pub fn new(grants: impl IntoIterator<Item = Pattern>) -> Self {
        let grants: Vec<Pattern> = grants.into_iter().collect();
        let mut literal = HashMap::new();
        let mut wild = Vec::new();
        for (place, grant) in grants.iter().enumerate() {
            match grant.to_permission() {
                Some(permission) => _ = literal.entry(permission).or_insert(place),
                None => wild.push(place),
            }
        }
        Self { grants, literal, wild }
    }

    /// Parses and compiles grants; fails with the error of the first malformed one.
    pub fn parse<I>(texts: I) -> Result<Self, PatternError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let texts = texts.into_iter();
        texts.map(|text| Pattern::parse(text.as_ref())).collect()
    }

    /// Returns whether the holder has the required permission. No allocation.
    pub fn allows(&self, required: &Permission) -> bool {
        self.literal.contains_key(required) || self.wild().any(|grant| grant.matches(required))
    }

    /// As [`allows`](Self::allows), with the reason: the grant that allows it, or the missing
    /// permission.
    pub fn decide<'a>(&'a self, required: &'a Permission) -> Decision<'a> {
        let literal = self.literal.get(required);
        let grant = literal
            .and_then(|&place| self.grants.get(place))
            .or_else(|| self.wild().find(|grant| grant.matches(required)));
        match grant {
            Some(grant) => Decision::Allowed { grant },
            None => Decision::Missing { required, nearest: self.near_misses(required).next() },
        }
    }

    /// Returns whether a holder of this set may grant the pattern, because a holder may grant only what
    /// the holder has.
    ///
    /// True if one grant of the set covers the pattern by itself. There are no false positives. A false
    /// negative requires grants that cover more together than each alone, and for this the resource
    /// halves of the set, or its action halves, must between them contain all 65 characters: `a*:read`,
    /// `b*:read` and so on to `-*:read` are together `*:read`. Such a set may not grant the union,
    /// which is the safe side. For any other set, put an unused character for each star of the pattern:
    /// one grant must match the resulting permission, and by the argument in `glob.rs` that grant
    /// covers the whole pattern.
    pub fn covers(&self, pattern: &Pattern) -> bool {
        self.grants.iter().any(|grant| grant.covers(pattern))
    }

    /// Returns whether a holder of this set may grant every grant of the other; true for an empty one.
    pub fn covers_all(&self, other: &PermissionSet) -> bool {
        self.first_uncovered(other).is_none()
    }

    /// Returns the first pattern that a holder of this set may not grant; `None` if all may be granted.
    pub fn first_uncovered<'p>(
        &self,
        patterns: impl IntoIterator<Item = &'p Pattern>,
    ) -> Option<&'p Pattern> {
        patterns.into_iter().find(|pattern| !self.covers(pattern))
    }

    /// Returns the grants in the order given, including repetitions.
    pub fn iter(&self) -> slice::Iter<'_, Pattern> {
        self.grants.iter()
    }

    /// Returns the number of grants, including repetitions.
    pub fn len(&self) -> usize {
        self.grants.len()
    }

    /// Returns whether there are no grants.
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }

    /// Returns the grants that match the resource of the required permission, whatever their action, in
    /// order.
    pub fn on_resource_of<'a>(&'a self, required: &'a Permission) -> impl Iterator<Item = &'a Pattern> {
        self.iter().filter(|grant| grant.reaches_resource_of(required))
    }

    /// Returns the grants that nearly match a missing permission, nearest first:
    /// [`on_resource_of`](Self::on_resource_of), then those that match the action alone.
    pub fn near_misses<'a>(&'a self, required: &'a Permission) -> impl Iterator<Item = &'a Pattern> {
        let same_action = self
            .iter()
            .filter(|grant| grant.reaches_action_of(required) && !grant.reaches_resource_of(required));
        self.on_resource_of(required).chain(same_action)
    }

    fn wild(&self) -> impl Iterator<Item = &Pattern> {
        self.wild.iter().filter_map(|&place| self.grants.get(place))
    }
}

impl FromIterator<Pattern> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Pattern>>(grants: I) -> Self {
        Self::new(grants)
    }
}

impl<'a> IntoIterator for &'a PermissionSet {
    type Item = &'a Pattern;
    type IntoIter = slice::Iter<'a, Pattern>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
