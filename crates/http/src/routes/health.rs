//! `/healthz`, `/readyz` and `/version`: liveness, readiness and version of the service.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use crate::draining::{DRAINING, Draining};
use crate::dto::values;
use crate::extract::{Public, Service};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::json;

operations![alive, ready, version];

/// The status of the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusDto {
    #[schema(value_type = values::ServiceStatus)]
    status: &'static str,
}

/// The name and version of the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionDto {
    /// `bailiwick`.
    #[schema(value_type = String, example = "bailiwick")]
    name: &'static str,
    /// The version, such as `1.2.3`.
    #[schema(value_type = String, example = "1.2.3")]
    version: &'static str,
}

/// Reports that the process is running.
#[utoipa::path(get, path = "/healthz", tag = "service",
    responses((status = 200, body = StatusDto)))]
pub async fn alive(_: Public) -> HttpResponse {
    json(StatusCode::OK, &StatusDto { status: "ok" })
}

/// Reports whether the database answers and the service is not about to stop.
#[utoipa::path(get, path = "/readyz", tag = "service",
    responses((status = 200, body = StatusDto)))]
pub async fn ready(_: Public, app: Service, draining: Data<Draining>) -> Result<HttpResponse, Problem> {
    if draining.has_begun() {
        return Err(Problem::new(Code::ServiceUnavailable)
            .with_hint("The service is about to stop. Send the request to another node.")
            .with_cause(DRAINING));
    }
    app.parts().store.ping().await.map_err(bailiwick_app::Error::from)?;
    Ok(json(StatusCode::OK, &StatusDto { status: "ready" }))
}

/// Returns the name and version of the service.
#[utoipa::path(get, path = "/version", tag = "service",
    responses((status = 200, body = VersionDto)))]
pub async fn version(_: Public) -> HttpResponse {
    json(StatusCode::OK, &VersionDto { name: "bailiwick", version: env!("CARGO_PKG_VERSION") })
}
