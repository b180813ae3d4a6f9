//! The mutants that the suite accepts for a reason.

use super::measure::Report;
use super::mutant::Mutant;

/// Mutants that survive for a reason. In a name, `*` stands for any text.
struct Exception {
    reason: &'static str,
    names: &'static [&'static str],
}

/// Mutants that no case can tell from a sound store, because what a port promises does not depend on the change.
const EQUIVALENT: &[Exception] = &[
    Exception {
        reason: "storing, deleting, ending or claiming the same again changes nothing",
        names: &[
            "Store::record_activity: is done twice",
            "Store::apply_retention: is done twice",
            "Store::await_invalidation: is done twice",
            "UserRepo::update: is done twice",
            "UserRepo::replace_password: is done twice",
            "SessionRepo::insert_page: is done twice",
            "SessionRepo::end: is done twice",
            "SessionRepo::rotate: is done twice",
            "SessionRepo::extend_page: is done twice",
            "SessionRepo::confirm_page: is done twice",
            "SecretRepo::consume: is done twice",
            "SecretRepo::revoke: is done twice",
            "SecretRepo::issue_setup: is done twice",
            "SecretRepo::consume_setup: is done twice",
            "AttemptRepo::store: is done twice",
            "AttemptRepo::clear: is done twice",
            "OrgRepo::insert: is done twice",
            "OrgRepo::update: is done twice",
            "OrgRepo::update_membership: is done twice",
            "OrgRepo::delete_membership: is done twice",
            "RoleRepo::insert: is done twice",
            "RoleRepo::update: is done twice",
            "RoleRepo::set_levels: is done twice",
            "RoleRepo::add_grants: is done twice",
            "RoleRepo::insert_entry: is done twice",
            "InviteRepo::close: is done twice",
            "OutboxRepo::enqueue: is done twice",
            "OutboxRepo::make_due: is done twice",
            "TicketRepo::consume: is done twice",
            "FeedRepo::register: is done twice",
            "FeedRepo::forget: is done twice",
            "FeedRepo::claim: is done twice",
            "FeedRepo::record: is done twice",
        ],
    },
    Exception {
        reason: "what has expired stays expired, so a later time finds nothing more",
        names: &[
            "SessionRepo::list: also by now: * later",
            "SecretRepo::*: also by now: * later",
            "TicketRepo::consume: also by now: * later",
            "DirectoryRepo::list_members: also by now: * later",
        ],
    },
    Exception {
        reason: "a narrower filter finds nothing more",
        names: &[
            "Store::apply_retention: also by cutoffs: * earlier",
            "SessionRepo::end: also by now: * later",
            "AuditRepo::list: also by filter: from: * later",
            "AuditRepo::list: also by filter: to: * earlier",
            "OutboxRepo::claim: also by claim: now: a year earlier",
            "RoleRepo::list_entries: also by org: None for a value",
            "RoleRepo::find_lacking: also by required: each: role: Owner for Guest",
        ],
    },
    Exception {
        reason: "the refusal does not depend on this argument",
        names: &[
            "*::load_view: also by query: session: *",
            "*::load_view: also by query: org: *",
            "*::lock_view: also by query: session: *",
            "*::lock_view: also by query: org: *",
            "UserRepo::insert: also by user: id: *",
            "SessionRepo::rotate: also by next: hash: *",
            "SessionRepo::rotate: also by now: *",
            "SessionRepo::confirm_page: also by at: *",
            "OrgRepo::set_archived: also by at: *",
            "OrgRepo::update_membership: also by membership: org_id: *",
            "RoleRepo::insert: also by role: permissions: *",
            "RoleRepo::update: also by role: permissions: *",
            "RoleRepo::delete: also by now: * earlier",
            "RoleRepo::insert_entry: also by entry: id: *",
            "RoleRepo::insert_entry: also by entry: permission: *",
            "InviteRepo::insert: also by invitation: id: *",
            "InviteRepo::insert: also by invitation: inviter_id: *",
            "InviteRepo::insert: also by token: *",
            "InviteRepo::close: also by invitation: *",
            "OutboxRepo::make_due: also by now: *",
            "FeedRepo::claim: also by request: id: *",
            "FeedRepo::claim: also by request: until: *",
            "FeedRepo::claim: also by request: now: * earlier",
            "FeedRepo::claim: also by request: latest: * later",
        ],
    },
    Exception {
        reason: "a lock where none is asked for makes others wait, and what is found is the same",
        names: &["*: lock: Update for None", "*: also by lock: *"],
    },
    Exception {
        reason: "the invitation is found by its id, and its state alone is stored",
        names: &[
            "InviteRepo::close: invitation: org_id: *",
            "InviteRepo::close: invitation: email: *",
            "InviteRepo::close: invitation: role_id: *",
            "InviteRepo::close: invitation: inviter_id: *",
            "InviteRepo::close: invitation: message: *",
            "InviteRepo::close: invitation: expires_at: *",
            "InviteRepo::close: invitation: created_at: *",
        ],
    },
    Exception {
        reason: "the mail is found by its id, and the outcome alone is stored",
        names: &[
            "OutboxRepo::record_delivery: mail: to: *",
            "OutboxRepo::record_delivery: mail: message: *",
            "OutboxRepo::record_delivery: mail: languages: *",
            "OutboxRepo::record_delivery: mail: attempts: *",
            "OutboxRepo::record_delivery: mail: created_at: *",
        ],
    },
    Exception {
        reason: "an update does not store these fields",
        names: &[
            "OrgRepo::update: org: created_at: *",
            "OrgRepo::update_membership: membership: created_at: *",
            "RoleRepo::update: role: created_at: *",
            "RoleRepo::update: role: system: *",
        ],
    },
    Exception {
        reason: "no method returns these times",
        names: &[
            "SecretRepo::issue: secret: created_at: *",
            "OrgRepo::set_archived: at: *",
            "FeedRepo::register: now: *",
        ],
    },
    Exception {
        reason: "the argument is a set",
        names: &[
            "Store::record_activity: seen: the last is repeated",
            "Store::record_activity: seen: reversed",
            "Store::record_activity: seen: two in the middle are exchanged",
            "SecretRepo::revoke: kinds: the last is repeated",
            "SecretRepo::revoke: kinds: reversed",
            "SecretRepo::revoke: kinds: two in the middle are exchanged",
            "RoleRepo::set_levels: levels: the last is repeated",
            "RoleRepo::set_levels: levels: reversed",
            "RoleRepo::set_levels: levels: two in the middle are exchanged",
            "RoleRepo::find_lacking: required: the last is repeated",
            "RoleRepo::find_lacking: required: reversed",
            "RoleRepo::find_lacking: required: two in the middle are exchanged",
            "RoleRepo::lock_system_roles: orgs: the last is repeated",
            "RoleRepo::lock_system_roles: orgs: reversed",
            "RoleRepo::lock_system_roles: orgs: two in the middle are exchanged",
            "RoleRepo::add_grants: grants: the last is repeated",
            "RoleRepo::add_grants: grants: reversed",
            "RoleRepo::add_grants: grants: two in the middle are exchanged",
            "DirectoryRepo::list_members: filter: statuses: the last is repeated",
            "DirectoryRepo::list_members: filter: statuses: reversed",
            "DirectoryRepo::list_members: filter: statuses: two in the middle are exchanged",
            "DirectoryRepo::list_members: filter: accounts: the last is repeated",
            "DirectoryRepo::list_members: filter: accounts: reversed",
            "DirectoryRepo::list_members: filter: accounts: two in the middle are exchanged",
            "DirectoryRepo::list_members: filter: roles: the last is repeated",
            "DirectoryRepo::list_members: filter: roles: reversed",
            "DirectoryRepo::list_members: filter: roles: two in the middle are exchanged",
        ],
    },
    Exception {
        reason: "a repeated grant is stored once",
        names: &[
            "RoleRepo::update: role: permissions: the last is repeated",
            "RoleRepo::add_grants: grants: each: second: the last is repeated",
        ],
    },
    Exception {
        reason: "no order is promised",
        names: &[
            "RoleRepo::lock_system_roles: answer: reversed",
            "RoleRepo::lock_system_roles: answer: two in the middle are exchanged",
        ],
    },
    Exception {
        reason: "a search ignores case and outer spaces",
        names: &["*: filter: search: in lower case", "*: filter: search: outer spaces are lost"],
    },
    Exception {
        reason: "the refusals of this method have no meaning of their own",
        names: &[
            "SessionRepo::insert: refuses for another reason",
            "SessionRepo::insert_page: refuses for another reason",
            "SecretRepo::issue: refuses for another reason",
        ],
    },
    Exception {
        reason: "a case cannot stop the database",
        names: &["Store::ping: does nothing, and says nothing"],
    },
];

