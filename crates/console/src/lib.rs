//! Pages for people: set up, sign in, sign up, and what the links of mails lead to.
//!
//! Depends on `http` and the crates below it. The pages call the use cases of `app` as the handlers of the
//! API do, never a database. Start reading at [`Console`] (what is mounted), then `frame` (what all pages
//! share), `view` (the parts of a page) and `pages`, one file for each. All texts are in `texts`, a file for
//! each language; the templates hold none.
//!
//! ```
//! use std::sync::Arc;
//!
//! use bailiwick_console::{Brand, Console};
//! use bailiwick_http::Pages;
//!
//! let pages: Arc<dyn Pages> = Arc::new(Console::new(Brand { name: "Analytical Engines".to_owned() }));
//! ```

mod answer;
mod assets;
mod brand;
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
use bailiwick_http::{Pages, Refusal};

pub use brand::Brand;

use crate::frame::Frame;

/// The pages.
#[derive(Clone, Default, Debug)]
pub struct Console {
    brand: Arc<Brand>,
}

impl Console {
    /// Returns pages with the name of the product.
    pub fn new(brand: Brand) -> Self {
        Self { brand: Arc::new(brand) }
    }
}

impl Pages for Console {
    fn configure(&self, cfg: &mut ServiceConfig) {
        cfg.app_data(Data::from(self.brand.clone()));
        assets::configure(cfg);
        pages::configure(cfg);
    }

    fn beside(&self, path: &str) -> Vec<Route> {
        pages::beside(path)
    }

    fn refusal<'r>(&'r self, request: &'r HttpRequest, problem: &'r Problem) -> Refusal<'r> {
        Box::pin(async move {
            if !pages::is_shown_at(request) {
                return None;
            }
            let frame = visit::frame_of_refusal(Frame::of(request, &self.brand), request, problem).await;
            Some(pages::refused(&frame, problem))
        })
    }
}
