//! The promises of newsdex, one module each.

mod article;
mod damage;
mod dates;
mod eval;
mod frozen;
mod index;
mod ingest;
mod language;
mod mcp;
mod output;
mod query;
mod ranking;
mod readme;
mod real;
mod reference;
mod rooms;
mod schema;
mod search;
mod serve;
mod snippets;
mod store;
mod stories;
mod symbol;
mod text;
mod typing;
mod workbench;
