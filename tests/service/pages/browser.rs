//! A browser without scripts: it opens pages and sends forms.

use std::sync::{Arc, Mutex};

use bailiwick_testkit::app::TestApp;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Url};

use crate::logins::PASSWORD;

const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A browser.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    base: String,
    language: &'static str,
    /// The cookie that it stores, shared by its clones: `name=value`.
    jar: Arc<Mutex<Option<String>>>,
}

/// An answer to a browser.
#[derive(Debug)]
pub struct Shown {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Browser {
    pub fn of(app: &TestApp) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { http, base: app.base.clone(), language: "en", jar: Arc::default() }
    }

    pub fn speaking(self, language: &'static str) -> Self {
        Self { language, ..self }
    }

    /// Returns a request of a page of the service.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request.header("accept", HTML).header("accept-language", self.language);
        match &*self.jar.lock().unwrap() {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    pub async fn open(&self, path: &str) -> Shown {
        self.keep(Shown::of(self.request(Method::GET, path)).await)
    }

    /// Returns the cookie, `name=value`.
    pub fn cookie(&self) -> Option<String> {
        self.jar.lock().unwrap().clone()
    }

    /// Stores a cookie, as somebody at this browser could.
    pub fn plant(&self, cookie: &str) {
        *self.jar.lock().unwrap() = Some(cookie.to_owned());
    }

    /// Signs in with the password of every account.
    pub async fn sign_in(&self, email: &str) {
        let fields = [("email", email), ("password", PASSWORD)];
        self.submit("/sign-in", &fields).await.leads_to("/console");
    }

    /// Stores the cookie that came with an answer.
    fn keep(&self, shown: Shown) -> Shown {
        let line = shown.header("set-cookie");
        if !line.is_empty() {
            let pair = line.split(';').next().unwrap();
            *self.jar.lock().unwrap() = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        shown
    }

    /// Sends a form.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let request = self.request(Method::POST, path).header("sec-fetch-site", "same-origin");
        self.keep(Shown::of(with_form(request, fields)).await)
    }
}

/// Returns the request with a form as its body.
pub fn with_form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let form = Url::parse_with_params("http://form", fields).unwrap();
    let body = form.query().unwrap_or_default().to_owned();
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

impl Shown {
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    /// Asserts the status and the properties that every page has.
    #[track_caller]
    pub fn page(self, status: u16, heading: &str) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(self.header("content-security-policy"), POLICY);
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert_eq!(self.text.matches("<h1").count(), 1, "{}", self.text);
        assert_eq!(self.heading(), heading, "{}", self.text);
        assert!(
            self.text.contains(&format!("<title>{} · bailiwick</title>", escaped(heading))),
            "{}",
            self.text
        );
        assert!(self.text.contains("class=\"skip\" href=\"#main\"") && self.text.contains("<html lang=\""));
        for banned in ["<style", " style=\"", " onclick", "javascript:", "http://", "https://"] {
            assert!(!self.text.contains(banned), "{banned}: {}", self.text);
        }
        self
    }

    #[track_caller]
    pub fn leads_to(self, path: &str) -> Self {
        assert_eq!((self.status, self.header("location")), (303, path), "{}", self.text);
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.text.contains(&escaped(text)), "{text}: {}", self.text);
        self
    }

    /// Asserts that the page has this HTML.
    #[track_caller]
    pub fn has(self, html: &str) -> Self {
        assert!(self.text.contains(html), "{html}: {}", self.text);
        self
    }

    #[track_caller]
    pub fn says_not(self, text: &str) -> Self {
        assert!(!self.text.contains(text), "{text}: {}", self.text);
        self
    }

    /// Asserts that the field shows this error.
    #[track_caller]
    pub fn errs_at(self, field: &str, error: &str) -> Self {
        let shown = format!("id=\"{field}-error\">{}</p>", escaped(error));
        assert!(self.text.contains(&shown), "{shown}: {}", self.text);
        let input =
            self.text.split("<input").find(|input| input.contains(&format!(" id=\"{field}\""))).unwrap();
        let input = input.split('>').next().unwrap();
        assert!(
            input.contains("aria-invalid=\"true\"") && input.contains(&format!("{field}-error")),
            "{input}"
        );
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the value of a hidden field.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("type=\"hidden\" name=\"{name}\" value=\"");
        let (_, rest) = self.text.split_once(&start).unwrap_or_else(|| panic!("{name}: {}", self.text));
        rest.split('"').next().unwrap().to_owned()
    }

    fn heading(&self) -> String {
        let (_, rest) = self.text.split_once("<h1").unwrap();
        let heading = rest.split_once('>').unwrap().1.split("</h1>").next().unwrap();
        without_tags(heading).replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">")
    }
}

fn without_tags(html: &str) -> String {
    let parts = html.split('<').enumerate();
    parts.map(|(at, part)| if at == 0 { part } else { part.split_once('>').unwrap().1 }).collect()
}

/// Escapes as the templates do.
fn escaped(text: &str) -> String {
    text.replace('&', "&#38;")
        .replace('<', "&#60;")
        .replace('>', "&#62;")
        .replace('\'', "&#39;")
        .replace('"', "&#34;")
}
