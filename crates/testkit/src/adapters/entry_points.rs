//! What each suite offers to tests.

/// Defines `run`, `names` and `run_all` of a suite from the macro that passes the list of its cases on. Its file
/// has a trait `Fixture`, and a type `World` that a case gets: the fixture.
macro_rules! entry_points {
    ($every_case:ident) => {
        $every_case! { [$crate::runner::registry] }

        fn suite<X: Fixture>() -> $crate::runner::Suite<World, X> {
            $crate::runner::Suite {
                cases: CASES,
                open: |_, fixture| fixture.clone(),
                deviations: |fixture| fixture.deviations(),
            }
        }

        /// Runs the case of this name on a fixture of its own.
        ///
        /// # Panics
        ///
        /// If the adapter breaks the promise, or no case has this name.
        pub fn run<X: Fixture>(name: &str, fixture: impl AsyncFnOnce() -> X) {
            suite().run(name, fixture);
        }

        /// Returns the names of all cases, `file::case`.
        pub fn names() -> impl Iterator<Item = &'static str> {
            CASES.iter().map(|(name, _)| *name)
        }

        /// Runs every case, each on a fixture of its own, as [`crate::conformance::run_all`].
        pub fn run_all<X: Fixture>(fixture: impl AsyncFn() -> X + Sync) -> Vec<$crate::runner::Outcome> {
            suite().run_all(fixture)
        }
    };
}
