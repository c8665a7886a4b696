//! The securities that an article names: listed ones first, then those of the title and of the text.

use std::{borrow::Cow, collections::HashMap};

use super::{Article, MentionPlace, MentionPlaces, Named, address::Target, front::shorten, tail::Link};
use crate::{
    problem::Problem,
    symbol::{self, Symbol},
};

/// Maximum number of securities of an article: no news names more, and lists of thousands are not news.
const MOST: usize = 1_000;

/// Length of the lead in characters: the part of the text in which an article says what it is about.
const LEAD: usize = 500;

/// Below this many securities a linear search is faster than a hash map.
const LINEAR_SEARCH_BELOW: usize = 32;

/// Fills in `article.symbols` and removes the markup of securities from the texts of the article. `written`
/// are notations in the front matter, `links` those of the tail. Problems: `bad-ticker`, `field-too-long`.
pub(super) fn list(
    article: &mut Article,
    written: &[Cow<'_, str>],
    links: &[Link<'_>],
    problems: &mut Vec<Problem>,
) {
    let mut found =
        NamedSecurities { named: Vec::with_capacity(links.len()), indices: HashMap::new(), is_full: false };
    let mut bad = Vec::new();
    for notation in written {
        add_written(notation, &mut found, &mut bad);
    }
    for Link { text, target } in links {
        let Target::Security(code) = target else { continue };
        match Symbol::parse(code).or_else(|| Symbol::parse(text)) {
            Some(symbol) => found.add(symbol, MentionPlace::Listed),
            None => bad.push(if code.is_empty() { *text } else { code }),
        }
    }
    for (symbol, _) in take_markup(&mut article.title) {
        found.add(symbol, MentionPlace::Title);
    }
    for mention in symbol::title_mentions(&article.title) {
        found.add(mention.symbol, MentionPlace::Title);
    }
    for (symbol, _) in take_markup(&mut article.description) {
        found.add(symbol, MentionPlace::Lead);
    }
    for mention in symbol::mentions(&article.description) {
        found.add(mention.symbol, MentionPlace::Lead);
    }
    let marked = take_markup(&mut article.body);
    let mentioned = symbol::mentions(&article.body);
    if !marked.is_empty() || !mentioned.is_empty() {
        let lead = article.body.char_indices().nth(LEAD).map_or(article.body.len(), |(end, _)| end);
        let mentioned = mentioned.into_iter().map(|mention| (mention.symbol, mention.span.start));
        for (symbol, at) in marked.into_iter().chain(mentioned) {
            found.add(symbol, if at < lead { MentionPlace::Lead } else { MentionPlace::Body });
        }
    }
    report(&bad, found.is_full, problems);
    article.symbols = found.named;
}

struct NamedSecurities {
    named: Vec<Named>,
    /// The index in `named` of each symbol, once there are more than a few.
    indices: HashMap<Symbol, usize>,
    is_full: bool,
}

impl NamedSecurities {
    fn add(&mut self, symbol: Symbol, source: MentionPlace) {
        let known = if self.named.len() < LINEAR_SEARCH_BELOW {
            self.named.iter().position(|known| known.symbol == symbol)
        } else {
            if self.indices.is_empty() {
                let named = self.named.iter().enumerate();
                self.indices.extend(named.map(|(index, known)| (known.symbol.clone(), index)));
            }
            self.indices.get(&symbol).copied()
        };
        if let Some(known) = known {
            self.named[known].sources = self.named[known].sources.with(source);
            return;
        }
        if self.named.len() == MOST {
            self.is_full = true;
            return;
        }
        if !self.indices.is_empty() {
            self.indices.insert(symbol.clone(), self.named.len());
        }
        self.named.push(Named { symbol, sources: MentionPlaces::default().with(source) });
    }
}

/// Adds what a value of the front matter names: one security in any notation, a Markdown link to one, or
/// several with commas or spaces between.
fn add_written<'t>(notation: &'t str, found: &mut NamedSecurities, bad: &mut Vec<&'t str>) {
    let whole = notation.trim();
    if let Some(symbol) = Symbol::parse(whole) {
        return found.add(symbol, MentionPlace::Listed);
    }
    let is_around = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"' | '\'');
    for part in whole.split([',', ';', '，', '；', '、', '|']) {
        let part = part.trim_matches(is_around);
        if let Some(symbol) = Symbol::parse(part) {
            found.add(symbol, MentionPlace::Listed);
            continue;
        }
        // Several codes, but not a name: `Apple Inc` is not a list of two codes.
        let is_shouted = !part.contains(|c: char| c.is_ascii_lowercase());
        let symbols: Option<Vec<_>> = part.split_whitespace().map(Symbol::parse).collect();
        match symbols.filter(|_| is_shouted) {
            Some(symbols) => symbols.into_iter().for_each(|symbol| found.add(symbol, MentionPlace::Listed)),
            None => bad.push(part),
        }
    }
}

/// Replaces `[st]ST/US/NVDA#英伟达.US[/st]` in a text by its label, and returns the securities with their byte
/// offsets in the new text.
fn take_markup(text: &mut String) -> Vec<(Symbol, usize)> {
    let mut symbols = Vec::new();
    if !text.contains('[') {
        return symbols;
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, inner, after)) = markup(rest) {
        out.push_str(before);
        let (notation, shown) = inner.split_once('#').unwrap_or((inner, inner));
        symbols.extend(Symbol::parse(notation).map(|symbol| (symbol, out.len())));
        out.push_str(shown);
        rest = after;
    }
    if rest.len() < text.len() {
        out.push_str(rest);
        *text = out;
    }
    symbols
}

/// The text before, in and after the first markup of a security.
fn markup(text: &str) -> Option<(&str, &str, &str)> {
    let open = text.match_indices('[').map(|(at, _)| at);
    let mut open = open
        .filter(|at| text.as_bytes()[*at..].get(..4).is_some_and(|tag| tag.eq_ignore_ascii_case(b"[st]")));
    let start = open.next()?;
    let inner = &text[start + 4..];
    // No name is longer; the limit keeps each opening tag of a page full of them from a search to the end.
    let near = &inner.as_bytes()[..inner.len().min(400)];
    let end = near.windows(5).position(|tag| tag.eq_ignore_ascii_case(b"[/st]"))?;
    Some((&text[..start], &inner[..end], &inner[end + 5..]))
}

fn report(bad: &[&str], is_full: bool, problems: &mut Vec<Problem>) {
    if let [first, more @ ..] = bad {
        let first = shorten(first);
        let message = match more.len() {
            0 => format!("{first:?} is not a security notation"),
            more => format!("{first:?} and {more} more are not security notations"),
        };
        problems.push(
            Problem::new("bad-ticker", 0..0, message)
                .hint("write the code with its market, such as 600586.CN"),
        );
    }
    if is_full {
        let message = format!("the article names over {MOST} securities; the first {MOST} were kept");
        problems.push(Problem::new("field-too-long", 0..0, message));
    }
}
