//! The networks of trusted proxies.

use serde::Deserialize;

/// An address or a block of addresses, as a setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(pub bailiwick::http::settings::Network);

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let network = text.parse().map_err(|error| format!("{error}; write 10.0.0.1 or 10.0.0.0/8"));
        network.map(Self)
    }
}
