//! Reordering of roles: the new levels, and the steps in which they are stored.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use bailiwick_kernel::RoleId;

use crate::{Level, Role, RoleError};

/// Roles in a new order, highest first, each once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleOrder(Vec<RoleId>);

/// Why a list of roles is not an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RoleOrderError {
    /// The list is empty.
    #[error("at least one role is needed")]
    Empty,
    /// The role at this position, counted from 0, appears earlier in the list.
    #[error("the role is listed twice")]
    Repeated(usize),
}

impl RoleOrder {
    /// Creates an order of at least one role, each listed once; [`RoleOrderError`] for any other list.
    pub fn new(ids: Vec<RoleId>) -> Result<Self, RoleOrderError> {
        if ids.is_empty() {
            return Err(RoleOrderError::Empty);
        }
        let mut seen = BTreeSet::new();
        match ids.iter().position(|id| !seen.insert(*id)) {
            Some(position) => Err(RoleOrderError::Repeated(position)),
            None => Ok(Self(ids)),
        }
    }

    /// Returns the roles of this order, taken from `roles`. [`RoleError::NotFound`] if one is missing.
    pub fn pick(&self, roles: &[Role]) -> Result<Vec<Role>, RoleError> {
        let find = |id: &RoleId| roles.iter().find(|role| role.id == *id).cloned();
        self.0.iter().map(|id| find(id).ok_or(RoleError::NotFound)).collect()
    }
}

/// Returns the same roles in the same order with their levels redistributed: the first gets the
/// highest, the last the lowest.
pub fn with_levels_in_order(roles: &[Role]) -> Vec<Role> {
    let mut levels: Vec<Level> = roles.iter().map(|role| role.level).collect();
    levels.sort_unstable_by_key(|level| Reverse(*level));
    roles.iter().zip(levels).map(|(role, level)| Role { level, ..role.clone() }).collect()
}

/// Returns the steps that move roles to new levels, one role at a time, so that no two roles ever have
/// the same level. Roles that exchange levels need a free one for the intermediate step.
///
/// `present` holds all roles of an organization, `wanted` the new levels of some of them.
/// [`RoleError::NotFound`] for a role that is not present, [`RoleError::LevelTaken`] if two roles would
/// end at one level, [`RoleError::NoFreeLevel`] if a free level is needed and 1 to 99 are all in use.
pub fn level_steps(
    present: &[(RoleId, Level)],
    wanted: &[(RoleId, Level)],
) -> Result<Vec<(RoleId, Level)>, RoleError> {
    let mut levels: BTreeMap<RoleId, Level> = present.iter().copied().collect();
    require_distinct(levels.clone(), wanted)?;
    let mut open: Vec<_> =
        wanted.iter().copied().filter(|(id, level)| levels.get(id) != Some(level)).collect();
    let mut steps = Vec::new();
    while let Some(&(first, _)) = open.first() {
        let in_use: BTreeSet<Level> = levels.values().copied().collect();
        let step = match open.iter().position(|(_, level)| !in_use.contains(level)) {
            Some(reachable) => open.swap_remove(reachable),
            // The remaining moves form cycles: one role moves to a free level.
            None => (first, free_level(&in_use)?),
        };
        levels.insert(step.0, step.1);
        steps.push(step);
    }
    Ok(steps)
}

fn require_distinct(
    mut levels: BTreeMap<RoleId, Level>,
    wanted: &[(RoleId, Level)],
) -> Result<(), RoleError> {
    for (id, level) in wanted {
        *levels.get_mut(id).ok_or(RoleError::NotFound)? = *level;
    }
    let distinct: BTreeSet<_> = levels.values().collect();
    if distinct.len() == levels.len() { Ok(()) } else { Err(RoleError::LevelTaken) }
}

fn free_level(in_use: &BTreeSet<Level>) -> Result<Level, RoleError> {
    Level::all_custom().find(|level| !in_use.contains(level)).ok_or(RoleError::NoFreeLevel)
}

