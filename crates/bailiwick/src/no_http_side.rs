//! Takes the place of the HTTP side in a build without the feature `http`.

use std::time::Duration;

use crate::Bailiwick;

/// Time limit of a stop, the default of the HTTP side.
const STOP_TIME: Duration = Duration::from_secs(15);

/// No settings.
#[derive(Clone, Default)]
pub(crate) struct HttpChoice;

/// Nothing that runs.
pub(crate) struct HttpSide;

#[expect(clippy::unused_self, reason = "the same methods as those of the HTTP side")]
impl HttpChoice {
    pub fn with_public_url(self, _: Option<&str>) -> Self {
        self
    }

    pub fn start(self, _: &Bailiwick) -> HttpSide {
        HttpSide
    }
}

#[expect(clippy::unused_self, reason = "the same methods as those of the HTTP side")]
impl HttpSide {
    pub fn drain(&self) {}

    pub fn stop_time(&self) -> Duration {
        STOP_TIME
    }
}
