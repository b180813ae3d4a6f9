//! Descriptions of failures of the driver, for logs and errors.

use std::error::Error as StdError;

use bailiwick_sql::failure::with_state;

/// Describes a failure of the PostgreSQL driver or of the network. The causes are included, because
/// the outermost message says little.
pub(crate) fn driver_failure(error: &tokio_postgres::Error) -> String {
    if let Some(from_server) = error.as_db_error() {
        return with_state(from_server.message(), Some(from_server.code().code()));
    }
    let causes = std::iter::successors(error.source(), |cause| (**cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
