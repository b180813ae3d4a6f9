//! The path under which the application that serves a request has mounted the service.

use actix_web::dev::ServiceRequest;
use actix_web::{HttpMessage, HttpRequest};

/// The path of the scopes around the service, empty at the root. Unlike [`Prefix`](crate::Prefix), it is a
/// part of the paths that arrive here.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MountPath(String);

impl MountPath {
    /// Returns what routing has taken from the path until the outermost middleware of the service.
    pub(crate) fn of(request: &ServiceRequest) -> Self {
        let routed = request.match_info();
        let taken = routed.as_str().strip_suffix(routed.unprocessed());
        Self(taken.unwrap_or_default().to_owned())
    }

    /// Returns the mount path of the service that received this request.
    pub fn of_request(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_default()
    }

    /// Returns a path of a request without the mount path; empty at the mount path itself.
    pub fn stripped<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.0.as_str()).unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;
    use actix_web::dev::{HttpServiceFactory, ServiceResponse};
    use actix_web::middleware::{Next, from_fn};
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::web::{self, get};
    use actix_web::{App, Error, HttpResponse};

    use super::*;

    async fn show(request: HttpRequest) -> HttpResponse {
        let path = MountPath::of_request(&request).stripped(request.path()).to_owned();
        HttpResponse::Ok().body(path)
    }

    async fn store<B: MessageBody>(
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<B>, Error> {
        let path = MountPath::of(&request);
        request.extensions_mut().insert(path);
        next.call(request).await
    }

    fn service() -> impl HttpServiceFactory {
        let routes = web::scope("").route("", get().to(show)).route("/{rest:.*}", get().to(show));
        routes.wrap(from_fn(store))
    }

    #[actix_web::test]
    async fn it_is_what_the_scopes_around_the_service_have_taken() {
        for (scope, request, stripped) in [
            ("", "/console/x", "/console/x"),
            ("/identity", "/identity/console", "/console"),
            ("/identity", "/identity/identity/console", "/identity/console"),
            ("/identity", "/identity", ""),
            ("/{tenant}", "/acme/console", "/console"),
            ("/a/b", "/a/b/", "/"),
        ] {
            let app = App::new().service(web::scope(scope).service(service()));
            let app = init_service(app).await;
            let answer = call_service(&app, TestRequest::get().uri(request).to_request()).await;
            assert_eq!(read_body(answer).await, stripped, "{scope} {request}");
        }
    }
}
