//! What tests share: each test on each engine, a clock that tests move, randomness from a seed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a helper of tests fails as a test does"
)]

pub mod ambient;
pub mod awarding;
pub mod bidding;
pub mod both;
pub mod case;
pub mod cluster;
pub mod evaluating;
pub mod many_bids;
pub mod pdf;
pub mod placed;
pub mod proof;
pub mod reviewed;
pub mod secrets;
pub mod session;
pub mod smtp;
pub mod tendering;
pub mod world;

pub use ambient::{Dice, MovedClock, Seeded};
pub use both::{Engine, TestDatabase};
pub use cluster::Cluster;
pub use placed::{Placed, placed};
pub use secrets::secrets_keys;
pub use session::signed_in;
pub use smtp::SmtpServer;
pub use world::{World, world};
