//! The query of a request.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::PageText;
use bailiwick_kernel::{OrgId, trimmed};
use url::form_urlencoded;

use crate::extract::scope::{ORG_ID, Scope};
use crate::problem::{FieldError, Problem};

/// The parameters of the query. Unknown names are ignored. Of several parameters with one name the
/// first counts, and an empty value counts as absent.
#[derive(Clone, Debug)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Returns the parameter of this name.
    pub fn text(&self, name: &str) -> Option<String> {
        let value = self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        value.filter(|value| !value.is_empty()).cloned()
    }

    /// Returns the search term of a list, trimmed like an address, so that a copied address is found.
    pub fn search(&self) -> Option<String> {
        let text = self.text("search")?;
        let text = trimmed(&text);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Returns the parameter of this name, parsed. Fails with 422 if `parse` returns `None`.
    pub fn parsed<T>(&self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let parsed = parse(&text);
        parsed.map(Some).ok_or_else(|| {
            Problem::invalid(vec![FieldError::new(
                format!("/{name}"),
                "invalid",
                format!("{name} has no such value"),
            )])
        })
    }

    /// Returns the organization that the query names; `None` if it names none.
    pub fn org(&self) -> Result<Option<OrgId>, Problem> {
        let named = self.0.iter().filter(|(name, _)| name == ORG_ID).map(|(_, value)| value);
        Scope::of_all(named).map(Scope::org)
    }

    /// Returns the page of a list that the query requests.
    pub fn page(&self) -> PageText {
        PageText { limit: self.text("limit"), cursor: self.text("cursor") }
    }
}

impl FromRequest for Params {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = form_urlencoded::parse(request.query_string().as_bytes());
        ready(Ok(Self(pairs.into_owned().collect())))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::problem::Code;

    async fn params(query: &str) -> Params {
        Params::extract(&TestRequest::with_uri(&format!("/?{query}")).to_http_request()).await.unwrap()
    }

    #[actix_web::test]
    async fn is_read_leniently() {
        let params = params("search=a%20b+c%25&search=second&empty=&limit=5&flag&%zz=1").await;
        assert_eq!(params.text("search").as_deref(), Some("a b c%"));
        assert_eq!(params.text("empty"), None);
        assert_eq!(params.text("flag"), None);
        assert_eq!(params.text("absent"), None);
        assert_eq!(params.page(), PageText { limit: Some("5".to_owned()), cursor: None });
    }

    #[actix_web::test]
    async fn a_search_is_trimmed() {
        assert_eq!(params("search=%20ada@%0D%0A%E2%80%8B").await.search().as_deref(), Some("ada@"));
        assert_eq!(params("search=a%20b").await.search().as_deref(), Some("a b"));
        assert_eq!(params("search=%C2%A0").await.search(), None);
        assert_eq!(params("x=1").await.search(), None);
    }

    #[actix_web::test]
    async fn a_value_that_makes_no_sense_is_refused() {
        let params = params("n=x").await;
        let number = |text: &str| text.parse::<u8>().ok();
        assert_eq!(params.parsed("n", number).unwrap_err().code(), Code::ValidationFailed);
        assert_eq!(params.parsed("m", number).unwrap(), None);
    }
}
