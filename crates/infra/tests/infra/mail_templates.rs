//! Templates of mails: languages, brand, and those of an operator.

use std::path::Path;
use std::sync::Arc;

use bailiwick_app::{MailMessage, OwnMail};
use bailiwick_infra::{MailSender, MailTemplates, RenderedMail, TemplateError};
use bailiwick_kernel::Language;
use bailiwick_presentation::{Brand, Color, ProductName, SupportUrl, WebUrl};
use tempfile::TempDir;

use crate::fakes::{PUBLIC_URL, every_kind, invitation, outgoing, own, secret, verification};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn acme() -> Brand {
    Brand {
        name: ProductName::parse("Acme & Söhne").unwrap(),
        accent: Some(Color::parse("#ffee00").unwrap()),
        support_url: Some(SupportUrl::parse("mailto:help@acme.example").unwrap()),
        privacy_url: Some(WebUrl::parse("https://acme.example/privacy").unwrap()),
        ..Brand::default()
    }
}

fn write(templates: MailTemplates, message: MailMessage, languages: &str) -> RenderedMail {
    let sender = MailSender::new(None, PUBLIC_URL).unwrap().with_templates(Arc::new(templates));
    let mail = outgoing(message).in_languages(Language::accepted(languages));
    RenderedMail::write(&mail, &sender).unwrap()
}

fn overridden(files: &[(&str, &str)], message: MailMessage, languages: &str) -> RenderedMail {
    let folder = folder(files);
    write(MailTemplates::read(folder.path(), Arc::new(acme())).unwrap(), message, languages)
}

fn refusal(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let error = MailTemplates::read(folder.path(), Arc::default()).unwrap_err();
    let place = format!("{}/", folder.path().display());
    assert!(error.to_string().starts_with(&place), "{error}");
    error.to_string().replace(&place, "")
}

#[test]
fn the_first_language_that_there_is_is_spoken() {
    for (languages, greeting) in [
        ("de-AT", "Guten Tag, Ada,"),
        ("fr, de;q=0.5", "Guten Tag, Ada,"),
        ("fr", "Hello Ada,"),
        ("", "Hello Ada,"),
    ] {
        let mail = write(MailTemplates::built_in(Arc::default()), verification("Ada"), languages);
        assert!(mail.text.starts_with(greeting), "{languages}: {}", mail.text);
        assert!(mail.html.contains(&format!("<p>{greeting}</p>")), "{}", mail.html);
        let lang = if greeting.starts_with("Guten") { "de" } else { "en" };
        assert!(mail.html.contains(&format!("<html lang=\"{lang}\">")), "{}", mail.html);
    }
}

#[test]
fn each_mail_is_complete_in_each_language() {
    for message in every_kind() {
        for language in ["en", "de"] {
            let mail = write(MailTemplates::built_in(Arc::default()), message.clone(), language);
            for text in [&mail.subject, &mail.text, &mail.html] {
                assert!(!text.contains(['{', '}']) && !text.trim().is_empty(), "{text}");
            }
            let is_own = matches!(message, MailMessage::Own(_));
            let links = usize::from(message.secret().is_some() && !is_own);
            assert_eq!(mail.text.matches(&secret()).count(), links, "{}", mail.text);
            assert_eq!(mail.html.matches("<a ").count(), links, "{}", mail.html);
        }
    }
}

#[test]
fn a_mail_of_an_embedder_is_in_the_layout_of_the_brand() {
    let mail = write(MailTemplates::built_in(Arc::new(acme())), own(), "de");
    assert_eq!(mail.subject, "Invoice 7 was refunded");
    let start =
        "Hello Ada,\n\nyou get 12 EUR back for <invoice> 7:\nhttps://shop.example/invoices/7\n\n--\nHilfe: ";
    assert!(mail.text.starts_with(start), "{}", mail.text);
    assert!(
        mail.html.contains("<html lang=\"de\">") && mail.html.contains("Acme &amp; Söhne"),
        "{}",
        mail.html
    );
    let body = "<p>Hello Ada,</p>\n<p>you get 12 EUR back for &lt;invoice&gt; 7:<br>https://shop.example/invoices/7</p>";
    assert!(mail.html.contains(body), "{}", mail.html);
}

