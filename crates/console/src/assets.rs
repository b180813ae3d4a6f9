//! Stylesheet, script and icon, embedded, and the files of the brand. Their paths hold a hash of their
//! content, so that browsers may keep them.

use std::hash::{DefaultHasher, Hasher};
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::web::{Bytes, Data, Path, ServiceConfig, get};
use bailiwick_http::extract::Public;
use bailiwick_http::problem::{Code, Problem};
use bailiwick_http::resource;

use crate::branding::Branding;

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What an image may do where a browser opens it as a page: nothing but show itself.
const SANDBOX: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
const CSS: &str = "text/css; charset=utf-8";

/// A file as it is served.
#[derive(Clone, Debug)]
pub struct Asset {
    path: String,
    content_type: &'static str,
    bytes: Bytes,
    is_sandboxed: bool,
}

pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "css", CSS, Bytes::from_static(include_bytes!("../assets/console.css")))
});
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = Bytes::from_static(include_bytes!("../assets/console.js"));
    Asset::new("console", "js", "text/javascript; charset=utf-8", bytes)
});
pub static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "svg", "image/svg+xml", Bytes::from_static(include_bytes!("../assets/icon.svg")))
});

impl Asset {
    fn new(name: &str, ending: &str, content_type: &'static str, bytes: Bytes) -> Self {
        let path = format!("/assets/{name}-{:016x}.{ending}", hash(&bytes));
        Self { path, content_type, bytes, is_sandboxed: false }
    }

    /// Returns the stylesheet of the brand.
    pub fn of_style(css: Vec<u8>) -> Self {
        Self::new("brand", "css", CSS, css.into())
    }

    /// Returns an image of the brand.
    pub fn of_image(ending: &str, content_type: &'static str, bytes: Vec<u8>) -> Self {
        Self::new("brand", ending, content_type, bytes.into())
    }

    /// Denies the file everything but to show itself.
    #[must_use]
    pub fn sandboxed(self) -> Self {
        Self { is_sandboxed: true, ..self }
    }

    /// Returns the path without the prefix.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the media type.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    #[cfg(test)]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Returns a hash that tells versions of a file apart. It secures nothing.
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Mounts the route.
pub fn configure(cfg: &mut ServiceConfig) {
    resource(cfg, "/assets/{file}", [get().to(serve)]);
}

async fn serve(_: Public, name: Path<String>, branding: Data<Branding>) -> Result<HttpResponse, Problem> {
    let named = |asset: &&Asset| asset.path.strip_prefix("/assets/") == Some(name.as_str());
    let own: [&Asset; 3] = [&STYLE, &SCRIPT, &ICON];
    let all = own.into_iter().chain(branding.style.as_ref()).chain(branding.logo.as_ref());
    let asset = all.into_iter().find(named).ok_or(Code::NotFound)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, IMMUTABLE)).content_type(asset.content_type);
    if asset.is_sandboxed {
        answer.insert_header((CONTENT_SECURITY_POLICY, SANDBOX));
    }
    Ok(answer.body(asset.bytes.clone()))
}
