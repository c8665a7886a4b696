//! Securities by the names that articles state.

use super::decide::{Decision, NameCounts, is_han};
use crate::{
    index::{IndexError, NameStatement, Snapshot},
    query::{Query, Role, Security, Words},
    search::{articles, prepare_articles},
    symbol::{Symbol, is_legal_form, name_key, shown_name, soft_keys},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// At most this many statements of longer names are read: the median name has none, one in a hundred has 24.
const MAX_LONGER: usize = 2000;
/// At most this many spellings of a security are read, and tried as its name.
const MAX_SPELLINGS: usize = 4096;
const MAX_TRIED: usize = 6;

/// What a typed name means; `None` if no article states it.
///
/// # Errors
///
/// As every method of [`Snapshot`].
pub(super) fn by_learned_name(snapshot: &dyn Snapshot, name: &str) -> Result<Option<Decision>, IndexError> {
    let mut counted = Counted::new(snapshot);
    let Some(key) = name_key(name) else { return Ok(None) };
    let words = name.split_whitespace().count();
    let (counts, decision) = counted.decision(&key, words)?;
    if let Decision::Clear(_) = decision {
        return Ok(Some(decision));
    }
    // The same with or without `Group`, if that is much more frequent.
    let mut soft: Vec<(u64, Vec<Symbol>)> = Vec::new();
    let others: Vec<String> = soft_keys(&key).collect();
    snapshot.prepare_names(&others)?;
    for other in others {
        let (other_counts, decision) = counted.decision(&other, 2)?;
        if let Decision::Clear(symbols) = decision
            && other_counts.articles > 2 * counts.articles
        {
            soft.push((other_counts.articles, symbols));
        }
    }
    soft.sort_by_key(|(articles, _)| std::cmp::Reverse(*articles));
    if let Some((_, first)) = soft.first()
        && soft.iter().all(|(_, symbols)| symbols.iter().any(|symbol| first.contains(symbol)))
    {
        return Ok(Some(Decision::Clear(first.clone())));
    }
    // Two words or more that begin a longer name of the same security.
    if let Some(line) = counts.lines.first()
        && words >= 2
        && counts.articles >= 3
        && 10 * line.total() >= 8 * counts.articles
    {
        let longer = by_key(snapshot.longer_names(&key, MAX_LONGER)?);
        let mut longer =
            longer.into_iter().map(|(key, statements)| (key, NameCounts::of(statements))).collect::<Vec<_>>();
        longer.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.articles));
        for (longer, _) in longer.into_iter().take(MAX_TRIED) {
            if let (_, Decision::Clear(symbols)) = counted.decision(&longer, 2)?
                && symbols.contains(&line.symbol)
            {
                return Ok(Some(Decision::Clear(symbols)));
            }
        }
    }
    // A plural, or a possessive without its apostrophe.
    if counts.articles < 3
        && !is_han(&key)
        && let Some(singular) = key.strip_suffix('s')
        && let (_, decision @ Decision::Clear(_)) = counted.decision(singular, words)?
    {
        return Ok(Some(decision));
    }
    Ok((counts.articles > 0).then_some(decision))
}

/// Whether words are clearly a name that articles state.
pub(in crate::search) fn is_name(snapshot: &dyn Snapshot, text: &str) -> Result<bool, IndexError> {
    let Some(key) = name_key(text) else { return Ok(false) };
    let (_, decision) = Counted::new(snapshot).decision(&key, text.split_whitespace().count())?;
    Ok(matches!(decision, Decision::Clear(_)))
}

/// Announces that these texts are asked next, whether they are names.
///
/// # Errors
///
/// As every method of [`Snapshot`].
pub(in crate::search) fn prepare<'t>(
    snapshot: &dyn Snapshot,
    texts: impl Iterator<Item = &'t str>,
) -> Result<(), IndexError> {
    let keys: BTreeSet<String> = texts.filter_map(name_key).collect();
    snapshot.prepare_names(&keys.into_iter().collect::<Vec<_>>())
}

/// Decides names on one snapshot.
struct Counted<'s> {
    snapshot: &'s dyn Snapshot,
    /// How many articles name a security: several names of one are tried.
    named: HashMap<Symbol, u64>,
}

impl<'s> Counted<'s> {
    fn new(snapshot: &'s dyn Snapshot) -> Self {
        Self { snapshot, named: HashMap::new() }
    }

    /// The number of articles that name a security.
    fn named(&mut self, symbol: &Symbol) -> Result<u64, IndexError> {
        if let Some(named) = self.named.get(symbol) {
            return Ok(*named);
        }
        let named = articles(self.snapshot, security(symbol, Role::Any))?;
        self.named.insert(symbol.clone(), named);
        Ok(named)
    }

