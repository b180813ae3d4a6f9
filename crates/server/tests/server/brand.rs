//! The brand and the templates of mails, as settings of the program.

use bailiwick::presentation::{Color, Palette, Theme};

use crate::support::WorkDir;

const TEMPLATES: &str = "BAILIWICK__MAIL__TEMPLATES";

#[test]
fn a_broken_template_is_refused_at_the_start_with_file_and_line() {
    for (file, text, why) in [
        ("invitation.txt", "{{ inviter }}\n{{ link", "line 2: syntax error"),
        ("invitation.de.html", "\n\n{{ organisation }}", "line 3: undefined value"),
        ("invitaton.txt", "", "is not the name of a mail template"),
    ] {
        let work_dir = WorkDir::new();
        std::fs::create_dir(work_dir.path("mails")).unwrap();
        work_dir.write(&format!("mails/{file}"), text);
        let environment = [(TEMPLATES, "mails")];
        let refused = ["mails/", file, why, TEMPLATES, "mail.templates"];
        work_dir.run(&["serve"], &environment).refused(&refused);
    }
    WorkDir::new().run(&["serve"], &[(TEMPLATES, "nothing")]).refused(&["nothing cannot be read", TEMPLATES]);
}

#[test]
fn a_brand_that_cannot_be_used_is_refused_by_its_setting() {
    let work_dir = WorkDir::new();
    work_dir.write("logo.png", "no image");
    for (key, value, why) in [
        ("NAME", "", "1 to 100 characters"),
        ("LOGO", "logo.png", "not a PNG image"),
        ("LOGO", "logo.gif", "cannot be read"),
        ("ACCENT", "blue", "#rrggbb"),
        ("SUPPORT_URL", "help@acme.example", "mailto:"),
        ("PRIVACY_URL", "mailto:help@acme.example", "https://"),
        ("TERMS_URL", "javascript:alert(1)", "https://"),
        ("AFTER_SIGN_IN", "https://acme.example", "path of this service"),
        ("AFTER_SIGN_IN", "//acme.example", "path of this service"),
        ("AFTER_SIGN_IN", "/sign-in?x", "for people who are signed in"),
    ] {
        let name = format!("BAILIWICK__BRAND__{key}");
        let file = format!("[brand]\n{} = \"{value}\"\n", key.to_lowercase());
        work_dir.write("own.toml", &file);
        let run = work_dir.run(&["serve", "--config", "own.toml"], &[]);
        run.refused(&[&name, &format!("brand.{}", key.to_lowercase()), why]);
    }
}

#[test]
fn a_brand_and_templates_are_used() {
    let work_dir = WorkDir::new();
    std::fs::create_dir(work_dir.path("mails")).unwrap();
    work_dir.write("mails/verify_email.txt", "{{ product }}: {{ link }}");
    work_dir.write("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    let service = work_dir.serve(&[
        (TEMPLATES, "mails"),
        ("BAILIWICK__BRAND__NAME", "Acme"),
        ("BAILIWICK__BRAND__LOGO", "logo.svg"),
        ("BAILIWICK__BRAND__ACCENT", "#ffee00"),
    ]);
    service.sign_up();
    let mails = work_dir.mails(&service, 1);
    assert!(mails[0].contains("\r\nAcme:\r\nhttp://127.0.0.1:"), "{}", mails[0]);
    let palette = Palette::new(Color::parse("#ffee00").unwrap(), &Theme::LIGHT);
    for shown in [format!("links are {}", palette.link), format!("buttons are {}", palette.button)] {
        assert!(service.log().contains(&shown), "the log names the colors that are shown: {}", service.log());
    }
    service.stop("TERM");
}
