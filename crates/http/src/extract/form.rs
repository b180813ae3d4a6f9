//! Forms of pages.

use bailiwick_kernel::OrgId;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::extract::body::FromBody;
use crate::extract::fields::{Fields, Input};
use crate::extract::raw_body::RawBody;
use crate::problem::Problem;

/// The fields of a form, as a browser sends them (`application/x-www-form-urlencoded`). As
/// [`Body`](crate::extract::Body) it waits for the decision. Of several fields with one name the first
/// counts, and an empty field counts as absent.
#[derive(Clone)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Returns the value of a field.
    pub fn text(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// Checks the fields by the rules of a body of the API, which has the same names. Fails with 422 if
    /// a field is refused.
    pub fn check<I: Input>(&self) -> Result<I::Value, Problem> {
        self.check_with_empty::<I>(&[])
    }

    /// As [`Self::check`]. An empty field with one of these names counts as empty, not as absent.
    pub fn check_with_empty<I: Input>(&self, names: &[&str]) -> Result<I::Value, Problem> {
        let present =
            self.0.iter().filter(|(name, value)| !value.is_empty() || names.contains(&name.as_str()));
        // The first of a name is inserted last.
        let members = present.rev().map(|(name, value)| (name.clone(), Value::String(value.clone())));
        Fields::check_value::<I>(Value::Object(members.collect::<Map<_, _>>()))
    }
}

impl FromBody for Form {
    async fn from_body(body: RawBody, _: Option<OrgId>) -> Result<Self, Problem> {
        body.require_form()?;
        let bytes = body.bytes_of_any_type().await?;
        Ok(Self(form_urlencoded::parse(&bytes).into_owned().collect()))
    }
}
