//! The operations of a description.

use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::path::Operation;

/// The method of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// Visits every operation.
pub fn each(description: &mut Description, mut visit: impl FnMut(Verb, &mut Operation)) {
    for item in description.paths.paths.values_mut() {
        let operations = [
            (Verb::Get, &mut item.get),
            (Verb::Post, &mut item.post),
            (Verb::Put, &mut item.put),
            (Verb::Patch, &mut item.patch),
            (Verb::Delete, &mut item.delete),
        ];
        for (verb, operation) in operations {
            if let Some(operation) = operation {
                visit(verb, operation);
            }
        }
    }
}
