//! bailiwick-http

pub mod answer;
pub mod credentials;
pub(crate) mod dto;
pub mod extract;
pub mod problem;
pub(crate) mod routes;
pub mod settings;
