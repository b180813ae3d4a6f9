//! Bodies of exemptions from rate limits.

use serde::Deserialize;
use time::Duration;
use utoipa::ToSchema;

use crate::extract::{Fields, Input};

/// Maximum exemption, one day.
const MAX_SECONDS: i64 = 86_400;

/// The duration of an exemption from the rate limits of logins.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RateLimitBypassBody {
    /// Duration in seconds, 1 to 86400.
    #[schema(required, value_type = i64, minimum = 1, maximum = 86400, example = 3600)]
    seconds: Option<i64>,
}

impl Input for RateLimitBypassBody {
    type Value = Duration;

    fn check(self, fields: &mut Fields) -> Option<Duration> {
        fields.required("/seconds", self.seconds, |seconds| match *seconds {
            1..=MAX_SECONDS => Ok(Duration::seconds(*seconds)),
            _ => Err("a number from 1 to 86400"),
        })
    }
}
