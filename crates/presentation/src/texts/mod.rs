//! The texts of pages and mails: one catalogue per language, each a file. A third language is a third file
//! and its name in the call of `languages!`; a text that is missing does not compile.

mod fill;

use bailiwick_kernel::Language;

pub use fill::fill;

/// Declares the files of the languages. The first is used where no other fits.
macro_rules! languages {
    ($($name:ident),+) => {
        $(mod $name;)+

        static ALL: &[&Texts] = &[$(&$name::TEXTS),+];
    };
}

languages!(en, de);

macro_rules! texts {
    ($($name:ident),+ $(,)?) => {
        /// The texts of one language. `{}` stands for a name, `{first_name}` for this value.
        #[derive(Debug)]
        #[expect(missing_docs, reason = "the names say where the texts are shown")]
        pub struct Texts {
            /// The language tag.
            pub lang: &'static str,
            /// Details of problems, by their codes.
            pub details: &'static [(&'static str, &'static str)],
            /// Hints of problems, by their codes.
            pub hints: &'static [(&'static str, &'static str)],
            /// Errors of fields, by their codes; `invalid` depends on the field.
            pub field_errors: &'static [(&'static str, &'static str)],
            $(pub $name: &'static str,)+
        }

        impl Texts {
            #[cfg(test)]
            fn named(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),+]
            }
        }
    };
}

texts! {
    // Every page
    skip, request_id, to_start, show, hide, show_password, hide_password, needs_script, link_incomplete,
    opening, failed_to_open,
    // Fields
    email, password, new_password, first_name, last_name, last_name_help, organization_name,
    organization_name_help, password_rule, password_short, password_long, password_good,
    // Refusals
    not_found, went_wrong, check_fields,
    // Signed in
    menu, organizations, account, sign_out, signed_out,
    // Setup
    set_up, set_up_lead, create_administrator, administrator_created, administrator_created_text,
    setup_link_incomplete,
    // Signing in
    sign_in, forgot_link, create_account_link, sign_in_link, needs_tls,
    // Signing up
    sign_up, create_account, account_created, account_created_text, check_mail, mail_sent,
    // Confirming an address
    confirm_email, confirm_email_lead, confirm_email_button, email_confirmed, email_confirmed_text,
    confirm_new_email, confirm_new_email_lead, new_email_confirmed_text,
    send_new_link,
    // Passwords
    forgot, forgot_lead, send_reset_link, reset_sent, set_password, set_password_lead, set_password_button,
    password_set, password_set_text,
    // Invitations
    invitation, join, join_lead_new, join_lead_known, role, invited_address, valid_until,
    create_and_join, sign_in_to_join, decline, declined, declined_text, joined, joined_text, ask_inviter,
    ask_administrator, join_lead_signed_in, join_button,
    signed_in_as_other, sign_out_and_continue,
    // Account
    confirm_password, confirm_password_lead, continue_button, cancel, profile, language, language_name, language_of_browser,
    save, profile_saved, change_password, current_password, password_changed, change_email, new_email,
    email_change_sent, not_verified, sessions, since, this_session, unknown_device, end_session,
    end_other_sessions, sessions_ended, leave, leave_heading, leave_text, left, deactivate, deactivate_text,
    deactivated, deactivated_text,
    // Organizations
    no_organizations, waiting_invitations, waiting_invitation, new_organization, organization_field, create_organization,
    verify_to_see_invitations, your_role,
    // Links of the brand
    support, privacy, terms,
    // Mails
    mail_greeting, mail_link_validity,
    mail_verify_subject, mail_verify_request, mail_verify_call, mail_verify_button,
    mail_reset_subject, mail_reset_request, mail_reset_call, mail_reset_button,
    mail_confirm_subject, mail_confirm_request, mail_confirm_call, mail_confirm_button,
    mail_change_requested_subject, mail_change_requested_news, mail_change_requested_advice,
    mail_changed_subject, mail_changed_news, mail_changed_advice,
    mail_invitation_subject, mail_invitation_lead, mail_invitation_call, mail_invitation_button,
    mail_invitation_validity, mail_invitation_link_validity,
}

/// Returns the catalogues.
pub fn all() -> impl Iterator<Item = &'static Texts> {
    ALL.iter().copied()
}

/// Returns the languages that there are, each with its own name.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    all().map(|texts| (texts.lang, texts.language_name))
}

/// Returns the texts in a language, by its tag without script and region.
pub fn in_language(lang: &str) -> Option<&'static Texts> {
    all().find(|texts| texts.lang == lang)
}

/// Returns the texts in the first of these languages that there is a catalogue of, else in English.
pub fn of(languages: &[Language]) -> &'static Texts {
    languages.iter().find_map(|language| in_language(language.primary())).unwrap_or(&en::TEXTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_that_exists_is_taken() {
        for (header, lang) in [
            ("", "en"),
            ("de", "de"),
            ("de-AT,en;q=0.5", "de"),
            ("fr, de;q=0.4, en;q=0.6", "en"),
            ("fr;q=0.9, de;q=0.4", "de"),
            ("DE-ch", "de"),
            ("fr", "en"),
            ("*", "en"),
            ("en;q=0, de;q=0.1", "de"),
            ("de;q=0.4, *;q=0.9", "en"),
            ("deu", "en"),
        ] {
            assert_eq!(of(&Language::accepted(header)).lang, lang, "{header}");
        }
    }

    #[test]
    fn the_languages_name_the_same_things() {
        for texts in all() {
            for ((name, text), (_, english)) in texts.named().into_iter().zip(en::TEXTS.named()) {
                assert!(!text.is_empty() && text.trim() == text, "{} {name}", texts.lang);
                assert_eq!(placeholders(text), placeholders(english), "{} {name}", texts.lang);
            }
        }
    }

    fn placeholders(text: &str) -> Vec<&str> {
        let mut found: Vec<_> = text.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn a_catalogue_is_found_by_the_tag_of_its_language() {
        for texts in all() {
            assert_eq!(Language::parse(texts.lang).unwrap().primary(), texts.lang);
            assert!(std::ptr::eq(in_language(texts.lang).unwrap(), texts));
        }
        assert_eq!(all().next().unwrap().lang, "en");
    }

    #[test]
    fn accessible_names_that_other_programs_rely_on_stay() {
        let en = &en::TEXTS;
        for (text, name) in [
            (en.sign_in, "Sign in"),
            (en.forgot_link, "Forgot password?"),
            (en.create_account_link, "Create an account"),
            (en.create_administrator, "Create administrator"),
            (en.create_and_join, "Create account and join"),
            (en.send_reset_link, "Send reset link"),
        ] {
            assert_eq!(text, name);
        }
    }
}
