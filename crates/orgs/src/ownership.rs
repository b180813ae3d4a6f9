//! The rule that an organization always has an active owner.

use bailiwick_kernel::UserId;

use crate::OrgError;

/// The active owners of an organization, read while its row is locked, so that the list is valid until
/// the transaction ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owners(Vec<UserId>);

impl Owners {
    /// Wraps the accounts that [`crate::OrgRepo::lock_owners`] read.
    pub fn new(users: Vec<UserId>) -> Self {
        Self(users)
    }

    /// Returns whether there is no active owner.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether `user` is an active owner.
    pub fn contains(&self, user: UserId) -> bool {
        self.0.contains(&user)
    }

    /// Requires that an active owner remains if `user` ceases to be one; [`OrgError::LastOwner`]
    /// otherwise.
    pub fn can_do_without(&self, user: UserId) -> Result<(), OrgError> {
        if self.0.iter().all(|owner| *owner == user) && self.contains(user) {
            return Err(OrgError::LastOwner);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_last_owner_must_remain() {
        let [a, b] = [1, 2].map(|n| UserId::from_stored(Uuid::from_u128(n)));
        assert_eq!(Owners::new(vec![a]).can_do_without(a), Err(OrgError::LastOwner));
        assert_eq!(Owners::new(vec![a]).can_do_without(b), Ok(()));
        assert_eq!(Owners::new(vec![a, b]).can_do_without(a), Ok(()));
    }
}
