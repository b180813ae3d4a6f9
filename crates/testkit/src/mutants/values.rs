//! The ways in which a value can be changed.

use std::any::{Any, TypeId};
use std::collections::HashMap;

use bailiwick_kernel::{Cursor, Limit, Page, PageRequest, Timestamp};
use time::Duration;

/// Number of values of each type that are remembered.
const REMEMBERED: usize = 12;

/// A value of a port that a mutant can change.
pub(super) trait Mutate: Clone + PartialEq + Send + Sync + 'static {
    /// Returns a name for each way in which a value of this type can be changed.
    fn ways() -> Vec<String>;

    /// Changes the value in the way of this number. It stays as it is where the way does not apply.
    fn mutate(&mut self, way: usize, known: &Known);

    /// Whether a value of this type chooses what a call concerns, and is not stored itself.
    fn selects() -> bool {
        true
    }

    /// Adds the value and its parts to the known values.
    fn teach(&self, known: &mut Known) {
        known.add(self);
    }
}

/// The values that were passed to a store so far, newest last.
#[derive(Default)]
pub(super) struct Known {
    values: HashMap<TypeId, Vec<Box<dyn Any + Send + Sync>>>,
    /// Which of the other known values is taken.
    pub(super) choice: usize,
}

impl Known {
    pub(super) fn add<T: Mutate>(&mut self, value: &T) {
        let values = self.values.entry(TypeId::of::<T>()).or_default();
        values.retain(|known| known.downcast_ref() != Some(value));
        values.push(Box::new(value.clone()));
        if values.len() > REMEMBERED {
            values.remove(0);
        }
    }

    /// Iterates over the known values of a type, newest first.
    pub(super) fn all<T: Mutate>(&self) -> impl Iterator<Item = &T> {
        self.values
            .get(&TypeId::of::<T>())
            .into_iter()
            .flatten()
            .rev()
            .filter_map(|value| value.downcast_ref())
    }

    /// Returns a known value that differs from `value`.
    pub(super) fn other<T: Mutate>(&self, value: &T) -> Option<T> {
        self.all().filter(|known| *known != value).nth(self.choice).cloned()
    }
}

/// Name of the way that takes another known value.
pub(super) const ANOTHER: &str = "another known value";

/// Implements [`Mutate`] for types whose only way is another known value, such as ids.
macro_rules! opaque {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::mutants::values::Mutate for $type {
            fn ways() -> Vec<String> {
                vec![$crate::mutants::values::ANOTHER.to_owned()]
            }

            fn mutate(&mut self, _: usize, known: &$crate::mutants::values::Known) {
                if let Some(other) = known.other(self) {
                    *self = other;
                }
            }
        }
    )+};
}
pub(super) use opaque;

/// Names a way by the part of the value that it changes.
pub(super) fn within(part: &str, ways: Vec<String>) -> impl Iterator<Item = String> {
    let part = part.to_owned();
    ways.into_iter().map(move |way| format!("{part}: {way}"))
}

const TIMES: [(&str, Duration); 4] = [
    ("a microsecond earlier", Duration::microseconds(-1)),
    ("a microsecond later", Duration::microseconds(1)),
    ("a year earlier", Duration::days(-365)),
    ("a year later", Duration::days(365)),
];

impl Mutate for Timestamp {
    fn ways() -> Vec<String> {
        TIMES.iter().map(|(name, _)| (*name).to_owned()).chain(["in whole milliseconds".to_owned()]).collect()
    }

    fn mutate(&mut self, way: usize, _: &Known) {
        let micros = self.unix_micros();
        let cut = Self::from_unix_micros(micros - micros.rem_euclid(1000));
        *self = TIMES.get(way).map(|(_, by)| *self + *by).or(cut).unwrap_or(*self);
    }
}

impl Mutate for bool {
    fn ways() -> Vec<String> {
        vec!["true for false".to_owned(), "false for true".to_owned()]
    }

    fn mutate(&mut self, way: usize, _: &Known) {
        *self = way == 0;
    }
}

macro_rules! numbers {
    ($($type:ty)+) => {$(
        impl Mutate for $type {
            fn ways() -> Vec<String> {
                ["one less", "one more", "none", "without limit"].map(str::to_owned).to_vec()
            }

            fn mutate(&mut self, way: usize, _: &Known) {
                *self = match way {
                    0 => self.saturating_sub(1),
                    1 => self.saturating_add(1),
                    2 => 0,
                    _ => <$type>::MAX,
                };
            }
        }
    )+};
}
numbers! { u32 u64 usize i16 }