/// Mutants that only a store with concurrent writers, caches that follow later, or several partitions can show.
const NOT_IN_MEMORY: &[Exception] = &[
    Exception {
        reason: "the store in memory writes one transaction at a time",
        names: &["*: lock: None for Update"],
    },
    Exception {
        reason: "the store in memory invalidates caches before a change is visible",
        names: &["Store::await_invalidation: does nothing, and says nothing"],
    },
    Exception {
        reason: "the store in memory has one partition",
        names: &["FeedRepo::claim: answer: claim: partition: *", "FeedRepo::record: claim: partition: *"],
    },
];

fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    name.strip_prefix(start).is_some_and(|name| {
        let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
        ends.any(|at| matches(rest, &name[at..]))
    })
}

fn patterns(exceptions: &'static [Exception]) -> impl Iterator<Item = (&'static str, &'static str)> {
    exceptions.iter().flat_map(|exception| exception.names.iter().map(|name| (*name, exception.reason)))
}

fn is_excused(exceptions: &'static [Exception], name: &str) -> bool {
    patterns(exceptions).any(|(pattern, _)| matches(pattern, name))
}

/// Returns whether the store in memory cannot show what the mutant breaks, so that a database is to kill it.
pub fn needs_database(mutant: &Mutant) -> bool {
    let name = mutant.to_string();
    is_excused(NOT_IN_MEMORY, &name) && !is_excused(EQUIVALENT, &name)
}

