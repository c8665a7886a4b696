//! One process over one engine: a page for people, an API for programs, tools for agents. It reads only; what is written
//! is written by an ingest, its own (`--watch`) or another's.

mod desk;

