//! Tests of the rules together with the configuration that ships with them.

mod consortium;
mod place;
