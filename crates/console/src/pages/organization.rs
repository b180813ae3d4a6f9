//! `/console/{slug}`: an organization of a person.

use actix_web::web::Path;
use bailiwick_http::problem::Code;

use crate::answer::{Answer, shown};
use crate::view::{Page, Sentence};
use crate::visit::Visit;

/// Shows the organization to its members; others do not find it.
pub async fn show(visit: Visit, slug: Path<String>) -> Answer {
    let Some(person) = &visit.person else { return visit.sign_in_first() };
    let entry = person.profile.organizations.iter().find(|entry| entry.org.slug.as_str() == *slug);
    let entry = entry.ok_or(Code::NotFound)?;
    let texts = visit.frame.texts;
    let page = Page::new(&visit.frame, Sentence::of(entry.org.name.as_str()))
        .text(Sentence::naming(texts.your_role, entry.role.name.as_str()));
    shown(&page.links([(texts.organizations, visit.frame.at("/console"))]))
}
