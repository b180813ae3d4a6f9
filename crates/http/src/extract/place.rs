//! The places of a request that may name its organization.

mod sealed {
    pub trait Sealed {}
}

/// A place of a request that may name the organization of a check. The trait is sealed: its
/// implementations are those below.
pub trait Place: sealed::Sealed + Sync + 'static {
    /// The place as a value.
    const PLACE: Where;
}

/// A [`Place`] as a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Where {
    /// See [`Nowhere`].
    Nowhere,
    /// See [`PathOrQuery`].
    PathOrQuery,
    /// See [`ElseBody`].
    ElseBody,
    /// See [`AlsoBody`].
    AlsoBody,
}

/// The request names no organization. An `org_id` in it is ignored.
#[derive(Clone, Copy, Debug)]
pub enum Nowhere {}

/// The path, the query, or both with the same organization.
#[derive(Clone, Copy, Debug)]
pub enum PathOrQuery {}

/// The body, if neither path nor query name the organization. Otherwise the body is not read before
/// the decision, and [`Body`](crate::extract::Body) refuses another organization after it.
#[derive(Clone, Copy, Debug)]
pub enum ElseBody {}

/// Path, query and body. All are read before the decision and must agree.
#[derive(Clone, Copy, Debug)]
pub enum AlsoBody {}

macro_rules! places {
    ($($place:ident),+) => {$(
        impl sealed::Sealed for $place {}

        impl Place for $place {
            const PLACE: Where = Where::$place;
        }
    )+};
}

places!(Nowhere, PathOrQuery, ElseBody, AlsoBody);
