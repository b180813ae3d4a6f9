//! What all pages share.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use bailiwick_http::middleware::RequestId;
use bailiwick_http::problem::Problem;
use bailiwick_http::{Prefix, Protection};

use crate::assets;
use crate::brand::Brand;
use crate::texts::{self, Texts};

/// Language, product, prefix and request of a page.
#[derive(Clone, Debug)]
pub struct Frame {
    pub texts: &'static Texts,
    pub brand: Arc<Brand>,
    pub prefix: Prefix,
    pub request_id: String,
    pub protection: Protection,
    /// The name of the person who is signed in.
    pub person: Option<String>,
}

impl Frame {
    /// Returns the frame of the pages that answer this request.
    pub fn of(request: &HttpRequest, brand: &Arc<Brand>) -> Self {
        let protection = request.app_data::<Data<Protection>>();
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        Self {
            texts: texts::of(request.headers().get(ACCEPT_LANGUAGE)),
            brand: brand.clone(),
            prefix: Prefix::of_request(request),
            request_id: id.unwrap_or_default(),
            protection: protection.map_or(Protection::Plain, |protection| ***protection),
            person: None,
        }
    }

    /// Returns the path of a page as browsers see it.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.prefix.as_str())
    }

    /// Returns where a person goes on: to sign in, or to the start if that is done.
    pub fn onward(&self) -> (&'static str, String) {
        match self.person {
            Some(_) => (self.texts.to_start, self.at("/")),
            None => (self.texts.sign_in_link, self.at("/sign-in")),
        }
    }

    /// Returns the path of the stylesheet.
    pub fn style(&self) -> String {
        self.at(assets::STYLE.path())
    }

    /// Returns the path of the script.
    pub fn script(&self) -> String {
        self.at(assets::SCRIPT.path())
    }

    /// Returns the path of the icon.
    pub fn icon(&self) -> String {
        self.at(assets::ICON.path())
    }
}

impl FromRequest for Frame {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let brand = request.app_data::<Data<Brand>>();
        let brand =
            brand.ok_or_else(|| Problem::internal_because("the brand is not registered as Data<Brand>"));
        ready(brand.map(|brand| Self::of(request, &brand.clone().into_inner())))
    }
}
