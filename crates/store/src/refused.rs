//! Why a URL is not opened.

use crate::OpenError;

/// Returns the error for a URL of no database that this program was built with.
pub(crate) fn refused(url: &str) -> OpenError {
    match url.split_once(':') {
        Some(("sqlite", _)) => OpenError::MissingFeature("sqlite"),
        Some(("postgres" | "postgresql", _)) => OpenError::MissingFeature("postgres"),
        _ => OpenError::BadUrl("it starts with `postgres://` or `sqlite:`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_was_left_out_is_named_by_its_feature() {
        let error = |url| refused(url).to_string();
        assert!(error("sqlite:data/bailiwick.db").contains("the feature `sqlite` of bailiwick"));
        for url in ["postgres://db.example.org/bailiwick", "postgresql://db.example.org/bailiwick"] {
            assert!(error(url).contains("the feature `postgres` of bailiwick"), "{url}");
        }
        for url in ["", "mysql://db.example.org/bailiwick"] {
            assert!(matches!(refused(url), OpenError::BadUrl(_)), "{url}");
        }
    }

    #[cfg(not(all(feature = "postgres", feature = "sqlite")))]
    #[tokio::test]
    async fn a_database_that_was_left_out_is_refused() {
        let options = crate::Options::default();
        let left_out = [
            #[cfg(not(feature = "postgres"))]
            ("postgres://db.example.org/bailiwick", "postgres"),
            #[cfg(not(feature = "sqlite"))]
            ("sqlite:bailiwick.db", "sqlite"),
        ];
        for (url, feature) in left_out {
            let refused = OpenError::MissingFeature(feature);
            assert_eq!(crate::open(url, &options).await.err(), Some(refused.clone()));
            assert_eq!(crate::inspect(url, &options).await.err(), Some(refused));
        }
    }
}
