//! The claims of a token, under the names of the guide.

use serde::Serialize;
use serde_json::Value;

use super::shape::Object;

/// Claims with a field in [`Claims`]; the others are printed under their own name.
const NAMED: [&str; 11] = ["id", "sub", "org_id", "role", "sid", "jti", "iss", "aud", "iat", "nbf", "exp"];

/// The claims of a token.
#[derive(Serialize)]
pub struct Claims {
    /// `id`, else `sub`.
    pub user_id: Option<Value>,
    /// The claims among `id` and `sub` that are present.
    pub user_named_by: Vec<&'static str>,
    /// Whether both are present and differ.
    pub id_and_sub_differ: bool,
    /// `org_id`; tokens of this service have none.
    pub organization_id: Option<Value>,
    /// `role`; tokens of this service have none.
    pub role: Option<Value>,
    /// `sid`.
    pub session_id: Option<Value>,
    /// `jti`.
    pub token_id: Option<Value>,
    /// `iss`.
    pub issuer: Option<Value>,
    /// `aud`.
    pub audience: Option<Value>,
    /// All claims, unaltered.
    pub all: Object,
}

impl Claims {
    /// Reads the claims of a payload.
    pub fn of(payload: Object) -> Self {
        let get = |name: &str| payload.get(name).cloned();
        let (id, sub) = (get("id"), get("sub"));
        Self {
            user_named_by: ["id", "sub"].into_iter().filter(|name| payload.contains_key(*name)).collect(),
            id_and_sub_differ: id.is_some() && sub.is_some() && id != sub,
            user_id: id.or(sub),
            organization_id: get("org_id"),
            role: get("role"),
            session_id: get("sid"),
            token_id: get("jti"),
            issuer: get("iss"),
            audience: get("aud"),
            all: payload,
        }
    }

    /// Returns the claims without a field of their own.
    pub fn others(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.all.iter().filter(|(name, _)| !NAMED.contains(&name.as_str()))
    }
}
