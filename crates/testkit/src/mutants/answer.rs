//! What the answer of a port says: whether anything was found or done.

use bailiwick_kernel::Page;
use bailiwick_orgs::Owners;
use bailiwick_roles::Lacking;
use bailiwick_users::Attempts;

use super::values::Mutate;

/// The type of an answer.
pub(super) trait Answer: Mutate {
    /// Returns the answers of a store that does nothing, with their names.
    fn without_effect() -> Vec<(&'static str, Self)>;

    /// Adds what another call found or did. Returns whether a further call may find more.
    fn absorb(&mut self, other: Self) -> bool;
}

impl Answer for () {
    fn without_effect() -> Vec<(&'static str, Self)> {
        vec![("and says nothing", ())]
    }

    fn absorb(&mut self, (): Self) -> bool {
        false
    }
}

impl Answer for bool {
    fn without_effect() -> Vec<(&'static str, Self)> {
        vec![("and says true", true), ("and says false", false)]
    }

    fn absorb(&mut self, other: Self) -> bool {
        *self |= other;
        !*self
    }
}

impl Answer for u64 {
    fn without_effect() -> Vec<(&'static str, Self)> {
        vec![("and counts one", 1), ("and counts none", 0)]
    }

    fn absorb(&mut self, other: Self) -> bool {
        *self += other;
        *self == 0
    }
}

impl<T: Mutate> Answer for Option<T> {
    fn without_effect() -> Vec<(&'static str, Self)> {
        vec![("and finds nothing", None)]
    }

    fn absorb(&mut self, other: Self) -> bool {
        *self = self.take().or(other);
        self.is_none()
    }
}

impl<T: Mutate> Answer for Vec<T> {
    fn without_effect() -> Vec<(&'static str, Self)> {
        vec![("and finds nothing", Self::new())]
    }

    fn absorb(&mut self, other: Self) -> bool {
        for item in other {
            if !self.contains(&item) {
                self.push(item);
            }
        }
        true
    }
}

impl<T: Mutate> Answer for Page<T> {
    fn without_effect() -> Vec<(&'static str, Self)> {
        vec![("and finds nothing", Self { items: Vec::new(), next: None })]
    }

    fn absorb(&mut self, other: Self) -> bool {
        self.next = self.next.or(other.next);
        self.items.absorb(other.items)
    }
}

impl Answer for Lacking {
    fn without_effect() -> Vec<(&'static str, Self)> {
        vec![("and finds nothing", Self::default())]
    }

    fn absorb(&mut self, other: Self) -> bool {
        self.next = self.next.or(other.next);
        self.orgs.absorb(other.orgs)
    }
}

/// Implements [`Answer`] for types that always say something.
macro_rules! never_empty {
    ($($type:ty),+ $(,)?) => {$(
        impl Answer for $type {
            fn without_effect() -> Vec<(&'static str, Self)> {
                Vec::new()
            }

            fn absorb(&mut self, _: Self) -> bool {
                false
            }
        }
    )+};
}

never_empty! { Attempts, Owners }
