//! The adapters, tested from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

#[cfg(feature = "redis")]
mod bus;
mod ca_file;
mod fakes;
mod hasher;
mod hasher_imports;
mod jwt;
mod jwt_keys;
mod jwt_provider;
mod mail_file;
mod mail_headers;
mod mail_smtp;
mod mail_templates;
mod mail_tls;
mod rendered_mail;
mod suites;
mod throttle_local;
#[cfg(feature = "redis")]
mod throttle_redis;
