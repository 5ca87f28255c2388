//! Money rules: what may be asked, what is owed, and what is left to commit.

pub mod charge;
pub mod commitment;
pub mod itemised;
pub mod price;
pub mod uplift;
