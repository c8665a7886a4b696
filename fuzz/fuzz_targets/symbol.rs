//! A notation that is read as a security is written so that it is read as the same one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsdex::symbol::Symbol;

fuzz_target!(|text: &str| {
    if let Some(symbol) = Symbol::parse(text) {
        assert_eq!(Symbol::parse(&symbol.canonical()).as_ref(), Some(&symbol));
        assert_eq!(Symbol::from_facet(&symbol.facet()).as_ref(), Some(&symbol));
    }
});
