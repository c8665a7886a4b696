//! The promises of newsdex, one module each.

mod article;
mod cluster;
mod complete;
mod cost;
mod cursors;
mod damage;
mod dates;
mod days;
#[cfg(unix)]
mod documents;
mod encodings;
mod eval;
mod explain;
mod frozen;
#[cfg(unix)]
mod help;
mod html;
#[cfg(unix)]
mod index;
#[cfg(unix)]
mod index_pages;
mod ingest;
mod keys;
mod language;
mod late;
mod mcp;
mod messages;
mod names;
mod oracle;
mod output;
mod query;
mod ranking;
mod real;
mod recognize;
mod records;
mod reference;
mod reindex;
mod rooms;
mod schema;
mod search;
mod serve;
mod settings;
mod shapes;
mod snippets;
mod store;
mod stories;
mod symbol;
mod text;
mod typed;
mod typing;
mod workbench;
mod wrapped;