/// Returns whether the suite need not kill the mutant on any store.
pub(super) fn is_equivalent(name: &str) -> bool {
    is_excused(EQUIVALENT, name)
}

/// Returns the survivors in memory that are no exceptions.
pub fn unexpected(report: &Report) -> Vec<&str> {
    let is_excused = |name: &str| is_excused(EQUIVALENT, name) || is_excused(NOT_IN_MEMORY, name);
    report.survivors().filter(|name| !is_excused(name)).collect()
}

/// Returns the exceptions that are to be removed, because the suite kills every mutant that they cover. The
/// report must be one of all mutants.
pub fn outdated(report: &Report) -> Vec<&'static str> {
    let is_needed = |pattern: &str| report.alive().any(|name| matches(pattern, name));
    let all = patterns(EQUIVALENT).chain(patterns(NOT_IN_MEMORY)).map(|(pattern, _)| pattern);
    all.filter(|pattern| !is_needed(pattern)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, expected) in [
            ("A::b: c", "A::b: c", true),
            ("A::b: c", "A::b: cd", false),
            ("A::b: *", "A::b: c", true),
            ("*: c", "A::b: c", true),
            ("*: c", "A::b: cd", false),
            ("*: c", "A: c: c", true),
            ("A::*: also * later", "A::b: also by now: a year later", true),
            ("A::*: also * later", "B::b: also by now: a year later", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} for {name}");
        }
    }
}
