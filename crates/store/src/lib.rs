//! Storage on two databases: one SQL text per statement, sent to SQLite or PostgreSQL through one small transaction type.
//!
//! This is the only crate with SQL in it, and [`dialect`] is the only file that may ask which engine is at work.

#[macro_use]
mod statement;

pub mod catalogue;
pub mod db;
pub mod dialect;
pub mod durability;
pub mod fault;
pub mod governance;
pub mod idempotency;
pub mod market;
pub mod migrate;
pub mod money;
pub mod outbox;
pub mod people;
pub mod procurement;
pub mod purchasing;
pub mod record;
pub mod slice;
pub mod state;
pub mod tx;
pub mod value;

pub use db::Db;
pub use fault::Fault;
pub use slice::Slice;
pub use statement::{Record, RecordSql, Statement};
pub use tx::{ReadTx, Reads, Threshold, Tx};
pub use value::{Column, Row, Value};
