//! Pages for people: set up, sign in, sign up, and what the links of mails lead to.
//!
//! **When to use it alone.** Never: it is the feature `console` of the crate `bailiwick`, and
//! is mounted with its routes.
//!
//! Depends on `http` and the crates below it. The pages call the use cases of `app` as the handlers of the
//! API do, never a database. Start reading at [`Console`] (what is mounted), then `frame` (what all pages
//! share), `view` (the parts of a page) and `pages`, one file for each. All texts are in
//! [`bailiwick_presentation::texts`], a file for each language; the templates hold none.
//!
//! ```
//! use std::sync::Arc;
//!
//! use bailiwick_console::Console;
//! use bailiwick_http::Pages;
//! use bailiwick_presentation::{Brand, ProductName};
//!
//! let brand = Brand { name: ProductName::parse("Analytical Engines").unwrap(), ..Brand::default() };
//! let pages: Arc<dyn Pages> = Arc::new(Console::new(Arc::new(brand)));
//! ```

mod answer;
mod assets;
mod branding;
mod cookie;
mod device;
mod frame;
mod future;
mod pages;
mod return_to;
mod texts;
mod view;
mod view_form;
mod visit;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, Route};
use bailiwick_http::problem::Problem;
use bailiwick_http::{Pages, ShownRefusal};
use bailiwick_presentation::Brand;

use crate::branding::Branding;

/// The pages.
#[derive(Clone, Default, Debug)]
pub struct Console {
    branding: Arc<Branding>,
}

impl Console {
    /// Returns the pages of a product.
    pub fn new(brand: Arc<Brand>) -> Self {
        Self { branding: Arc::new(Branding::new(brand)) }
    }
}

impl Pages for Console {
    fn configure(&self, cfg: &mut ServiceConfig) {
        cfg.app_data(Data::from(self.branding.clone()));
        assets::configure(cfg);
        pages::configure(cfg);
    }

    fn beside(&self, path: &str) -> Vec<Route> {
        pages::beside(path)
    }

    fn refusal<'r>(&'r self, request: &'r HttpRequest, problem: &'r Problem) -> ShownRefusal<'r> {
        Box::pin(async move {
            if !pages::is_shown_at(request) {
                return None;
            }
            let frame = visit::frame_of_refusal(request, &self.branding, problem).await;
            Some(pages::refused(&frame, problem))
        })
    }
}
