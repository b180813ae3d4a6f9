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
use bailiwick_kernel::Language;
use bailiwick_presentation::{SupportUrl, WebUrl};

use crate::assets::{self, Asset};
use crate::branding::Branding;
use crate::texts::{self, Texts};

/// Language, product, prefix and request of a page.
#[derive(Clone, Debug)]
pub struct Frame {
    pub texts: &'static Texts,
    pub branding: Arc<Branding>,
    pub prefix: Prefix,
    pub request_id: String,
    pub protection: Protection,
    /// The name of the person who is signed in.
    pub person: Option<String>,
}

impl Frame {
    /// Returns the frame of the pages that answer this request, for the person of [`Self::identify`], if any.
    pub fn of(request: &HttpRequest, branding: &Arc<Branding>) -> Self {
        let protection = request.app_data::<Data<Protection>>();
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        let reader = request.extensions().get::<Reader>().cloned();
        Self {
            texts: reader.as_ref().map_or_else(|| texts_of_browser(request), |reader| reader.texts),
            branding: branding.clone(),
            prefix: Prefix::of_request(request),
            request_id: id.unwrap_or_default(),
            protection: protection.map_or(Protection::Plain, |protection| ***protection),
            person: reader.and_then(|reader| reader.name),
        }
    }

    /// Stores language and person with the request, for a page that answers it in place of the handler.
    pub fn identify(&self, request: &HttpRequest) {
        request.extensions_mut().insert(Reader { texts: self.texts, name: self.person.clone() });
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

    /// Returns the path of the stylesheet of the brand, if there is one.
    pub fn brand_style(&self) -> Option<String> {
        self.branding.style.as_ref().map(|style| self.at(style.path()))
    }

    /// Returns the name of the product.
    pub fn product(&self) -> &str {
        self.branding.brand.name.as_str()
    }

    /// Returns the path of the logo, if there is one.
    pub fn logo(&self) -> Option<String> {
        self.branding.logo.as_ref().map(|logo| self.at(logo.path()))
    }

    /// Returns the path of the icon of the product.
    pub fn icon(&self) -> String {
        self.at(self.icon_file().path())
    }

    /// Returns the media type of the icon.
    pub fn icon_type(&self) -> &'static str {
        self.icon_file().content_type()
    }

    fn icon_file(&self) -> &Asset {
        self.branding.logo.as_ref().unwrap_or(&assets::ICON)
    }

    /// Returns the links that every page ends with, each with its text.
    pub fn brand_links(&self) -> Vec<(&'static str, &str)> {
        let (texts, brand) = (self.texts, &self.branding.brand);
        let links = [
            (texts.support, brand.support_url.as_ref().map(SupportUrl::as_str)),
            (texts.privacy, brand.privacy_url.as_ref().map(WebUrl::as_str)),
            (texts.terms, brand.terms_url.as_ref().map(WebUrl::as_str)),
        ];
        links.into_iter().filter_map(|(text, url)| url.map(|url| (text, url))).collect()
    }
}

/// The reader of the answer to a request, and the language.
#[derive(Clone)]
struct Reader {
    texts: &'static Texts,
    name: Option<String>,
}

fn texts_of_browser(request: &HttpRequest) -> &'static Texts {
    let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
    texts::of(&Language::accepted(header.unwrap_or_default()))
}

impl FromRequest for Frame {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let missing = || Problem::internal_because("the brand is not registered as Data<Branding>");
        let branding = request.app_data::<Data<Branding>>().ok_or_else(missing);
        ready(branding.map(|branding| Self::of(request, &branding.clone().into_inner())))
    }
}
