//! A JSON value that keeps duplicate members.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{
    Deserialize, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Number, Value};

/// A JSON value. Unlike [`Value`] it keeps duplicate members, so that they can be refused. A struct is
/// deserialized only from an object, whereas serde accepts an array of its fields too. Not `Debug`,
/// because bodies contain secrets.
#[derive(Clone)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object: its members in their order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Returns the string; `None` for another type.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the values of all members of this name; `None` if the value is not an object.
    pub fn members(&self, name: &str) -> Option<Vec<&Self>> {
        match self {
            Self::Object(members) => {
                Some(members.iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect())
            }
            _ => None,
        }
    }

    /// Returns the type, for a message that does not repeat the value.
    fn kind(&self) -> Unexpected<'static> {
        match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(_) => Unexpected::Other("a boolean"),
            Self::Number(_) => Unexpected::Other("a number"),
            Self::Text(_) => Unexpected::Other("a string"),
            Self::Array(_) => Unexpected::Seq,
            Self::Object(_) => Unexpected::Map,
        }
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Object(members.into_iter().map(|(name, value)| (name, Self::from(value))).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(AnyValue)
    }
}

/// Builds a [`Json`].
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, input: D) -> Result<Json, D::Error> {
        Json::deserialize(input)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

impl<'de> Deserializer<'de> for Json {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Number(number) => number.deserialize_any(visitor),
            Self::Text(text) => visitor.visit_string(text),
            Self::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter());
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Self::Object(members) => {
                let mut members = MapDeserializer::new(members.into_iter());
                let value = visitor.visit_map(&mut members)?;
                members.end().map(|()| value)
            }
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Object(_) => self.deserialize_any(visitor),
            other => Err(Error::invalid_type(other.kind(), &visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_none(),
            other => visitor.visit_some(other),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Text(variant) => visitor.visit_enum(variant.into_deserializer()),
            Self::Object(members) => {
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(members.into_iter())))
            }
            other => Err(Error::invalid_type(other.kind(), &visitor)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Json {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Outer {
        inner: Option<Inner>,
        rows: Option<Vec<Inner>>,
        named: Option<BTreeMap<String, Inner>>,
        wrapped: Option<Wrapped>,
        kind: Option<Kind>,
        pair: Option<(u8, f64)>,
        any: Option<Value>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Inner {
        n: Option<i64>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Wrapped(Inner);

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Plain,
        Held(Inner),
        Named { n: i64 },
    }

    fn read(text: &str) -> Result<Outer, Error> {
        Outer::deserialize(serde_json::from_str::<Json>(text)?)
    }

    #[test]
    fn a_struct_is_read_from_an_object_at_every_depth() {
        for objects in [
            r#"{"inner": {"n": 1}}"#,
            r#"{"rows": [{"n": -1}, {}]}"#,
            r#"{"named": {"a": {"n": null}}}"#,
            r#"{"wrapped": {"n": 1}}"#,
            r#"{"kind": {"held": {"n": 1}}}"#,
            r#"{"kind": {"named": {"n": 1}}}"#,
            r#"{"kind": "plain", "inner": null, "pair": [1, 2.5]}"#,
            r#"{"any": [true, {"x": [1.5, "\u00e4"]}]}"#,
        ] {
            assert_eq!(read(objects).unwrap(), serde_json::from_str(objects).unwrap(), "{objects}");
        }
        for arrays in [
            "[]",
            "[null, null, null, null, null, null, null]",
            r#"{"inner": []}"#,
            r#"{"inner": [1]}"#,
            r#"{"rows": [{"n": 1}, [1]]}"#,
            r#"{"named": {"a": [1]}}"#,
            r#"{"wrapped": [1]}"#,
            r#"{"kind": {"held": [1]}}"#,
        ] {
            let message = read(arrays).unwrap_err().to_string();
            assert!(message.contains("invalid type: sequence, expected "), "{arrays}: {message}");
        }
    }

    #[test]
    fn a_member_given_twice_is_seen() {
        for text in [r#"{"inner": null, "inner": null}"#, r#"{"rows": [{"n": 1, "n": 1}]}"#] {
            assert!(read(text).unwrap_err().to_string().contains("duplicate field"), "{text}");
        }
    }
}
