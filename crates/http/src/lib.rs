//! bailiwick-http
