//! The program as a whole: started, used over its socket, and killed.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod disk;
mod durability;
mod examined;
mod files;
mod installation;
mod killed;
mod programs;
mod secrets;
mod setup;
mod steadfast;
mod writers;
