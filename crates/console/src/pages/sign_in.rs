//! `/sign-in`: opens a session of the pages.

use bailiwick_http::Protection;
use bailiwick_http::extract::{self, Params, Public};
use bailiwick_http::problem::Problem;

use crate::answer::{Answer, shown};
use crate::frame::Frame;
use crate::return_to::own_path;
use crate::view::{Field, Form, Kind, Notice, Page, Part};

/// Shows the form.
pub async fn show(_: Public, frame: Frame, params: Params) -> Answer {
    shown(&page(&frame, params.text("return_to").as_deref(), None, None))
}

fn page<'f>(
    frame: &'f Frame,
    return_to: Option<&str>,
    sent: Option<&extract::Form>,
    problem: Option<&Problem>,
) -> Page<'f> {
    let texts = frame.texts;
    let return_to = return_to.and_then(|path| own_path(&frame.prefix, path)).map(str::to_owned);
    let form = Form { action: frame.at("/sign-in"), submit: texts.sign_in, ..Form::default() };
    let form = Form { hidden: return_to.map(|path| ("return_to", path)).into_iter().collect(), ..form }
        .field(Field::email(texts))
        .field(Field::password(texts))
        .filled(texts, sent, problem);
    let page = Page::new(frame, texts.sign_in).bad(problem);
    let page = if frame.protection == Protection::Plain { needs_tls(page) } else { page };
    page.with(Part::Form(form)).links([
        (texts.forgot_link, frame.at("/forgot-password")),
        (texts.create_account_link, frame.at("/sign-up")),
    ])
}

fn needs_tls(page: Page<'_>) -> Page<'_> {
    let title = page.frame.texts.needs_tls.to_owned();
    page.with(Part::Notice(Notice { kind: Kind::Bad, title, texts: Vec::new() }))
}
