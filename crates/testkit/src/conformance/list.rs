//! The list of all tests, and the macro that makes an adapter's tests of it.

/// Makes the tests of an adapter: `conformance!(module, future of a fixture)`.
/// See [`mod@crate::conformance`].
#[macro_export]
macro_rules! conformance {
    ($module:ident, $fixture:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the fixture may need none")]
            use super::*;

            $crate::every_conformance_test! { [$crate::conformance_tests] $fixture }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ([$fixture:expr] $($file:ident: $($test:ident)+;)+) => {$(
        mod $file {
            #[allow(unused_imports, reason = "the fixture may need none")]
            use super::*;
            $(
                #[test]
                fn $test() {
                    let name = concat!(stringify!($file), "::", stringify!($test));
                    $crate::conformance::run(name, async || $fixture.await);
                }
            )+
        }
    )+};
}

/// Hands the list of all tests to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! every_conformance_test {
    ([$($with:tt)+] $($argument:tt)*) => {
        $($with)+! { [$($argument)*]
            users:
                an_account_is_found_as_it_was_stored
                an_unknown_account_is_not_found
                an_account_that_is_held_is_found_as_it_is
                an_address_has_one_account
                renaming_changes_the_names_alone
                standing_is_stored_and_nothing_else
                a_password_is_replaced_only_while_it_is_the_old_one
                an_account_is_made_an_administrator_of_the_platform
                an_account_that_is_gone_cannot_be_changed
                a_deleted_account_takes_sessions_secrets_and_memberships_along
                what_a_deleted_account_did_for_others_stays
            ;
            secrets:
                a_secret_is_used_once
                an_unknown_secret_names_nobody
                only_the_newest_secret_of_a_kind_works
                a_secret_works_as_its_own_kind_alone
                a_secret_does_not_replace_one_of_another_kind
                a_secret_works_before_its_expiry_and_not_at_it
                a_use_that_is_rolled_back_was_none
            ;
            attempts:
                of_a_new_pair_no_attempts_are_known
                attempts_are_found_as_they_were_stored
                attempts_rolled_back_were_none
                a_pair_is_cleared_and_no_other
                an_account_is_cleared_with_every_client
                no_more_than_so_many_old_attempts_are_forgotten
                an_account_is_spared_until_the_time_given
                no_account_that_is_gone_is_spared
            ;
            sessions:
                a_login_is_recorded
                one_account_has_many_sessions
                a_login_without_an_account_is_refused
            ;
            orgs:
                an_organization_is_found_as_it_was_stored
                a_slug_has_one_organization
                name_and_slug_are_changed_and_nothing_else
                a_slug_in_use_is_not_taken_over
                an_organization_that_is_gone_is_neither_locked_changed_nor_deleted
                active_accounts_with_an_active_membership_in_the_owner_role_own
                a_custom_role_of_the_highest_level_owns_nothing
                an_owner_of_one_organization_owns_no_other
                a_deleted_organization_takes_everything_of_its_own_along
                the_slug_of_a_deleted_organization_is_free_again
            ;
            memberships:
                a_membership_is_found_as_it_was_stored
                a_membership_of_another_organization_is_not_found
                one_person_is_a_member_of_many_organizations
                a_pair_has_one_membership_whatever_its_status
                a_membership_has_a_role_of_its_organization
                nobody_becomes_a_member_of_what_is_gone
                role_status_and_times_are_updated_and_nothing_else
                an_update_of_no_membership_is_refused
                no_role_of_another_organization_is_assigned
                a_membership_that_never_came_to_be_is_forgotten
            ;
            roles:
                a_role_is_found_as_it_was_stored
                grants_keep_their_order
                a_role_of_another_organization_is_not_found
                system_roles_are_found
                roles_are_listed_by_level_with_the_highest_first
                a_name_has_one_role_in_any_case
                a_level_has_one_role
                a_name_taken_is_named_before_a_level_taken
                organizations_share_no_names_and_levels
                name_description_level_and_grants_are_updated_and_nothing_else
                an_update_takes_no_name_or_level_of_another_role
                a_role_of_another_organization_is_not_updated
            ;
            role_deletion:
                a_role_that_nobody_holds_is_deleted
                members_and_open_invitations_are_counted
                only_the_role_itself_is_counted
                former_members_lose_the_reference
                settled_invitations_lose_the_reference
                an_invitation_counts_before_its_expiry_and_not_at_it
                a_role_of_another_organization_is_not_deleted
                who_lost_a_deleted_role_can_come_back_with_another
            ;
            catalogue:
                an_entry_is_found_as_it_was_stored
                a_private_entry_is_seen_by_its_organization_alone
                a_scope_has_a_pair_once
                entries_are_listed_by_resource_and_action
                a_pair_that_is_global_and_private_is_listed_once_as_global
            ;
            invites:
                an_invitation_is_found_as_it_was_stored
                an_invitation_of_another_organization_is_not_found
                an_unknown_token_names_no_invitation
                an_address_has_one_pending_invitation_in_an_organization
                an_expired_invitation_is_still_in_the_way_of_another
                a_settled_invitation_makes_room_for_another
                an_invitation_offers_a_role_of_its_organization
                nobody_is_invited_to_what_is_gone
                an_invitation_is_settled_once
                settling_stores_the_state_alone
                invitations_are_listed_by_their_status_at_the_time
                pages_of_invitations_leave_nothing_out_and_repeat_nothing
            ;
            directory:
                a_member_is_found_whatever_the_status
                who_never_was_a_member_is_not_found
                members_are_listed_by_account_without_the_removed_and_the_late
                members_are_listed_by_status
                members_are_listed_by_role
                pages_of_members_leave_nobody_out_and_repeat_nobody
                the_organizations_of_active_memberships_are_listed
                organizations_are_listed_in_pages_or_all_at_once
            ;
            member_search:
                a_part_of_address_name_or_full_name_finds_a_member
                the_case_of_ascii_letters_does_not_matter_in_a_search
                wildcards_stand_for_themselves_in_a_search
                a_search_finds_nobody_of_another_organization
                a_search_finds_no_one_removed_unless_asked_to
            ;
            outbox:
                a_mail_is_due_at_once_and_comes_out_as_it_went_in
                a_mail_of_the_future_is_not_due
                the_oldest_mail_is_claimed_first
                no_more_mail_is_claimed_than_asked_for
                a_claimed_mail_is_hidden_until_the_time_given
                a_claim_that_is_rolled_back_hides_nothing
                a_mail_sent_is_never_claimed_again
                a_failed_mail_is_due_again_at_the_time_given
                a_mail_given_up_is_never_claimed_again
            ;
            view:
                a_store_answers
                nothing_is_known_about_an_account_that_does_not_exist
                an_account_alone_is_known_by_its_standing
                a_session_is_known_to_its_own_account
                a_membership_that_does_not_exist_is_none
                a_membership_is_known_with_its_role
                each_status_of_a_membership_is_known
                a_removed_member_is_known_without_the_role_that_is_gone
                grants_are_known_in_the_order_given
                a_view_is_held_within_the_transaction
                nobody_changes_a_membership_while_it_is_held
                nobody_switches_an_account_off_while_it_is_held
                nobody_deletes_an_account_with_its_session_while_it_is_held
                nobody_deletes_an_organization_while_a_membership_is_held
            ;
            transactions:
                a_commit_is_visible_to_others
                nothing_is_visible_to_others_before_the_commit
                a_transaction_sees_what_it_wrote
                a_transaction_rolled_back_leaves_nothing
                a_transaction_dropped_leaves_nothing
                what_was_changed_or_deleted_is_back_after_a_rollback
                the_store_keeps_working_after_many_dropped_transactions
                a_task_aborted_within_a_transaction_leaves_nothing
                a_transaction_cancelled_within_a_statement_leaves_nothing
                a_reading_transaction_sees_one_state
                a_transaction_goes_on_after_none_and_false
                a_commit_after_a_refusal_tells_the_truth
                a_refused_change_is_rolled_back_with_all_before_it
                moments_are_kept_to_the_microsecond
            ;
            races_of_accounts:
                an_account_is_held_by_one_at_a_time
                an_account_that_was_replaced_is_held_in_its_new_form
                of_many_who_sign_up_with_one_address_one_gets_it
                a_secret_shown_by_many_is_used_once
                of_secrets_issued_at_once_one_works
                a_password_changed_by_many_is_changed_once
                two_who_delete_each_other_do_not_both_succeed
            ;
            races_of_attempts:
                of_many_attempts_at_once_as_many_are_let_in_as_one_by_one
                attempts_counted_while_they_are_cleared_are_counted_or_cleared
                attempts_counted_while_old_ones_are_forgotten_stay_counted
            ;
            races_of_organizations:
                writes_under_the_lock_of_an_organization_happen_one_after_another
                who_locks_or_deletes_a_locked_organization_waits
                of_two_owners_who_leave_at_once_one_stays
                of_many_owners_who_leave_at_once_one_stays
                of_two_who_suspend_or_remove_each_other_one_stays
                of_two_who_hold_themselves_and_end_each_other_one_stays
                a_pair_joined_by_many_has_one_membership
                a_slug_chosen_by_many_has_one_organization
            ;
            races_of_roles:
                no_member_is_left_with_a_role_deleted_meanwhile
                no_open_invitation_is_left_with_a_role_deleted_meanwhile
                a_role_name_chosen_by_many_has_one_role
                a_catalogue_entry_added_by_many_is_added_once
                nobody_removed_is_brought_back_by_an_assignment
            ;
            races_of_invitations:
                an_invitation_accepted_by_many_lets_one_in
                an_invitation_settled_by_many_is_settled_once
                an_invitation_is_either_accepted_or_revoked
                an_address_invited_by_many_has_one_pending_invitation
            ;
            races_of_mail:
                each_mail_is_given_to_one_of_many_senders
            ;
        }
    };
}
