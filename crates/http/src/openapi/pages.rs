//! Pages of lists: their items refer to the schema of the item. The derived schemas repeat it.

use utoipa::openapi::schema::{ArrayItems, Components, Schema};
use utoipa::openapi::{Ref, RefOr};

const PREFIX: &str = "PageDto_";

/// Replaces the repeated schemas.
pub fn complete(parts: &mut Components) {
    for (name, schema) in &mut parts.schemas {
        let (Some(item), RefOr::T(Schema::Object(page))) = (name.strip_prefix(PREFIX), schema) else {
            continue;
        };
        if let Some(RefOr::T(Schema::Array(items))) = page.properties.get_mut("items") {
            items.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(item).into()));
            items.max_items = Some(100);
        }
    }
}
