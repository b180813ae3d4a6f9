//! What a token claims, under the names of the guide.

use serde::Serialize;
use serde_json::Value;

use super::shape::Object;

/// Claims that have a name here; the others are told under their own.
const NAMED: [&str; 11] = ["id", "sub", "org_id", "role", "sid", "jti", "iss", "aud", "iat", "nbf", "exp"];

/// The claims.
#[derive(Serialize)]
pub struct Claims {
    /// `id`, else `sub`.
    pub user_id: Option<Value>,
    /// Which of the two name the user.
    pub user_named_by: Vec<&'static str>,
    /// Whether they name two.
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
    /// All of them, as they are.
    pub all: Object,
}

impl Claims {
    /// Those of a payload.
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

    /// Those that have no name here.
    pub fn others(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.all.iter().filter(|(name, _)| !NAMED.contains(&name.as_str()))
    }
}