    /// The counts of a key, and what it means.
    fn decision(&mut self, key: &str, words: usize) -> Result<(NameCounts, Decision), IndexError> {
        let mut counts = NameCounts::of(self.snapshot.names(key)?);
        let weighed: Vec<Symbol> = counts.weighed().map(|line| line.symbol.clone()).collect();
        for line in counts.lines.iter_mut().filter(|line| weighed.contains(&line.symbol)) {
            line.named = self.named(&line.symbol)?;
        }
        let mut failed = Ok(());
        let mut longer_states = |symbol: &Symbol| match self.snapshot.longer_names(key, MAX_LONGER) {
            Ok(longer) => longer.iter().any(|stated| stated.symbol == *symbol && stated.class.is_with_form()),
            Err(error) => {
                failed = Err(error);
                false
            }
        };
        let decision = counts.decide(key, words, &mut longer_states);
        failed.map(|()| (counts, decision))
    }
}

/// The securities that a name clearly means.
pub(in crate::search) fn clearly_named(
    snapshot: &dyn Snapshot,
    name: &str,
) -> Result<Vec<Symbol>, IndexError> {
    match by_learned_name(snapshot, name)? {
        Some(Decision::Clear(symbols)) => Ok(symbols),
        _ => Ok(Vec::new()),
    }
}

/// The names of a security that are clearly its own, most frequent first, as they are spelled.
///
/// # Errors
///
/// As every method of [`Snapshot`].
pub(super) fn names_of(snapshot: &dyn Snapshot, symbol: &Symbol) -> Result<Vec<String>, IndexError> {
    first_names(snapshot, symbol, usize::MAX)
}

/// The name by which a security is shown: of those that are clearly its own the most frequent, as it is spelled.
///
/// # Errors
///
/// As every method of [`Snapshot`].
pub fn name_of(snapshot: &dyn Snapshot, symbol: &Symbol) -> Result<Option<String>, IndexError> {
    Ok(first_names(snapshot, symbol, 1)?.pop())
}

/// Announces that [`name_of`] these securities is asked next.
///
/// # Errors
///
/// As every method of [`Snapshot`].
pub fn prepare_names_of(snapshot: &dyn Snapshot, symbols: &[Symbol]) -> Result<(), IndexError> {
    snapshot.prepare_spellings(symbols, MAX_SPELLINGS)?;
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for symbol in symbols {
        let spellings = snapshot.spellings(symbol, MAX_SPELLINGS)?;
        // Mostly the first one is clear.
        keys.extend(spellings.iter().find_map(|(spelling, _)| name_key(spelling)));
    }
    let keys: Vec<String> = keys.into_iter().collect();
    snapshot.prepare_names(&keys)?;
    let mut named = Vec::new();
    for key in &keys {
        let counts = NameCounts::of(snapshot.names(key)?);
        named.extend(counts.weighed().map(|line| security(&line.symbol, Role::Any)));
    }
    prepare_articles(snapshot, named)
}

/// At most `limit` of [`names_of`].
fn first_names(snapshot: &dyn Snapshot, symbol: &Symbol, limit: usize) -> Result<Vec<String>, IndexError> {
    let mut counted = Counted::new(snapshot);
    let mut names: Vec<String> = Vec::new();
    let mut tried: Vec<String> = Vec::new();
    for (spelling, _) in snapshot.spellings(symbol, MAX_SPELLINGS)? {
        if tried.len() == MAX_TRIED || names.len() == limit {
            break;
        }
        let Some(key) = name_key(&spelling).filter(|key| !tried.contains(key)) else { continue };
        let words = spelling.split_whitespace().count();
        if let (_, Decision::Clear(symbols)) = counted.decision(&key, words)?
            && symbols.contains(symbol)
        {
            names.push(shown_name(&spelling).to_owned());
        }
        tried.push(key);
    }
    Ok(names)
}

/// A name as the phrase that titles have: without its legal forms.
pub(super) fn phrase(name: &str) -> Option<Words> {
    let mut words: Vec<&str> = name.split_whitespace().collect();
    let plain = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    while words.len() > 1
        && (is_legal_form(&plain(words[words.len() - 1])) || plain(words[words.len() - 1]).is_empty())
    {
        words.pop();
    }
    Words::phrase(&words.join(" "))
}

fn by_key(statements: Vec<NameStatement>) -> BTreeMap<String, Vec<NameStatement>> {
    let mut by_key: BTreeMap<String, Vec<NameStatement>> = BTreeMap::new();
    for statement in statements {
        by_key.entry(statement.key.clone()).or_default().push(statement);
    }
    by_key
}

fn security(symbol: &Symbol, role: Role) -> Query {
    Query::Security(Security {
        typed: symbol.canonical(),
        readings: vec![symbol.clone()],
        names: Vec::new(),
        role,
    })
}
