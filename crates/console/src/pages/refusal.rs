//! What a person sees where there is no page, or no answer.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use bailiwick_http::problem::{Code, Problem};
use bailiwick_http::{MountPath, is_page};

use crate::answer::of_problem;
use crate::frame::Frame;
use crate::texts::ProblemTexts;
use crate::view::{Page, Part};

/// Returns whether a refusal of this request is shown as a page: of pages, and of paths that are neither
/// a page nor one of the API.
pub fn is_shown_at(request: &HttpRequest) -> bool {
    let mount = MountPath::of_request(request);
    let path = mount.stripped(request.match_info().as_str());
    if request.match_pattern().is_none() {
        return !is_of_api(path);
    }
    match path {
        "/setup" => request.method() == "GET",
        "" | "/" => true,
        _ => is_page(request),
    }
}

fn is_of_api(path: &str) -> bool {
    path.strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the page: what happened, what to do, the id of the request, and a way back.
pub fn refused(frame: &Frame, problem: &Problem) -> HttpResponse {
    let texts = frame.texts;
    let page = if problem.code() == Code::NotFound {
        Page::new(frame, texts.not_found).text(texts.hint(problem, &frame.prefix))
    } else {
        Page::new(frame, texts.went_wrong).error(Some(problem))
    };
    let page = page.with(Part::RequestId(frame.request_id.clone())).links([(texts.to_start, frame.at("/"))]);
    of_problem(problem.clone(), page.render().unwrap_or_default())
}
