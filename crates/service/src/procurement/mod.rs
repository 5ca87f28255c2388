//! Procuring a framework: its tender, the opening of the bids, and what follows from them.

pub mod opening;
pub mod tender;
