//! What tests share: each test on each engine, a clock that tests move, randomness from a seed.

pub mod ambient;
pub mod both;
pub mod smtp;
pub mod world;

pub use ambient::{MovedClock, Seeded};
pub use both::{Engine, TestDatabase};
pub use smtp::SmtpServer;
pub use world::{World, world};
