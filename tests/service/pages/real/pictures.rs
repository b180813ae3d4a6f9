//! Pictures of each page, at both widths and in both themes, and what holds in each of them.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::driver::Driver;

impl Driver {
    /// Stores pictures of the page in `target/screenshots`. Asserts that it does not scroll sideways, and
    /// that everybody can use it.
    pub async fn shoot(&self, name: &str) {
        for width in [360, 1280] {
            self.shoot_at(width, &["light", "dark"], name).await;
        }
    }

    /// Does the same at the smaller width, in one theme.
    pub async fn shoot_narrow(&self, name: &str) {
        self.shoot_at(360, &["light"], name).await;
    }

    async fn shoot_at(&self, width: u64, themes: &[&str], name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        self.resize(width, 900).await;
        let needed = self.run("return document.documentElement.scrollWidth - innerWidth").await;
        assert!(needed.as_i64() <= Some(0), "{name} needs {needed} pixels more than {width}");
        let height = self.run("return document.documentElement.scrollHeight").await;
        self.resize(width, height.as_u64().unwrap()).await;
        for theme in themes {
            self.prefer(&[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")]).await;
            self.is_accessible(&format!("{name}, {width} pixels, {theme}")).await;
            let picture = self.get("/screenshot").await;
            let picture = STANDARD.decode(picture.as_str().unwrap()).unwrap();
            std::fs::write(folder.join(format!("{name}-{width}-{theme}.png")), picture).unwrap();
        }
        self.prefer(&[]).await;
        self.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    async fn resize(&self, width: u64, height: u64) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width == 360 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    async fn prefer(&self, features: &[(&str, &str)]) {
        let features: Vec<_> =
            features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }
}
