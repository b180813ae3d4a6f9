//! The conformance suite refuses a store with a flaw.

use std::sync::Arc;

use bailiwick_app::Store;
use bailiwick_testkit::conformance::{Capabilities, Fixture, run_all};
use bailiwick_testkit::{Flaw, MemoryStore, Outcome};

use crate::failures;

/// A store with short races, because its flaws fail within a few rounds.
struct ShortRaces(MemoryStore);

impl Fixture for ShortRaces {
    fn store(&self) -> Arc<dyn Store> {
        self.0.store()
    }

    fn rounds(&self) -> u32 {
        10
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }
}

fn outcomes(store: impl Fn() -> MemoryStore + Sync) -> Vec<Outcome> {
    run_all(async || ShortRaces(store()))
}

fn assert_refused(flaw: Flaw, expected: &[&str]) {
    crate::assert_refused(flaw, outcomes(|| MemoryStore::with_flaw(flaw)), expected);
}

#[test]
fn a_sound_store_is_accepted() {
    assert_eq!(failures(outcomes(MemoryStore::new)), []);
}

#[test]
fn a_check_before_an_insert_is_refused() {
    assert_refused(
        Flaw::CheckThenInsert,
        &[
            "races_of_accounts::of_many_who_sign_up_with_one_address_one_gets_it",
            "races_of_accounts::an_address_that_many_move_to_goes_to_one",
        ],
    );
}

#[test]
fn a_select_before_an_update_is_refused() {
    assert_refused(
        Flaw::SelectThenUpdate,
        &[
            "races_of_accounts::a_secret_shown_by_many_is_used_once",
            "tickets::a_ticket_presented_concurrently_is_used_once",
            "races_of_accounts::a_password_changed_by_many_is_changed_once",
            "races_of_attempts::of_many_attempts_at_once_as_many_are_let_in_as_one_by_one",
            "races_of_invitations::an_invitation_settled_by_many_is_settled_once",
            "races_of_sessions::a_refresh_token_shown_by_many_is_used_once",
            "races_of_sessions::of_many_moves_of_an_idle_expiry_the_latest_stays",
            "races_of_sessions::the_setup_secret_shown_by_many_is_used_once",
            "races_of_mail::each_mail_is_given_to_one_of_many_senders",
        ],
    );
}

#[test]
fn owners_counted_without_a_lock_are_refused() {
    assert_refused(
        Flaw::CountInSubQuery,
        &[
            "races_of_organizations::of_two_owners_who_leave_at_once_one_stays",
            "races_of_organizations::of_two_who_suspend_or_remove_each_other_one_stays",
            "races_of_organizations::who_locks_or_deletes_a_locked_organization_waits",
            "races_of_organizations::writes_under_the_lock_of_an_organization_happen_one_after_another",
            "races_of_roles::no_member_is_left_with_a_role_deleted_meanwhile",
            "role_grants::of_many_who_complete_roles_at_once_one_finds_them_lacking",
        ],
    );
}

#[test]
fn rows_found_in_another_organization_are_refused() {
    assert_refused(
        Flaw::MissingTenantFilter,
        &[
            "audit::the_rows_of_one_organization_or_all_are_listed",
            "invites::an_invitation_of_another_organization_is_not_found",
            "received_invitations::an_invitation_is_found_by_its_own_address_alone",
            "memberships::a_membership_of_another_organization_is_not_found",
            "roles::a_role_of_another_organization_is_not_found",
        ],
    );
}

#[test]
fn a_list_of_sessions_past_their_idle_expiry_is_refused() {
    assert_refused(Flaw::ListsUnused, &["page_sessions::a_session_is_not_listed_from_its_idle_expiry_on"]);
}

#[test]
fn a_rollback_that_commits_is_refused() {
    assert_refused(
        Flaw::LostRollback,
        &[
            "transactions::a_transaction_rolled_back_leaves_nothing",
            "transactions::a_refused_change_is_rolled_back_with_all_before_it",
        ],
    );
}

#[test]
fn a_dropped_transaction_that_commits_is_refused() {
    assert_refused(
        Flaw::DirtyDrop,
        &[
            "transactions::a_transaction_dropped_leaves_nothing",
            "transactions::a_task_aborted_within_a_transaction_leaves_nothing",
        ],
    );
}

#[test]
fn a_store_that_invalidates_no_cache_is_refused() {
    assert_refused(
        Flaw::MissingInvalidation,
        &[
            "invalidation::changes_of_an_account_are_invalidated",
            "invalidation::changes_of_a_membership_are_invalidated",
            "invalidation::changes_of_a_role_are_invalidated",
            "invalidation::the_end_of_an_organization_is_invalidated",
            "invalidation::no_memory_is_older_than_an_answered_commit",
        ],
    );
}
