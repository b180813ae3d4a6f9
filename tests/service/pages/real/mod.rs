//! The pages in a real browser, with its scripts.

mod driver;
mod journeys;
