//! bailiwick
