//! bailiwick-infra
