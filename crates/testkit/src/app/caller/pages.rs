//! The pages for people, which a browser opens with a cookie in place of a token.

use reqwest::Method;
use reqwest::redirect::Policy;

use super::Caller;
use crate::app::service::PASSWORD;

impl Caller {
    /// Signs the account in at the pages, and returns name and value of the cookie of this session. A driver
    /// of a browser stores it for the host of [`Self::base`]. The password must be that of the testkit, and
    /// the public URL local or encrypted.
    pub async fn cookie(&self) -> (String, String) {
        // The cookie comes with a redirect, which must not be followed.
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().expect("a client");
        let form = [("email", self.email.as_str()), ("password", PASSWORD)];
        let form = reqwest::Url::parse_with_params("http://form", form).expect("a form");
        let request = Self { http: http.clone(), token: String::new(), ..self.clone() }
            .request(Method::POST, "/sign-in")
            .header("accept", "text/html")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.query().unwrap_or_default().to_owned());
        let response = request.send().await.expect("the pages");
        let status = response.status();
        let line = response.headers().get("set-cookie").and_then(|line| line.to_str().ok());
        let pair = line.and_then(|line| line.split(';').next()).and_then(|pair| pair.split_once('='));
        let (name, value) = pair.unwrap_or_else(|| panic!("{} is not signed in: {status}", self.email));
        (name.to_owned(), value.to_owned())
    }
}
