//! The promises of newsdex, one module each.

mod article;
mod symbol;
mod text;
