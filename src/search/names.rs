//! Resolves names of securities: by the titles of the pages about them (type `Symbol`), else by what articles state.

mod decide;
mod learned;

pub(super) use learned::{clearly_named, is_name, prepare};
pub use learned::{name_of, prepare_names_of};

use super::pages;
use crate::{
    article::BuiltIn,
    index::{IndexError, Snapshot},
    problem::{Message, Note, Value, message},
    query::{Names, Pattern, Query, Role, Security, Slot, TermSet, Words, quoted},
    search::Request,
    symbol::{Confidence, Symbol},
    text::{self, TokenKind},
};
use decide::Decision;
use std::ops::Range;

/// At most this many pages are read per name, the best-ranked first: short titles rank higher.
const MAX_PAGES: usize = 1000;
/// At most this many securities are taken per name.
const MAX_SECURITIES: usize = 5;

/// Resolves securities written as a name: words that are no notation, and words that could be a US ticker but that
/// no article uses as one. Sets their readings, and the names by which articles are about them. Returns one note per name;
/// if the query `text` asks for the name with a field, the note has what asks for the words instead.
///
/// A name is that of a page of type `Symbol`, or else one that articles state.
///
/// # Errors
///
/// As every method of [`Snapshot`].
pub fn resolve_names(
    snapshot: &dyn Snapshot,
    query: &mut Query,
    text: &str,
) -> Result<Vec<Note>, IndexError> {
    resolve_names_in(snapshot, &mut [query], text)
}

/// [`resolve_names`] in several forms of one query. Each name is resolved once.
pub(super) fn resolve_names_in(
    snapshot: &dyn Snapshot,
    queries: &mut [&mut Query],
    text: &str,
) -> Result<Vec<Note>, IndexError> {
    let mut asked: Vec<Security> = Vec::new();
    // What articles must be about, and what they had better be about.
    let mut about: Vec<(String, bool)> = Vec::new();
    each_security(queries, &mut |security, ranks| {
        if security.role != Role::Any {
            match about.iter_mut().find(|(typed, _)| *typed == security.typed) {
                Some((_, only_ranks)) => *only_ranks &= ranks,
                None => about.push((security.typed.clone(), ranks)),
            }
        }
        let sure = security.readings.iter().any(|symbol| is_sure(&security.typed, symbol));
        if !sure && !asked.iter().any(|other| other.typed == security.typed) {
            asked.push(Security { role: Role::Any, ..security.clone() });
        }
    });
    let mut notes = Vec::new();
    let mut read_as_name: Vec<String> = Vec::new();
    for security in asked {
        let typed = security.typed.clone();
        let read = resolve(snapshot, security)?;
        notes.extend(read.note.map(|message| match asked_in(text, &typed) {
            Some(span) => Note::from(message).undone_by(span, quoted(&typed)),
            None => message.into(),
        }));
        if let Some(symbols) = read.symbols {
            each_security(queries, &mut |other, _| {
                if other.typed == typed {
                    other.readings.clone_from(&symbols);
                }
            });
            read_as_name.push(typed);
        }
    }
    for (typed, only_ranks) in about {
        let mut readings: Vec<Symbol> = Vec::new();
        each_security(queries, &mut |security, _| {
            if security.typed == typed {
                readings.clone_from(&security.readings);
            }
        });
        let mut names: Vec<Words> = Vec::new();
        let of_typed = read_as_name.contains(&typed).then(|| typed.clone());
        let mut spelled: Vec<String> = of_typed.into_iter().collect();
        for symbol in &readings {
            if only_ranks {
                spelled.extend(name_of(snapshot, symbol)?);
            } else {
                spelled.extend(learned::names_of(snapshot, symbol)?);
            }
        }
        for name in spelled.iter().filter_map(|name| learned::phrase(name)) {
            if !names.iter().any(|known| known.slots == name.slots) {
                names.push(name);
            }
        }
        each_security(queries, &mut |security, _| {
            if security.typed == typed && security.role != Role::Any {
                security.names.clone_from(&names);
            }
        });
    }
    Ok(notes)
}

/// Calls `visit` with every security of some queries, and whether it only ranks.
fn each_security(queries: &mut [&mut Query], visit: &mut dyn FnMut(&mut Security, bool)) {
    for query in queries {
        query.each_security_ranking(false, visit);
    }
}

/// The securities that a typed notation or name means, likeliest first, and a note on how it was read. The user's `names` come
/// first. A name, and a ticker that is no more than letters, is one only if the articles of an index know it. Without an
/// index, capitals are a ticker.
///
/// # Errors
///
/// As every method of [`Snapshot`].
pub fn look_up(
    snapshot: Option<&dyn Snapshot>,
    names: &Names,
    typed: &str,
) -> Result<(Vec<Symbol>, Option<Message>), IndexError> {
    let typed = typed.trim();
    if let Some(symbols) = names.get(typed) {
        return Ok((symbols.to_vec(), None));
    }
    let readings: Vec<Symbol> = Symbol::parse(typed).into_iter().collect();
    if readings.iter().any(|symbol| is_sure(typed, symbol)) {
        return Ok((readings, None));
    }
    let Some(snapshot) = snapshot else {
        let is_ticker = typed.bytes().all(|byte| byte.is_ascii_uppercase());
        return Ok((if is_ticker { readings } else { Vec::new() }, None));
    };
    let security = Security { typed: typed.to_owned(), readings, names: Vec::new(), role: Role::Any };
    let readings = security.readings.clone();
    let read = resolve(snapshot, security)?;
    let readings = if read.is_known { readings } else { Vec::new() };
    Ok((read.symbols.unwrap_or(readings), read.note))
}

