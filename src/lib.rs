//! newsdex indexes directories of financial news articles and searches them.
//!
//! The modules are in reading order: each may use only those above it.
//! `ARCHITECTURE.md` has the picture and the invariants.

pub mod article;
pub mod cli;
pub mod eval;
pub mod index;
pub mod ingest;
pub mod problem;
pub mod query;
pub mod render;
pub mod schema;
pub mod search;
pub mod serve;
pub mod source;
pub mod symbol;
pub mod text;
