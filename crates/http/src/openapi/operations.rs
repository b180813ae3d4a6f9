//! The operations of a description.

use actix_web::http::Method;
use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::path::Operation;

/// Visits every operation.
pub fn each(description: &mut Description, mut visit: impl FnMut(&Method, &mut Operation)) {
    for item in description.paths.paths.values_mut() {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::POST, &mut item.post),
            (Method::PUT, &mut item.put),
            (Method::PATCH, &mut item.patch),
            (Method::DELETE, &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                visit(&method, operation);
            }
        }
    }
}
