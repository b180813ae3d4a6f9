//! The texts of the pages: one catalogue per language, each a file. A third language is a third file and
//! its name in [`ALL`]; a text that is missing does not compile.

mod de;
mod en;
mod problems;

use actix_web::http::header::HeaderValue;

pub use problems::Hint;

/// The catalogues. The first is used where no other fits.
static ALL: [&Texts; 2] = [&en::TEXTS, &de::TEXTS];

macro_rules! texts {
    ($($name:ident),+ $(,)?) => {
        /// The texts of one language. `{}` stands for a name.
        #[derive(Debug)]
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
}

/// Returns the languages that there are, each with its own name.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.into_iter().map(|texts| (texts.lang, texts.language_name))
}

/// Returns the texts in a language, by its tag without script and region.
pub fn in_language(lang: &str) -> Option<&'static Texts> {
    ALL.into_iter().find(|texts| is_language(lang, texts.lang))
}

/// Returns the texts in the language that the header prefers (RFC 9110, section 12.5.4).
pub fn of(header: Option<&HeaderValue>) -> &'static Texts {
    let header = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut wanted: Vec<(&str, f32)> = header.split(',').filter_map(range).collect();
    // The sort is stable, so of equal weights the first counts.
    wanted.sort_by(|one, other| other.1.total_cmp(&one.1));
    let fitting =
        wanted.iter().find_map(|(tag, _)| ALL.into_iter().find(|texts| is_language(tag, texts.lang)));
    fitting.unwrap_or(&en::TEXTS)
}

/// Returns tag and weight of a range, unless it is refused.
fn range(text: &str) -> Option<(&str, f32)> {
    let (tag, parameter) = text.split_once(';').unwrap_or((text, "q=1"));
    let weight = parameter.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok())?;
    (weight > 0.0 && weight <= 1.0).then(|| (tag.trim(), weight))
}

fn is_language(tag: &str, lang: &str) -> bool {
    tag == "*" || tag.split('-').next().is_some_and(|primary| primary.eq_ignore_ascii_case(lang))
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
            ("de;q=x", "en"),
            ("deu", "en"),
            (",;=,", "en"),
        ] {
            let value = HeaderValue::from_static(header);
            assert_eq!(of(Some(&value)).lang, lang, "{header}");
        }
        assert_eq!(of(None).lang, "en");
    }

    #[test]
    fn the_languages_name_the_same_things() {
        for texts in ALL {
            for ((name, text), (_, english)) in texts.named().into_iter().zip(en::TEXTS.named()) {
                assert!(!text.is_empty() && text.trim() == text, "{} {name}", texts.lang);
                assert_eq!(
                    text.matches("{}").count(),
                    english.matches("{}").count(),
                    "{} {name}",
                    texts.lang
                );
            }
        }
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
