//! Securities by the beginning of their code, and by name.

use super::Completer;
use crate::{
    index::IndexError,
    query::TermSet,
    search::{
        Completion, articles,
        names::{clearly_named, name_of, prepare_names_of},
        prepare_articles,
        suggest::naming,
    },
    symbol::Symbol,
    text::{fold, is_han_like},
};
use std::collections::BTreeSet;

/// A name has at most so many lines of securities that are offered.
const MAX_LINES: usize = 2;
/// So many codes are counted for each one that is offered: those that articles name most are.
const COUNTED_PER_OFFERED: usize = 2;

impl Completer<'_> {
    /// Securities whose code begins with the last word. Capitals, digits and dots are a code; lower-case letters are one as
    /// a whole, if that is what articles mean by them.
    pub(super) fn securities_by_code(&self) -> Result<Vec<Completion>, IndexError> {
        let last = self.typed.last();
        let code = last.trim_start_matches('$');
        if code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'.') {
            // Words begin with capitals too.
            let is_word = code.bytes().all(|byte| byte.is_ascii_uppercase());
            let found = self.codes(code, if is_word { self.limit.div_ceil(2) } else { self.limit })?;
            // `SH600586` and `SAP.DE` are no codes but notations.
            if is_word || !found.is_empty() {
                return Ok(found);
            }
        }
        let word = fold(code);
        let Some(symbol) = Symbol::parse(&code.to_ascii_uppercase()) else { return Ok(Vec::new()) };
        let named = articles(self.snapshot, naming(&symbol))?;
        let words = self.snapshot.doc_freqs(None, &[TermSet::Exact(word.into_owned())])?;
        let with_word = words.iter().flatten().map(|(_, documents)| *documents).max().unwrap_or_default();
        if named == 0 || 2 * named < with_word {
            return Ok(Vec::new());
        }
        let name = name_of(self.snapshot, &symbol)?;
        Ok(vec![self.security(self.typed.start, &symbol, name, named)])
    }

    /// At most `limit` securities whose code begins so, the one with exactly this code first.
    pub(super) fn codes(&self, code: &str, limit: usize) -> Result<Vec<Completion>, IndexError> {
        if code.is_empty() {
            return Ok(Vec::new());
        }
        let mut found: BTreeSet<(usize, Symbol)> = BTreeSet::new();
        for symbol in self.snapshot.symbols()? {
            // Prefer short codes: more of them has been typed.
            let length = symbol.code().len();
            if symbol.code().starts_with(code) || code.contains('.') && symbol.canonical().starts_with(code) {
                found.insert((length, symbol));
                if found.len() > COUNTED_PER_OFFERED * limit {
                    found.pop_last();
                }
            }
        }
        prepare_articles(self.snapshot, found.iter().map(|(_, symbol)| naming(symbol)).collect())?;
        let mut counted = Vec::new();
        for (length, symbol) in found {
            let count = articles(self.snapshot, naming(&symbol))?;
            if count > 0 {
                counted.push((length > code.len(), count, symbol));
            }
        }
        counted.sort_by(|(longer, n, a), (other, m, b)| {
            longer.cmp(other).then_with(|| m.cmp(n)).then_with(|| a.cmp(b))
        });
        counted.truncate(limit);
        let symbols: Vec<Symbol> = counted.iter().map(|(_, _, symbol)| symbol.clone()).collect();
        prepare_names_of(self.snapshot, &symbols)?;
        let offered = counted.into_iter().map(|(_, count, symbol)| {
            let name = name_of(self.snapshot, &symbol)?;
            Ok(self.security(self.typed.start, &symbol, name, count))
        });
        offered.collect()
    }

    /// The securities that a text clearly names. Each replaces the typed text from byte `from` on.
    pub(super) fn named(&self, from: usize, name: &str) -> Result<Vec<Completion>, IndexError> {
        let of_user = self.language.names.get(name).map(<[Symbol]>::to_vec);
        let symbols = match of_user {
            Some(symbols) => symbols,
            None => clearly_named(self.snapshot, name)?,
        };
        let offered = symbols.iter().take(MAX_LINES).map(|symbol| {
            let count = articles(self.snapshot, naming(symbol))?;
            // What titles write is in the script that was typed.
            let is_written = name.contains(|c: char| c.is_uppercase() || is_han_like(c));
            let shown = if is_written { None } else { name_of(self.snapshot, symbol)? };
            Ok(self.security(from, symbol, Some(shown.unwrap_or_else(|| name.to_owned())), count))
        });
        offered.collect()
    }
}
