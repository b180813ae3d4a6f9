//! Stylesheet, script and icon, embedded. Their paths hold a hash of their content, so that browsers may
//! keep them.

use std::hash::{DefaultHasher, Hasher};
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Path, ServiceConfig, get};
use bailiwick_http::extract::Public;
use bailiwick_http::problem::{Code, Problem};
use bailiwick_http::resource;

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// A file as it is served.
pub struct Asset {
    path: String,
    content_type: &'static str,
    bytes: &'static [u8],
}

pub static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("css", "text/css; charset=utf-8", include_bytes!("../assets/console.css")));
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("js", "text/javascript; charset=utf-8", include_bytes!("../assets/console.js"))
});
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("svg", "image/svg+xml", include_bytes!("../assets/icon.svg")));

impl Asset {
    fn new(ending: &str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        Self { path: format!("/assets/console-{:016x}.{ending}", hash(bytes)), content_type, bytes }
    }

    /// Returns the path without the prefix.
    pub fn path(&self) -> &str {
        &self.path
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

async fn serve(_: Public, name: Path<String>) -> Result<HttpResponse, Problem> {
    let named = |asset: &&Asset| asset.path.strip_prefix("/assets/") == Some(name.as_str());
    let all: [&Asset; 3] = [&STYLE, &SCRIPT, &ICON];
    let asset = all.into_iter().find(named).ok_or(Code::NotFound)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, IMMUTABLE)).content_type(asset.content_type);
    Ok(answer.body(asset.bytes))
}
