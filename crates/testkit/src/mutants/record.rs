//! Macros that implement [`Mutate`](super::values::Mutate) by the fields and variants of a type. The compiler
//! rejects a list from which a field or a variant is missing.

use super::values::{Known, Mutate, within};

/// Returns the ways of the field that `read` returns.
pub(super) fn ways_of<S, F: Mutate>(field: &str, _read: fn(&S) -> &F) -> impl Iterator<Item = String> {
    within(field, F::ways())
}

/// Changes the field if `way` is one of its ways; else returns the number of the way among those of the
/// fields after it.
pub(super) fn mutate_field<F: Mutate>(field: &mut F, way: usize, known: &Known) -> Option<usize> {
    let later = way.checked_sub(F::ways().len());
    if later.is_none() {
        field.mutate(way, known);
    }
    later
}

/// Implements `Mutate` for structs with public fields. `selects` is [`Mutate::selects`].
macro_rules! records {
    (selects: $selects:literal; $($type:ty { $($field:ident),+ $(,)? })+) => {
        $crate::mutants::record::records! { @each [$selects] $($type { $($field),+ })+ }
    };
    (@each $selects:tt $($type:ty { $($field:ident),+ })+) => {$(
        impl $crate::mutants::values::Mutate for $type {
            fn ways() -> Vec<String> {
                let mut ways = Vec::new();
                $(ways.extend($crate::mutants::record::ways_of(stringify!($field), |it: &Self| &it.$field));)+
                ways
            }

            fn mutate(&mut self, way: usize, known: &$crate::mutants::values::Known) {
                let Self { $($field),+ } = self;
                $(let Some(way) = $crate::mutants::record::mutate_field($field, way, known) else { return };)+
                let _ = way;
            }

            fn selects() -> bool {
                let [selects] = $selects;
                selects
            }

            fn teach(&self, known: &mut $crate::mutants::values::Known) {
                let Self { $($field),+ } = self;
                $($crate::mutants::values::Mutate::teach($field, known);)+
                known.add(self);
            }
        }
    )+};
}
pub(super) use records;

/// Implements `Mutate` for enums without data: each variant is changed to the next one.
macro_rules! choices {
    ($($type:ident { $($variant:ident),+ $(,)? })+) => {$(
        impl $crate::mutants::values::Mutate for $type {
            fn ways() -> Vec<String> {
                let names = [$(stringify!($variant)),+];
                let next = names.iter().cycle().skip(1);
                names.iter().zip(next).map(|(from, to)| format!("{to} for {from}")).collect()
            }

            fn mutate(&mut self, way: usize, _: &$crate::mutants::values::Known) {
                // The compiler rejects a list from which a variant is missing.
                match self { $(Self::$variant => {})+ }
                let all = [$(Self::$variant),+];
                if all.get(way) == Some(&*self) {
                    *self = all[(way + 1) % all.len()].clone();
                }
            }
        }
    )+};
}
pub(super) use choices;

/// Implements `Mutate` for enums with data: its fields are changed, and a variant by the functions given.
macro_rules! variants {
    ($($type:ty {
        $($variant:ident { $($key:tt: $field:ident),* $(,)? }),+ $(,)?
    } $(or { $($name:literal => $change:expr),+ $(,)? })?;)+) => {$(
        impl $crate::mutants::values::Mutate for $type {
            fn ways() -> Vec<String> {
                let mut ways = Vec::<String>::new();
                $($(ways.extend($crate::mutants::record::ways_of(
                    concat!(stringify!($variant), ".", stringify!($field)),
                    |it: &Self| match it {
                        Self::$variant { $key: value, .. } => value,
                        _ => unreachable!("only the type of the field is used"),
                    },
                ));)*)+
                $($(ways.push($name.to_owned());)+)?
                ways
            }

            fn mutate(&mut self, way: usize, known: &$crate::mutants::values::Known) {
                $($(
                    let field = match self {
                        Self::$variant { $key: value, .. } => Some(value),
                        _ => None,
                    };
                    let Some(way) = $crate::mutants::record::mutate_variant(field, way, known) else {
                        return;
                    };
                )*)+
                let changes: &[fn(&Self) -> Option<Self>] = &[$($($change),+)?];
                if let Some(changed) = changes.get(way).and_then(|change| change(self)) {
                    *self = changed;
                }
            }

            fn teach(&self, known: &mut $crate::mutants::values::Known) {
                match self {
                    $(Self::$variant { $($key: $field),* } => {
                        $($crate::mutants::values::Mutate::teach($field, known);)*
                    })+
                }
                known.add(self);
            }
        }
    )+};
}
pub(super) use variants;

/// As [`mutate_field`], for the field of a variant, which is `None` if the value is another variant.
pub(super) fn mutate_variant<F: Mutate>(field: Option<&mut F>, way: usize, known: &Known) -> Option<usize> {
    let later = way.checked_sub(F::ways().len());
    if let (None, Some(field)) = (later, field) {
        field.mutate(way, known);
    }
    later
}
