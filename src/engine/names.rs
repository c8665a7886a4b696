//! Securities by their names, as the pages about them give them.

use super::{Engine, EngineError};
use crate::{
    query::{Query, Security, Slot, Wanted, Words},
    search::{Request, Sort},
    symbol::{Confidence, Symbol},
    text::{self, WordKind},
};
use std::mem;

/// So many pages are looked at for a name.
const MAX_PAGES: usize = 50;
/// So many securities of one name are taken.
const MAX_SECURITIES: usize = 5;

/// Gives securities that were asked for by name the symbols of that name: a word that can be no notation, and
/// a word that would be a US ticker if any article named it. Says what was done, a line each.
///
/// # Errors
///
/// Where the index cannot be read.
pub fn resolve(engine: &dyn Engine, query: &mut Query) -> Result<Vec<String>, EngineError> {
    let mut asked: Vec<Security> = Vec::new();
    query.each_security(&mut |security| {
        let sure = security.readings.iter().any(|symbol| {
            let bare_word = symbol.confidence() == Confidence::Inferred && symbol.venue() == "US";
            !bare_word || !security.typed.chars().all(|c| c.is_ascii_alphabetic())
        });
        if !sure && !asked.contains(security) {
            asked.push(security.clone());
        }
    });
    let mut notes = Vec::new();
    for security in asked {
        let known = if security.readings.is_empty() { 0 } else { count(engine, &security)? };
        // In capitals it was meant as a ticker.
        if known > 0 && security.typed.bytes().all(|byte| byte.is_ascii_uppercase()) {
            continue;
        }
        let (named, titles) = by_name(engine, &security.typed)?;
        let listed = || {
            let pairs = named.iter().zip(&titles).map(|(symbol, title)| format!("{symbol} ({title})"));
            pairs.collect::<Vec<_>>().join(" or ")
        };
        let typed = &security.typed;
        let others: Vec<_> = named.iter().filter(|symbol| !security.readings.contains(symbol)).collect();
        if known > 0 {
            if !others.is_empty() {
                notes.push(format!(
                    "`{typed}` was read as {}; it is also the name of {}",
                    security.readings[0],
                    listed()
                ));
            }
            continue;
        }
        if named.is_empty() {
            if security.readings.is_empty() {
                notes.push(format!(
                    "`{typed}` is no notation of a security, and no page about one has that name"
                ));
            }
            continue;
        }
        notes.push(format!("`{typed}` was read as the name of {}", listed()));
        query.each_security(&mut |other| {
            if other.typed == *typed {
                other.readings.clone_from(&named);
            }
        });
    }
    Ok(notes)
}

fn count(engine: &dyn Engine, security: &Security) -> Result<usize, EngineError> {
    let mut request = Request::new(Query::Security(security.clone()));
    request.limit = 0;
    Ok(engine.search(&request)?.pages)
}

/// The securities whose pages have a title that is the name, or else begins with it, or else holds it, and
/// these titles.
fn by_name(engine: &dyn Engine, name: &str) -> Result<(Vec<Symbol>, Vec<String>), EngineError> {
    let words: Vec<text::Word> = text::words(name).filter(|word| word.kind != WordKind::Tail).collect();
    let Some(first) = words.first().map(|word| word.position) else { return Ok(Default::default()) };
    let slot = |word: &text::Word| {
        let wanted = match word.kind {
            WordKind::Single => Wanted::Prefix(word.text.clone()),
            _ => Wanted::Exact(word.text.clone()),
        };
        Slot { offset: word.position - first, unit: 0, wanted }
    };
    let in_field = |field: &str, slots| Words { field: Some(field.into()), slots, slop: 0, span: 0..0 };
    let kind = Slot { offset: 0, unit: 0, wanted: Wanted::Exact("symbol".into()) };
    let mut request = Request::new(Query::and([
        Query::Words(in_field("kind", vec![kind])),
        Query::Words(in_field("title", words.iter().map(slot).collect())),
    ]));
    (request.limit, request.snippets, request.grouped) = (MAX_PAGES, 0, false);
    request.sort = Sort::Newest;
    let mut found: Vec<(u8, Symbol, String)> = Vec::new();
    for hit in engine.search(&request)?.hits {
        let Some((symbol, _)) = hit.article.symbols.into_iter().next() else { continue };
        let rank = rank(&hit.article.title, name);
        if !found.iter().any(|(known, other, _)| *other == symbol && *known <= rank) {
            found.retain(|(_, other, _)| *other != symbol);
            found.push((rank, symbol, hit.article.title));
        }
    }
    let best = found.iter().map(|(rank, ..)| *rank).min();
    found.retain(|(rank, ..)| Some(*rank) == best);
    found.truncate(MAX_SECURITIES);
    found.sort_by(|(_, a, _), (_, b, _)| a.cmp(b));
    let titles = found.iter_mut().map(|(.., title)| mem::take(title)).collect();
    Ok((found.into_iter().map(|(_, symbol, _)| symbol).collect(), titles))
}

/// 0 where the title up to a bracket is the name, 1 where it begins with it, 2 elsewhere.
fn rank(title: &str, name: &str) -> u8 {
    let head = title.split(['(', '（', '|']).next().unwrap_or(title);
    let words = |text| {
        // What ends a run of characters in the one may go on in the other.
        let words = text::words(text).filter(|word| word.kind != WordKind::Tail);
        words.map(|word| word.text).collect::<Vec<_>>()
    };
    let (title, name) = (words(head), words(name));
    if title == name {
        0
    } else if title.starts_with(&name) {
        1
    } else {
        2
    }
}
