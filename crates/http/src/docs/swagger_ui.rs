//! The files of Swagger UI, embedded from `vendor/swagger-ui`, whose `VENDOR.toml` names their
//! origin.

/// A file as it is served.
pub(super) struct File {
    name: &'static str,
    pub(super) content_type: &'static str,
    pub(super) bytes: &'static [u8],
}

macro_rules! vendored {
    ($name:literal, $content_type:literal) => {
        File {
            name: $name,
            content_type: $content_type,
            bytes: include_bytes!(concat!("../../vendor/swagger-ui/", $name)),
        }
    };
}

static FILES: [File; 10] = [
    vendored!("index.html", "text/html"),
    vendored!("index.css", "text/css"),
    vendored!("swagger-ui.css", "text/css"),
    vendored!("swagger-ui-bundle.js", "text/javascript"),
    vendored!("swagger-ui-standalone-preset.js", "text/javascript"),
    File {
        name: "swagger-initializer.js",
        content_type: "text/javascript",
        bytes: include_bytes!("initializer.js"),
    },
    vendored!("oauth2-redirect.html", "text/html"),
    vendored!("oauth2-redirect.js", "text/javascript"),
    vendored!("favicon-16x16.png", "image/png"),
    vendored!("favicon-32x32.png", "image/png"),
];

/// Returns the file of that name; the folder itself shows the page.
pub(super) fn file(name: &str) -> Option<&'static File> {
    let name = if matches!(name, "" | "/") { "index.html" } else { name };
    FILES.iter().find(|file| file.name == name)
}
