//! The terms by which documents are found besides the words of their texts. Every engine keeps the same ones.

use crate::{
    article::{AboutPart, NameClass, StatedName},
    query::Security,
    symbol::Symbol,
};
use std::iter;
use xxhash_rust::xxh3::xxh3_64;

/// The hash that all pages of an article share.
pub(super) fn article_hash(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

/// The facet paths of all readings of a security.
pub(super) fn readings(security: &Security) -> impl Iterator<Item = String> {
    let readings = security.readings.iter();
    readings.flat_map(|symbol| iter::once(symbol).chain(symbol.alternatives())).map(Symbol::facet)
}

/// The symbol of a facet path. An ambiguous notation is parsed again, which restores its other readings.
pub(super) fn symbol_of(path: &str, is_ambiguous: bool) -> Option<Symbol> {
    let symbol = Symbol::from_facet(path)?;
    let read = is_ambiguous.then(|| Symbol::parse(&format!("{}.CN", symbol.code()))).flatten();
    Some(read.filter(|read| *read == symbol).unwrap_or(symbol))
}

/// The term for a part of the article that names the security with this facet path.
pub(super) fn about_term(part: AboutPart, path: &str) -> String {
    format!("{}{path}", part.as_str())
}

/// The term of a name that an article states: the key of the name, a zero byte, the security as code and venue, and the
/// letter of the class. Each byte of a term costs an ingest much, so the US is the venue of a code without one.
pub(super) fn name_term(name: &StatedName) -> String {
    let class = class_letter(name.class);
    let (code, venue) = (name.symbol.code(), name.symbol.venue());
    if venue == "US" {
        return [&name.key, "\0", code, class].concat();
    }
    [&name.key, "\0", code, "/", venue, class].concat()
}

/// What a [`name_term`] states: the key, the security and the class.
pub(super) fn stated_by(term: &str) -> Option<(&str, Symbol, NameClass)> {
    let (key, rest) = term.split_once('\0')?;
    let class = NameClass::ALL.into_iter().find(|class| rest.ends_with(class_letter(*class)))?;
    let security = &rest[..rest.len() - 1];
    let (code, venue) = security.split_once('/').unwrap_or((security, "US"));
    Some((key, Symbol::at_venue(code, venue)?, class))
}

/// How an article spells the name of a security: [`spellings_of`] the security, and the spelling.
pub(super) fn spelling(name: &StatedName) -> Option<String> {
    // The beginning of a longer name says nothing about how a name is written.
    let spelled = name.class != NameClass::TitlePrefix;
    spelled.then(|| [&spellings_of(&name.symbol), name.spelling.as_str()].concat())
}

/// The beginning of all spellings of a security.
pub(super) fn spellings_of(symbol: &Symbol) -> String {
    [symbol.code(), "/", symbol.venue(), "\0"].concat()
}

/// The letter of a class in a term. No code has small letters.
fn class_letter(class: NameClass) -> &'static str {
    match class {
        NameClass::Explicit => "e",
        NameClass::Title => "t",
        NameClass::LegalForm => "l",
        NameClass::TitlePrefix => "p",
    }
}

#[cfg(test)]
mod tests {
    use super::{name_term, spelling, spellings_of, stated_by};
    use crate::{
        article::{NameClass, StatedName},
        symbol::Symbol,
    };

    #[test]
    fn a_term_tells_what_was_stated() {
        for code in ["TSLA.US", "BRK.B.US", "US.US", "600586.SH", "700.HK", "000300.CN"] {
            for class in NameClass::ALL {
                let symbol = Symbol::parse(code).expect("a notation");
                let name = StatedName { key: "a&b3".into(), spelling: "A & B3 Inc".into(), symbol, class };
                let term = name_term(&name);
                assert_eq!(stated_by(&term), Some(("a&b3", name.symbol.clone(), class)), "{term:?}");
                let spelled = spelling(&name);
                assert_eq!(spelled.is_none(), class == NameClass::TitlePrefix);
                let all = spellings_of(&name.symbol);
                assert!(spelled.is_none_or(|spelled| spelled.strip_prefix(&all) == Some("A & B3 Inc")));
            }
        }
        for other in ["", "tesla", "tesla\0TSLA", "tesla\0tslat", "tesla\0/USt", "tesla\0TSLA/XXt"] {
            assert_eq!(stated_by(other), None, "{other:?}");
        }
    }
}