/// Whether a notation is more than letters that may be a US ticker or a name.
fn is_sure(typed: &str, symbol: &Symbol) -> bool {
    let is_bare_word = typed.bytes().all(|byte| byte.is_ascii_alphabetic());
    !(is_bare_word && symbol.confidence() == Confidence::Inferred && symbol.venue() == "US")
}

/// How a typed security was read.
#[derive(Default)]
struct Read {
    /// The securities of which it is a name; `None` if it is a ticker, or the name of none.
    symbols: Option<Vec<Symbol>>,
    /// Whether articles name it as a ticker.
    is_known: bool,
    note: Option<Message>,
}

/// Reads a typed security that may be a name.
fn resolve(snapshot: &dyn Snapshot, security: Security) -> Result<Read, IndexError> {
    let typed = security.typed.clone();
    let ticker = security.readings.first().cloned();
    let is_known = ticker.is_some() && pages(snapshot, Query::Security(security))? > 0;
    // Capitals mean the ticker.
    if is_known && typed.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(Read { is_known, ..Read::default() });
    }
    let note = |note: Message| Ok(Read { symbols: None, is_known, note: Some(note) });
    let (mut titled, more) = by_name(snapshot, &typed, 0)?;
    let listed = |named: &[(Symbol, String)]| {
        let pairs = named.iter().map(|(symbol, title)| format!("{symbol} ({title})"));
        match (Message::any_of(pairs), more) {
            (pairs, 0) => pairs,
            (pairs, more) => message!("{} or {} more, which are not searched", pairs, more).into(),
        }
    };
    if let Some(ticker) = ticker.as_ref().filter(|_| is_known && !titled.is_empty()) {
        titled.retain(|(symbol, _)| symbol != ticker);
        if titled.is_empty() {
            return Ok(Read { is_known, ..Read::default() });
        }
        return note(message!(
            "`{}` was read as {}; it is also the name of {}",
            typed,
            ticker.to_string(),
            listed(&titled)
        ));
    }
    if !titled.is_empty() {
        let note = Some(message!("`{}` was read as the name of {}", typed, listed(&titled)));
        let symbols = Some(titled.into_iter().map(|(symbol, _)| symbol).collect());
        return Ok(Read { symbols, is_known, note });
    }
    let learned = learned::by_learned_name(snapshot, &typed)?;
    if let Some(Decision::Clear(symbols)) = learned {
        let also = ticker.filter(|ticker| is_known && !symbols.contains(ticker));
        let read = message!("`{}` was read as the name of {}", typed, either(&symbols));
        let note = Some(match also {
            Some(ticker) => message!("{}; `{}` is the security {}", read, ticker.code(), ticker.to_string()),
            None => read,
        });
        return Ok(Read { symbols: Some(symbols), is_known, note });
    }
    if is_known {
        return Ok(Read { is_known, ..Read::default() });
    }
    let (near, _) = by_name(snapshot, &typed, 1)?;
    let read = match ticker {
        Some(ticker) => message!("`{}` was read as {}, which no article names", typed, ticker.to_string()),
        None => {
            message!("`{}` is neither a security notation nor the name of a security in the index", typed)
        }
    };
    note(match (learned, near.first()) {
        (Some(Decision::Unclear(candidates)), _) if !candidates.is_empty() => {
            message!("{}; as a name it may be {}", read, either(&candidates))
        }
        (_, Some((symbol, title))) => message!("{}; did you mean {} ({})?", read, symbol.to_string(), title),
        (_, None) => read,
    })
}

fn either(symbols: &[Symbol]) -> Value {
    Message::any_of(symbols.iter().map(ToString::to_string))
}

/// The byte range in which a text asks for a name as a security: `symbol:tesla`, `about:"apple inc"`.
fn asked_in(text: &str, name: &str) -> Option<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let is_end = |rest: &str| rest.chars().next().is_none_or(|c| c.is_whitespace() || c == ')');
    ["symbol:", "ticker:", "about:", "mentions:"].iter().find_map(|field| {
        lower.match_indices(field).find_map(|(start, _)| {
            let is_start = !text[..start].ends_with(char::is_alphanumeric);
            let value = &text[start + field.len()..];
            let written = [name.to_owned(), quoted(name)];
            let written =
                written.iter().find(|name| value.strip_prefix(name.as_str()).is_some_and(is_end))?;
            is_start.then(|| start..start + field.len() + written.len())
        })
    })
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