#[cfg(test)]
mod tests {
    use bailiwick_kernel::{DisplayName, OrgId, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> RoleId {
        RoleId::from_stored(Uuid::from_u128(number))
    }

    fn at(number: u128, level: i64) -> (RoleId, Level) {
        (id(number), Level::custom(level).unwrap())
    }

    /// Applies the steps of [`level_steps`] and returns their number. Asserts that no two roles share a
    /// level after any step, and that the last step reaches the wanted levels.
    fn apply_steps(present: &[(RoleId, Level)], wanted: &[(RoleId, Level)]) -> usize {
        let steps = level_steps(present, wanted).unwrap();
        let mut levels: BTreeMap<_, _> = present.iter().copied().collect();
        for (id, level) in &steps {
            assert!(levels.values().all(|taken| taken != level), "{level:?} is in use: {steps:?}");
            levels.insert(*id, *level);
        }
        let mut expected: BTreeMap<_, _> = present.iter().copied().collect();
        expected.extend(wanted.iter().copied());
        assert_eq!(levels, expected);
        steps.len()
    }

    #[test]
    fn an_order_names_each_role_once() {
        assert_eq!(RoleOrder::new(Vec::new()), Err(RoleOrderError::Empty));
        assert_eq!(RoleOrder::new(vec![id(1), id(2), id(1), id(2)]), Err(RoleOrderError::Repeated(2)));
        assert_eq!(RoleOrder::new(vec![id(1), id(2)]), Ok(RoleOrder(vec![id(1), id(2)])));
    }

    #[test]
    fn the_first_role_gets_the_highest_level() {
        let role = |number, level| Role {
            id: id(number),
            org_id: OrgId::from_stored(Uuid::nil()),
            name: DisplayName::from_stored("r".to_owned()),
            description: String::new(),
            level: Level::custom(level).unwrap(),
            system: None,
            permissions: Vec::new(),
            created_at: Timestamp::from_unix_seconds(0).unwrap(),
        };
        let roles = [role(1, 5), role(2, 40), role(3, 30)];
        assert_eq!(with_levels_in_order(&roles), [role(1, 40), role(2, 30), role(3, 5)]);
        let order = RoleOrder::new(vec![id(3), id(1)]).unwrap();
        assert_eq!(order.pick(&roles), Ok(vec![role(3, 30), role(1, 5)]));
        assert_eq!(order.pick(&roles[..1]), Err(RoleError::NotFound));
    }

    #[test]
    fn roles_exchange_levels_through_a_free_level() {
        let present = [at(1, 10), at(2, 20), at(3, 30), at(4, 40), at(5, 50)];
        assert_eq!(apply_steps(&present, &[]), 0);
        assert_eq!(apply_steps(&present, &present), 0);
        assert_eq!(apply_steps(&present, &[at(1, 60)]), 1);
        assert_eq!(apply_steps(&present, &[at(1, 20), at(2, 10)]), 3);
        assert_eq!(apply_steps(&present, &[at(1, 20), at(2, 30), at(3, 10)]), 4);
        assert_eq!(apply_steps(&present, &[at(1, 20), at(2, 10), at(3, 50), at(4, 30), at(5, 40)]), 7);
        // A chain of moves that ends at a free level needs no intermediate step.
        assert_eq!(apply_steps(&present, &[at(1, 20), at(2, 30), at(3, 99)]), 3);
    }

    #[test]
    fn only_an_exchange_without_a_free_level_is_refused() {
        let full: Vec<_> = (1..=99_u8).map(|level| at(level.into(), level.into())).collect();
        assert_eq!(level_steps(&full, &[at(1, 2), at(2, 1)]), Err(RoleError::NoFreeLevel));
        assert_eq!(level_steps(&full, &[at(1, 1), at(2, 2)]), Ok(Vec::new()));
        assert_eq!(apply_steps(&full[1..], &[at(2, 3), at(3, 2)]), 3);
    }

    #[test]
    fn a_level_of_another_role_and_an_unknown_role_are_refused() {
        let present = [at(1, 10), at(2, 20)];
        assert_eq!(level_steps(&present, &[at(1, 20)]), Err(RoleError::LevelTaken));
        assert_eq!(level_steps(&present, &[at(1, 30), at(2, 30)]), Err(RoleError::LevelTaken));
        assert_eq!(level_steps(&present, &[at(3, 30)]), Err(RoleError::NotFound));
    }
}
