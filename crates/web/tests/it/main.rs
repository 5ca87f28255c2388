//! All integration tests of the pages in one binary.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod addresses;
mod api;
mod assets;
mod bids;
mod browser;
mod comparison;
mod decisions;
mod denials;
mod dom;
mod evaluation;
mod every_route;
mod frame;
mod govuk_conformance;
mod journey;
mod kept;
mod kernel;
mod markup;
mod notices;
mod page_samples;
mod panics;
mod people;
mod procured;
mod samples;
mod screens;
mod services;
mod work;
