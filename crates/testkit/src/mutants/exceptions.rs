//! The mutants that the suite accepts for a reason.

use super::measure::Report;

/// Mutants that survive for a reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Exception {
    /// The name of the mutant; `*` stands for any text.
    name: &'static str,
    /// Why no case can or need fail.
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[];

impl Exception {
    fn covers(&self, name: &str) -> bool {
        let mut parts = self.name.split('*');
        let mut rest = parts.next().and_then(|start| name.strip_prefix(start));
        let mut is_open = false;
        for part in parts {
            is_open = part.is_empty();
            rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
        }
        rest.is_some_and(|rest| is_open || rest.is_empty())
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
