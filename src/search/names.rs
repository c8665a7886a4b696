//! Resolves names of securities by the titles of the pages about them.

use super::pages;
use crate::{
    article::BuiltIn,
    index::{IndexError, Snapshot},
    query::{Pattern, Query, Role, Security, Slot, TermSet, Words},
    search::Request,
    symbol::{Confidence, Symbol},
    text::{self, TokenKind},
};

/// At most this many pages are read per name, the best-ranked first: short titles rank higher.
const MAX_PAGES: usize = 1000;
/// At most this many securities are taken per name.
const MAX_SECURITIES: usize = 5;

/// Resolves securities written as a name: words that are no notation, and words that could be a US ticker but that
/// no article uses as one. Sets their readings, and returns one note per name.
///
/// # Errors
///
/// As every method of [`Snapshot`].
pub fn resolve_names(snapshot: &dyn Snapshot, query: &mut Query) -> Result<Vec<String>, IndexError> {
    let mut asked: Vec<Security> = Vec::new();
    query.each_security(&mut |security| {
        let bare_word = security.typed.bytes().all(|byte| byte.is_ascii_alphabetic());
        let sure = security.readings.iter().any(|symbol| {
            !(bare_word && symbol.confidence() == Confidence::Inferred && symbol.venue() == "US")
        });
        if !sure && !asked.iter().any(|other| other.typed == security.typed) {
            asked.push(Security { role: Role::Any, ..security.clone() });
        }
    });
    let mut notes = Vec::new();
    for security in asked {
        let typed = security.typed.clone();
        let ticker = security.readings.first().cloned();
        let known = ticker.is_some() && pages(snapshot, Query::Security(security))? > 0;
        // Capitals mean the ticker.
        if known && typed.bytes().all(|byte| byte.is_ascii_uppercase()) {
            continue;
        }
        let (mut named, more) = by_name(snapshot, &typed, 0)?;
        let listed = |named: &[(Symbol, String)]| {
            let pairs: Vec<_> = named.iter().map(|(symbol, title)| format!("{symbol} ({title})")).collect();
            let more =
                if more > 0 { format!(" or {more} more, which are not searched") } else { String::new() };
            pairs.join(" or ") + &more
        };
        match ticker {
            Some(ticker) if known => {
                named.retain(|(symbol, _)| *symbol != ticker);
                if !named.is_empty() {
                    let others = listed(&named);
                    notes.push(format!("`{typed}` was read as {ticker}; it is also the name of {others}"));
                }
            }
            ticker if named.is_empty() => {
                let (near, _) = by_name(snapshot, &typed, 1)?;
                let near = near.first().map(|(symbol, title)| format!("; did you mean {symbol} ({title})?"));
                let near = near.unwrap_or_default();
                notes.push(match ticker {
                    Some(ticker) => format!("`{typed}` was read as {ticker}, which no article names{near}"),
                    None => format!(
                        "`{typed}` is neither a security notation nor the name of a security in the index{near}"
                    ),
                });
            }
            _ => {
                notes.push(format!("`{typed}` was read as the name of {}", listed(&named)));
                query.each_security(&mut |other| {
                    if other.typed == typed {
                        other.readings = named.iter().map(|(symbol, _)| symbol.clone()).collect();
                    }
                });
            }
        }
    }
    Ok(notes)
}

/// The securities whose page title equals the name, or else starts with it, or else contains it; with their titles,
/// and with the number of further ones. Each word may differ by `edits` letters.
fn by_name(
    snapshot: &dyn Snapshot,
    name: &str,
    edits: u8,
) -> Result<(Vec<(Symbol, String)>, usize), IndexError> {
    let words: Vec<text::Token> = text::tokens(name).filter(|word| word.kind != TokenKind::Tail).collect();
    let Some(first) = words.first().map(|word| word.position) else { return Ok((Vec::new(), 0)) };
    let slot = |word: &text::Token| {
        let wanted = match word.kind {
            TokenKind::Single => TermSet::Prefix(word.text.clone()),
            TokenKind::Word if edits > 0 => TermSet::Pattern(Pattern::fuzzy(&word.text, edits)),
            _ => TermSet::Exact(word.text.clone()),
        };
        Slot { offset: word.position - first, unit: 0, terms: wanted }
    };
    let in_field =
        |field: &str, slots| Words { field: Some(field.into()), slots, slop: 0, span: 0..0, plain: false };
    let kind = Slot { offset: 0, unit: 0, terms: TermSet::Exact("symbol".into()) };
    let mut request = Request::new(Query::and([
        Query::Words(in_field(BuiltIn::Kind.name(), vec![kind])),
        Query::Words(in_field(BuiltIn::Title.name(), words.iter().map(slot).collect())),
    ]));
    (request.limit, request.snippets, request.grouped) = (MAX_PAGES, 0, false);
    let mut found: Vec<(u8, Symbol, String)> = Vec::new();
    for hit in super::search(snapshot, &request)?.hits {
        let Some((symbol, _)) = hit.article.symbols.into_iter().next() else { continue };
        let rank = rank(&hit.article.title, name);
        if !found.iter().any(|(known, other, _)| *other == symbol && *known <= rank) {
            found.retain(|(_, other, _)| *other != symbol);
            found.push((rank, symbol, hit.article.title));
        }
    }
    let best = found.iter().map(|(rank, ..)| *rank).min();
    found.retain(|(rank, ..)| Some(*rank) == best);
    found.sort_by(|(_, a, _), (_, b, _)| a.cmp(b));
    let more = found.len().saturating_sub(MAX_SECURITIES);
    found.truncate(MAX_SECURITIES);
    Ok((found.into_iter().map(|(_, symbol, title)| (symbol, title)).collect(), more))
}

/// 0 if the title up to a bracket or bar equals the name, 1 if it starts with it, else 2.
fn rank(title: &str, name: &str) -> u8 {
    let head = title.split(['(', '（', '|']).next().unwrap_or(title);
    let words = |text| {
        // Drop the last character of a run: in the other text the run may continue.
        let words = text::tokens(text).filter(|word| word.kind != TokenKind::Tail);
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
