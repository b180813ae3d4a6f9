//! The mutants that the suite accepts for a reason.

use super::measure::Report;

/// Mutants that survive for a reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exception {
    /// The name of the mutant; `*` at the end stands for any end.
    pub name: &'static str,
    /// Why no case can or need fail.
    pub reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[];

impl Exception {
    fn covers(&self, name: &str) -> bool {
        self.name.strip_suffix('*').map_or(self.name == name, |start| name.starts_with(start))
    }
}

/// Returns the survivors that are no exceptions, and the exceptions that cover no survivor although
/// one of their mutants was run.
pub fn unexpected(report: &Report) -> Vec<String> {
    let excused = |name: &str| EXCEPTIONS.iter().any(|exception| exception.covers(name));
    let survivors = report.survivors().filter(|name| !excused(name)).map(|name| format!("survives: {name}"));
    let is_idle = |exception: &&Exception| {
        report.killed().any(|name| exception.covers(name))
            && !report.survivors().any(|name| exception.covers(name))
    };
    let idle = EXCEPTIONS.iter().filter(is_idle);
    survivors.chain(idle.map(|exception| format!("is killed, so no exception: {}", exception.name))).collect()
}
