//! The response of actix-web.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};

use crate::Problem;

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status_code());
        for (name, value) in self.headers() {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response.set_body(BoxBody::new(self.to_json()))
    }
}

impl From<Problem> for HttpResponse {
    fn from(problem: Problem) -> Self {
        Self::from_error(problem)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use actix_web::body::MessageBody;

    use super::*;
    use crate::Code;

    #[test]
    fn actix_answers_what_the_problem_says() {
        let problems = Code::ALL.iter().copied().map(Problem::new);
        for problem in problems.chain([Problem::rate_limited(7)]) {
            let response = problem.error_response();
            assert_eq!(response.status(), problem.status());
            let found = response.headers().iter();
            let found: BTreeMap<_, _> =
                found.map(|(name, value)| (name.as_str(), value.to_str().unwrap().to_owned())).collect();
            let said = problem.headers().into_iter().map(|(name, value)| (name, value.into_owned()));
            assert_eq!(found, said.collect());
            assert_eq!(response.into_body().try_into_bytes().unwrap(), problem.to_json());
        }
    }
}
