//! The promises of newsdex, one module each.

mod article;
mod dates;
mod index;
mod ingest;
mod output;
mod query;
mod readme;
mod real;
mod rooms;
mod schema;
mod search;
mod snippets;
mod symbol;
mod text;
mod workbench;