impl<T: Mutate> Mutate for Option<T> {
    fn ways() -> Vec<String> {
        let own = ["None for a value", "a known value for None"].map(str::to_owned);
        own.into_iter().chain(T::ways()).collect()
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        match (way, &mut *self) {
            (0, _) => *self = None,
            (1, None) => *self = known.all().nth(known.choice).cloned(),
            (1, Some(_)) => {}
            (way, inner) => {
                if let Some(value) = inner {
                    value.mutate(way - 2, known);
                }
            }
        }
    }

    fn teach(&self, known: &mut Known) {
        if let Some(value) = self {
            value.teach(known);
        }
    }
}

const LISTS: [&str; 7] = [
    "the first is lost",
    "the last is lost",
    "the last is repeated",
    "reversed",
    "two in the middle are exchanged",
    "cut at 100",
    "cut at 1000",
];
/// Number of the ways of [`LISTS`] that concern a page, which has at most 100 rows.
const OF_PAGES: usize = 5;

/// Changes a list in the way of this number.
fn mutate_list<T: Clone>(items: &mut Vec<T>, way: usize) {
    let middle = items.len() / 2;
    match way {
        0 if !items.is_empty() => drop(items.remove(0)),
        1 => drop(items.pop()),
        2 => items.extend(items.last().cloned()),
        3 => items.reverse(),
        4 if middle > 0 => items.swap(middle - 1, middle),
        5 => items.truncate(100),
        6 => items.truncate(1000),
        _ => {}
    }
}

impl<T: Mutate> Mutate for Vec<T> {
    fn ways() -> Vec<String> {
        LISTS.iter().map(|name| (*name).to_owned()).chain(within("each", T::ways())).collect()
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        match way.checked_sub(LISTS.len()) {
            None => mutate_list(self, way),
            Some(way) => self.iter_mut().for_each(|item| item.mutate(way, known)),
        }
    }

    fn selects() -> bool {
        T::selects()
    }

    fn teach(&self, known: &mut Known) {
        for item in self {
            item.teach(known);
        }
    }
}

impl<T: Mutate> Mutate for Page<T> {
    fn ways() -> Vec<String> {
        let lists = LISTS.iter().take(OF_PAGES).map(|name| format!("items: {name}"));
        let next = within("next", Option::<Cursor>::ways());
        lists.chain(next).chain(within("each", T::ways())).collect()
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        let of_next = Option::<Cursor>::ways().len();
        match (way.checked_sub(OF_PAGES), way.checked_sub(OF_PAGES + of_next)) {
            (None, _) => mutate_list(&mut self.items, way),
            (Some(way), None) => self.next.mutate(way, known),
            (_, Some(way)) => self.items.iter_mut().for_each(|item| item.mutate(way, known)),
        }
    }

    fn teach(&self, known: &mut Known) {
        self.items.teach(known);
        self.next.teach(known);
    }
}

opaque! { Cursor }

impl Mutate for Limit {
    fn ways() -> Vec<String> {
        ["one less", "one more", "the largest", "the default"].map(str::to_owned).to_vec()
    }

    fn mutate(&mut self, way: usize, _: &Known) {
        let number = match way {
            0 => self.get().saturating_sub(1),
            1 => self.get() + 1,
            2 => 100,
            _ => Self::default().get(),
        };
        *self = Self::parse(Some(&number.to_string())).unwrap_or(*self);
    }
}

super::record::records! { selects: true; PageRequest { limit, after } }

impl Mutate for () {
    fn ways() -> Vec<String> {
        Vec::new()
    }

    fn mutate(&mut self, _: usize, _: &Known) {}
}

impl<A: Mutate, B: Mutate> Mutate for (A, B) {
    fn ways() -> Vec<String> {
        within("first", A::ways()).chain(within("second", B::ways())).collect()
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        match way.checked_sub(A::ways().len()) {
            None => self.0.mutate(way, known),
            Some(way) => self.1.mutate(way, known),
        }
    }

    fn teach(&self, known: &mut Known) {
        self.0.teach(known);
        self.1.teach(known);
    }
}
