//! The pages of an invitation that can no longer be answered.

use bailiwick_http::problem::{Code, Problem};

use crate::frame::Frame;
use crate::texts::ProblemTexts;
use crate::view::{Kind, Notice, Page, Part};

/// Returns the page: what is wrong with the invitation, why, and whom to ask.
pub fn page<'f>(frame: &'f Frame, problem: &Problem) -> Page<'f> {
    let texts = frame.texts;
    let (kind, whom) = match problem.code() {
        Code::InvitationUsed => (Kind::Note, None),
        Code::InvitationNotFound => (Kind::Error, Some(texts.ask_inviter)),
        _ => (Kind::Error, Some(texts.ask_administrator)),
    };
    let hint = texts.hint(problem, &frame.prefix);
    let notice = Notice { kind, title: hint, texts: Vec::new() };
    let page = Page::new(frame, texts.detail(problem)).with(Part::Notice(notice));
    let page = whom.into_iter().fold(page, Page::text);
    page.links([frame.onward()])
}

/// Returns the page after declining.
pub fn declined(frame: &Frame) -> Page<'_> {
    let texts = frame.texts;
    let page = Page::new(frame, texts.declined).success(texts.declined_text);
    page.links([(texts.to_start, frame.at("/"))])
}
