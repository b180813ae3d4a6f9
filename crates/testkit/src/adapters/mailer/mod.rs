//! The conformance suite of a [`Mailer`]. It reads what a mail server received, so the fixture has one.

mod captured;
mod content;
mod delivery;
mod failures;
mod headers;
mod received;
mod tools;

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::Mailer;

use crate::runner::Deviation;

pub use received::Received;

/// How a mail server fails.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// It cannot be reached.
    Unreachable,
    /// It cannot take the mail at the moment (SMTP: a code that begins with 4).
    Busy,
    /// It refuses the mail for good (SMTP: a code that begins with 5), with this reason, one line of ASCII.
    Refused(String),
}

/// A mailer, and the mail server that it delivers to.
#[async_trait]
pub trait Fixture: Send + Sync + 'static {
    /// Returns the mailer, the same at every call.
    fn mailer(&self) -> Arc<dyn Mailer>;

    /// Returns the mail that the server took responsibility for, oldest first. A server that knows a mail by
    /// its identity may keep the newest of the same identity alone.
    async fn received(&self) -> Vec<Received>;

    /// Returns a new mailer whose server fails so; `None` if no server of its kind can.
    async fn failing(&self, failure: Failure) -> Option<Arc<dyn Mailer>>;

    /// Two languages that there are texts in; the first one is that of mail in no known language.
    fn languages(&self) -> [&'static str; 2] {
        ["en", "de"]
    }

    /// The cases that the mailer is not meant to pass.
    fn deviations(&self) -> &'static [Deviation] {
        &[]
    }
}

/// What a case gets.
type World = Arc<dyn Fixture>;

/// Passes the list of all cases to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! every_mailer_case {
    ([$($with:tt)+] $($argument:tt)*) => {
        $($with)+! { [$($argument)*]
            delivery:
                a_mail_is_delivered_once_to_its_recipient_alone
                every_kind_of_mail_is_delivered
                of_mails_delivered_at_once_each_arrives_once
                a_mail_delivered_again_can_be_recognized
            ;
            content:
                a_mail_has_its_secret_once_and_a_notice_has_none
                a_mail_is_in_the_first_language_that_there_are_texts_in
                names_are_shown_as_they_are
                a_mail_of_an_embedder_arrives_as_it_was_written
            ;
            headers:
                no_text_of_a_person_adds_a_header_or_a_recipient
                the_subject_is_one_line
            ;
            failures:
                a_server_that_cannot_be_reached_is_a_temporary_failure
                a_busy_server_is_a_temporary_failure
                a_refusal_of_the_mail_is_a_permanent_failure
                no_error_tells_the_secret
            ;
        }
    };
}

/// Defines the tests of a mailer in a module: `mailer_conformance!(module, future of a fixture)`.
/// See [`mod@crate::adapters::mailer`].
#[macro_export]
macro_rules! mailer_conformance {
    ($module:ident, $fixture:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the fixture may need none")]
            use super::*;

            $crate::every_mailer_case! { [$crate::tests_of_a_suite] $crate::adapters::mailer::run, $fixture }
        }
    };
}

entry_points!(every_mailer_case);
