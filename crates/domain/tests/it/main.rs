//! Tests of the rules together with the configuration that ships with them.

mod access;
mod consortium;
mod place;
