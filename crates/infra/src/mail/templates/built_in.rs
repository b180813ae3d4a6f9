//! The built-in templates, and their names.

use bailiwick_app::MailMessage;

const SUBJECT: &str = include_str!("../../../templates/subject");
const ACTION_TEXT: &str = include_str!("../../../templates/action.txt");
const ACTION_HTML: &str = include_str!("../../../templates/action.html");
const NOTICE_TEXT: &str = include_str!("../../../templates/notice.txt");
const NOTICE_HTML: &str = include_str!("../../../templates/notice.html");

/// Names and sources; the names begin with the [kind](bailiwick_app::MailMessage::kind) of the mail, and with
/// `own` for all mails of an embedding program. Mails that ask for one action share a source, and so do
/// those that only inform.
pub(super) const BUILT_IN: [(&str, &str); 23] = [
    ("layout.html", include_str!("../../../templates/layout.html")),
    ("footer.txt", include_str!("../../../templates/footer.txt")),
    ("verify_email.subject", SUBJECT),
    ("verify_email.txt", ACTION_TEXT),
    ("verify_email.html", ACTION_HTML),
    ("reset_password.subject", SUBJECT),
    ("reset_password.txt", ACTION_TEXT),
    ("reset_password.html", ACTION_HTML),
    ("confirm_email.subject", SUBJECT),
    ("confirm_email.txt", ACTION_TEXT),
    ("confirm_email.html", ACTION_HTML),
    ("email_change_requested.subject", SUBJECT),
    ("email_change_requested.txt", NOTICE_TEXT),
    ("email_change_requested.html", NOTICE_HTML),
    ("email_changed.subject", SUBJECT),
    ("email_changed.txt", NOTICE_TEXT),
    ("email_changed.html", NOTICE_HTML),
    ("invitation.subject", SUBJECT),
    ("invitation.txt", include_str!("../../../templates/invitation.txt")),
    ("invitation.html", include_str!("../../../templates/invitation.html")),
    ("own.subject", SUBJECT),
    ("own.txt", include_str!("../../../templates/own.txt")),
    ("own.html", include_str!("../../../templates/own.html")),
];

/// Returns the first part of the names of the templates of a mail.
pub(super) const fn template_of(message: &MailMessage) -> &str {
    match message {
        MailMessage::Own(_) => "own",
        message => message.kind(),
    }
}

/// Returns the names that a template of the operator can have.
pub(super) fn template_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.into_iter().map(|(name, _)| name)
}
