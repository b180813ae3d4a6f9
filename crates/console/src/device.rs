//! Names of devices as people know them.

/// Browsers by their mark in `User-Agent`. Each also has the marks of those that it imitates, which come
/// after it.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// Returns browser and system of a `User-Agent`; the text itself if it is not that of a known browser.
pub fn name(user_agent: &str) -> String {
    let is_browser = user_agent.starts_with("Mozilla/5.0 (");
    match (find(&BROWSERS, user_agent), find(&SYSTEMS, user_agent)) {
        (Some(browser), Some(system)) if is_browser => format!("{browser}, {system}"),
        _ => user_agent.to_owned(),
    }
}

fn find(names: &[(&str, &'static str)], text: &str) -> Option<&'static str> {
    names.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_and_other_programs_name_themselves() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (system, marks, expected) in [
            (
                "X11; Linux x86_64",
                format!("{webkit} HeadlessChrome/156.0.0.0 Safari/537.36"),
                "Chrome, Linux",
            ),
            ("Windows NT 10.0", format!("{webkit} Chrome/150.0 Safari/537.36 Edg/150.0"), "Edge, Windows"),
            ("Macintosh; Intel Mac OS X 15", format!("{webkit} Version/19.0 Safari/605.1"), "Safari, macOS"),
            ("iPhone; CPU iPhone OS 19", format!("{webkit} CriOS/150.0 Safari/604.1"), "Chrome, iPhone"),
            ("Android 16; Mobile; rv:150.0", "Gecko/150.0 Firefox/150.0".to_owned(), "Firefox, Android"),
        ] {
            assert_eq!(name(&format!("Mozilla/5.0 ({system}) {marks}")), expected);
        }
        for other in ["curl/8.14.1", "", "Safari/1 on Linux", "Mozilla/5.0 (compatible; bot)"] {
            assert_eq!(name(other), other);
        }
    }
}