#[test]
fn an_embedder_may_bring_html_and_an_operator_a_template() {
    let html = "<!DOCTYPE html><p>{{ product }}</p>";
    let message = OwnMail::with_html("invoice_refunded", "{subject} {{ x }}", "{body}", html).unwrap();
    let mail = write(MailTemplates::built_in(Arc::new(acme())), MailMessage::Own(message), "en");
    assert_eq!((&*mail.subject, &*mail.html), ("{subject} {{ x }}", html));
    assert!(mail.text.starts_with("{body}\n"), "{}", mail.text);
    let files =
        [("own.html", "{{ paragraphs|length }} {{ subject }}"), ("own.txt", "{{ body }} / {{ product }}")];
    let mail = overridden(&files, own(), "en");
    assert_eq!(mail.html, "2 Invoice 7 was refunded");
    assert!(mail.text.ends_with("invoices/7 / Acme & Söhne\n"), "{}", mail.text);
}

#[test]
fn the_brand_is_in_mails() {
    let mail = write(MailTemplates::built_in(Arc::new(acme())), verification("Ada"), "de");
    assert!(mail.html.contains("Acme &amp; Söhne"), "{}", mail.html);
    assert!(mail.html.contains("color: #797100"), "legible on white: {}", mail.html);
    assert!(mail.html.contains(r#"<a href="mailto:help@acme.example">Hilfe</a>"#), "{}", mail.html);
    assert!(mail.html.contains(r#"<a href="https://acme.example/privacy">Datenschutz</a>"#), "{}", mail.html);
    let end = "\n\n--\nHilfe: mailto:help@acme.example\nDatenschutz: https://acme.example/privacy\n";
    assert!(mail.text.ends_with(end), "{}", mail.text);
}

#[test]
fn a_file_replaces_the_built_in_template_of_its_name() {
    let files = [
        ("invitation.txt", "{{ inviter }} / {{ organization }} / {{ role }}\n{{ link }}\n{{ product }}\n"),
        ("invitation.de.txt", "{{ inviter }} lädt ein:\n{{ link }}"),
        ("invitation.subject", "Join\n {{ organization }}!\n"),
        ("layout.html", "<html>{{ lang }} {{ subject }} {% block content %}{% endblock %}</html>"),
        (".hidden", "{{"),
    ];
    let message = || invitation("Ada", "<b>Navy</b>", None);
    let english = overridden(&files, message(), "en");
    let link = format!("https://id.example.org/auth/accept-invitation#token={}", secret());
    assert_eq!(english.text, format!("Ada / <b>Navy</b> / Editor\n{link}\nAcme & Söhne\n"));
    assert_eq!(english.subject, "Join <b>Navy</b>!");
    assert!(english.html.starts_with("<html>en Join &lt;b&gt;Navy&lt;/b&gt;! <p>"), "{}", english.html);
    assert!(
        english.html.contains(&format!(r#"<a href="{link}">"#)),
        "the rest stays built in: {}",
        english.html
    );
    let german = overridden(&files, message(), "de");
    assert_eq!(german.text, format!("Ada lädt ein:\n{link}\n"));
    assert_eq!(german.subject, "Join <b>Navy</b>!", "a general file is for each language");
    let other = overridden(&files, verification("Ada"), "de");
    assert!(other.text.starts_with("Guten Tag, Ada,"), "{}", other.text);
}

#[test]
fn text_of_users_stays_clean_in_a_template_of_the_operator() {
    let name = "Ada\r\nhttps://evil.example {{ link }}";
    let files = [(
        "invitation.txt",
        "{{ inviter }}\n{{ link }}\n{% for line in message %}> {{ line }}\n{% endfor %}",
    )];
    let mail = overridden(&files, invitation(name, "Navy", Some(name)), "en");
    assert_eq!(mail.text.matches("evil.example").count(), 0, "{}", mail.text);
    assert_eq!(mail.text.matches(&secret()).count(), 1, "{}", mail.text);
}

#[test]
fn a_template_that_fails_at_the_delivery_is_replaced_by_the_built_in_one() {
    let own = "{% if first_name == 'Eve' %}{{ first_name|nothing }}{% endif %}Own: {{ link }}";
    let files = [("verify_email.txt", own)];
    assert!(overridden(&files, verification("Ada"), "en").text.starts_with("Own:"));
    let mail = overridden(&files, verification("Eve"), "en");
    assert!(mail.text.starts_with("Hello Eve,\n\nplease confirm"), "{}", mail.text);
}

#[test]
fn a_broken_template_is_named_with_its_line() {
    for (name, text, line, why) in [
        ("invitation.txt", "one\n{{ link", 2, "syntax error"),
        ("invitation.txt", "one\ntwo\n{% if %}", 3, "syntax error"),
        ("invitation.de.html", "one\n{{ organisation }}", 2, "undefined"),
        ("verify_email.txt", "{{ link }}\n\n{{ inviter }}", 3, "undefined"),
        ("verify_email.txt", "{{ link }}\n{{ text.nothing }}", 2, "undefined"),
        ("verify_email.txt", "{{ link }}\n{% if false %}\n{{ nobody }}{% endif %}", 3, "no value `nobody`"),
        ("verify_email.txt", "{{ link }}\n{{ link|nothing }}", 2, "unknown filter"),
        ("email_changed.html", "{% if support_url %}\n{{ nobody }}{% endif %}", 2, "`nobody`"),
        ("email_changed.html", "\n{% include 'nothing.html' %}", 2, "nothing.html"),
        ("footer.txt", "\n{% if support_url %}{{ nobody }}{% endif %}", 2, "`nobody`"),
        ("layout.html", "\n\n{{ nobody }}", 3, "undefined"),
        ("reset_password.subject", "{{ subject }}", 1, "undefined"),
        ("reset_password.subject", "  \n", 1, "empty"),
    ] {
        let said = refusal(&[(name, text)]);
        assert!(
            said.starts_with(&format!("{name}, line {line}: ")) && said.contains(why),
            "{text:?}: {said}"
        );
    }
}

#[test]
fn a_file_that_is_no_template_is_refused() {
    for name in
        ["invitaton.txt", "invitation.fr.txt", "invitation.de.de.txt", "invitation", "README.md", "x.html"]
    {
        let said = refusal(&[(name, "")]);
        assert!(
            said.starts_with(&format!("{name} is not the name")) && said.contains("invitation.txt"),
            "{said}"
        );
    }
    let missing = MailTemplates::read(Path::new("/nonexistent"), Arc::default());
    assert!(matches!(missing, Err(TemplateError::Unreadable { .. })));
    let folder = folder(&[]);
    std::fs::write(folder.path().join("invitation.txt"), b"\xff").unwrap();
    let unreadable = MailTemplates::read(folder.path(), Arc::default());
    assert!(
        matches!(unreadable, Err(TemplateError::Unreadable { path, .. }) if path.ends_with("invitation.txt"))
    );
}

/// The page shows each mail as it is sent, and names each template.
#[test]
fn the_page_of_the_documentation_shows_each_mail() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mail.md");
    let page = std::fs::read_to_string(page).unwrap();
    let shown = every_kind().into_iter().map(|message| {
        let mail = write(MailTemplates::built_in(Arc::default()), message.clone(), "en");
        let text = mail.text.replace(&secret(), "…");
        format!("### `{}`\n\nSubject: {}\n\n```text\n{text}```\n", message.kind(), mail.subject)
    });
    let missing: Vec<_> = shown.filter(|shown| !page.contains(shown)).collect();
    assert!(missing.is_empty(), "docs/mail.md does not show:\n{}", missing.join("\n"));
    let error = refusal(&[("nothing", "")]);
    let names = error.split("they are ").nth(1).unwrap().split(", each also").next().unwrap().to_owned();
    for name in names.split(", ").filter(|name| name.contains('.')) {
        let (kind, part) = name.split_once('.').unwrap();
        assert!(page.contains(&format!("`{kind}.{part}`")) || page.contains(&format!("`{kind}`")), "{name}");
    }
}
