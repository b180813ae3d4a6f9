//! The values that templates may show.

use std::collections::BTreeMap;

use bailiwick_app::MailMessage;
use bailiwick_kernel::Timestamp;
use bailiwick_presentation::texts::fill;
use bailiwick_presentation::{Brand, Palette, Texts, Theme};
use minijinja::value::Value;
use time::macros::format_description;

use super::super::text::{lines, one_line};
use super::own_content;

/// What all values of a mail are made of. Text of users is cleaned here, before a template sees it.
pub(super) struct Values<'a> {
    pub texts: &'static Texts,
    pub brand: &'a Brand,
    pub link: Option<String>,
}

/// Names and values.
pub(super) type Named = BTreeMap<&'static str, Value>;

/// Names and values that are texts, for sentences.
type Facts = Vec<(&'static str, String)>;

/// Sentences of the catalogue, by the names that templates have for them.
type Sentences = Vec<(&'static str, &'static str)>;

impl Values<'_> {
    /// Returns the values of a message, without the subject.
    pub fn of(&self, message: &MailMessage) -> Named {
        let (facts, sentences) = (facts(message), self.sentences(message));
        let mut values = self.of_every_mail();
        values.insert("text", self.text(&facts, sentences).into());
        if let MailMessage::Invitation { message, .. } = message {
            values.insert("message", message.as_deref().map(lines).unwrap_or_default().into());
        }
        if let Some(content) = own_content(message) {
            values.insert("paragraphs", paragraphs(&content.text).into());
            values.insert("body", content.text.trim().to_owned().into());
        }
        values.extend(self.link.as_ref().map(|link| ("link", link.into())));
        values.extend(facts.into_iter().map(|(name, fact)| (name, fact.into())));
        values
    }

    fn of_every_mail(&self) -> Named {
        let brand = self.brand;
        let palette = Palette::new(brand.accent.unwrap_or(Palette::ACCENT), &Theme::LIGHT);
        BTreeMap::from([
            ("lang", self.texts.lang.into()),
            ("product", brand.name.as_str().into()),
            ("accent", palette.link.to_string().into()),
            ("button", palette.button.to_string().into()),
            ("on_button", palette.on_button.to_string().into()),
            ("support_url", brand.support_url.as_ref().map(ToString::to_string).into()),
            ("privacy_url", brand.privacy_url.as_ref().map(ToString::to_string).into()),
            ("terms_url", brand.terms_url.as_ref().map(ToString::to_string).into()),
        ])
    }

    /// Returns the sentences with the facts in them.
    fn text(&self, facts: &Facts, sentences: Sentences) -> Named {
        let facts: Vec<_> = facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
        let of_brand =
            [("support", self.texts.support), ("privacy", self.texts.privacy), ("terms", self.texts.terms)];
        let all = sentences.into_iter().chain(of_brand);
        all.map(|(name, sentence)| (name, fill(sentence, &facts).into())).collect()
    }

    fn sentences(&self, message: &MailMessage) -> Sentences {
        let t = self.texts;
        let action = |subject, request, call, button| {
            vec![
                ("subject", subject),
                ("greeting", t.mail_greeting),
                ("request", request),
                ("call", call),
                ("button", button),
                ("validity", t.mail_link_validity),
            ]
        };
        let notice = |subject, news, advice| {
            vec![("subject", subject), ("greeting", t.mail_greeting), ("news", news), ("advice", advice)]
        };
        match message {
            MailMessage::VerifyEmail { .. } => {
                action(t.mail_verify_subject, t.mail_verify_request, t.mail_verify_call, t.mail_verify_button)
            }
            MailMessage::ResetPassword { .. } => {
                action(t.mail_reset_subject, t.mail_reset_request, t.mail_reset_call, t.mail_reset_button)
            }
            MailMessage::ConfirmEmail { .. } => action(
                t.mail_confirm_subject,
                t.mail_confirm_request,
                t.mail_confirm_call,
                t.mail_confirm_button,
            ),
            MailMessage::EmailChangeRequested { .. } => notice(
                t.mail_change_requested_subject,
                t.mail_change_requested_news,
                t.mail_change_requested_advice,
            ),
            MailMessage::EmailChanged { .. } => {
                notice(t.mail_changed_subject, t.mail_changed_news, t.mail_changed_advice)
            }
            MailMessage::Invitation { .. } => vec![
                ("subject", t.mail_invitation_subject),
                ("lead", t.mail_invitation_lead),
                ("call", t.mail_invitation_call),
                ("button", t.mail_invitation_button),
                ("validity", t.mail_invitation_validity),
                ("link_validity", t.mail_invitation_link_validity),
            ],
            MailMessage::Own(_) => vec![("subject", "{subject}")],
        }
    }
}

fn facts(message: &MailMessage) -> Facts {
    match message {
        MailMessage::VerifyEmail { first_name, expires_at, .. }
        | MailMessage::ResetPassword { first_name, expires_at, .. }
        | MailMessage::ConfirmEmail { first_name, expires_at, .. } => {
            vec![("first_name", one_line(first_name)), ("expires_at", readable(*expires_at))]
        }
        MailMessage::EmailChangeRequested { first_name, new_email }
        | MailMessage::EmailChanged { first_name, new_email } => {
            vec![("first_name", one_line(first_name)), ("new_email", new_email.clone())]
        }
        MailMessage::Invitation { organization, inviter, role, expires_at, .. } => vec![
            ("inviter", one_line(inviter)),
            ("organization", one_line(organization)),
            ("role", one_line(role)),
            ("expires_at", readable(*expires_at)),
        ],
        MailMessage::Own(_) => {
            vec![("subject", own_content(message).map(|content| content.subject).unwrap_or_default())]
        }
    }
}

/// Returns the lines of each paragraph; empty lines separate paragraphs.
fn paragraphs(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<_> = text.trim().lines().map(|line| line.trim_end().to_owned()).collect();
    let paragraphs = lines.split(String::is_empty).filter(|lines| !lines.is_empty());
    paragraphs.map(<[String]>::to_vec).collect()
}

fn readable(moment: Timestamp) -> String {
    let minutes = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    moment.as_offset().format(minutes).unwrap_or_else(|_| moment.to_string())
}
