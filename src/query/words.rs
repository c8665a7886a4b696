//! The text leaves of a query, and which terms of an article they match.

use super::{Pattern, Query, Shape, chinese_date::ChineseDate, punctuation, shape::Place};
use crate::text::{self, Token, TokenKind, english::Family};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

/// Maximum slop of a phrase and distance of a `near`, in positions.
pub(super) const MAX_SLOP: u32 = 1000;

/// Words that must stand at given relative positions of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// The field; `None` for all fields that plain words search.
    pub field: Option<String>,
    /// The slots, ordered by position; never empty.
    pub slots: Vec<Slot>,
    /// How far units may stand from their places in the phrase, in positions, as in [`Shape::matching`]; 0 for an exact
    /// phrase.
    pub slop: u32,
    /// The byte range of the query from which this was read.
    pub span: Range<usize>,
    /// Whether this was typed without quotes, operators and a field. Only plain words can be relaxed.
    pub plain: bool,
}

impl Words {
    /// The same words, each of which may stand apart from its place by itself, in positions; 0 for an exact phrase.
    #[must_use]
    pub fn with_slop(mut self, slop: u32) -> Self {
        self.slop = slop;
        if slop > 0 {
            self.slots.iter_mut().enumerate().for_each(|(unit, slot)| slot.unit = unit);
        }
        self
    }

    /// How the slots must stand to each other.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let mut first: HashMap<&TermSet, usize> = HashMap::new();
        let mut places = Vec::with_capacity(self.slots.len());
        for (index, Slot { unit, offset, terms }) in self.slots.iter().enumerate() {
            let group = *first.entry(terms).or_insert(index);
            places.push(Place { unit: *unit, offset: *offset, group });
        }
        Shape::new(places, self.slop)
    }

    /// The words of a text as a phrase, as between quotes; `None` for a text without words.
    #[must_use]
    pub fn phrase(text: &str) -> Option<Self> {
        leaf(text, 0, Reading::Exact)
    }

    /// Whether both ask for the same, wherever each was typed.
    pub(super) fn asks_as(&self, other: &Self) -> bool {
        (&self.field, &self.slots, self.slop) == (&other.field, &other.slots, other.slop)
    }

    /// Whether this is a `near`: its units may stand in any order, within the slop.
    #[must_use]
    pub fn is_near(&self) -> bool {
        self.slop > 0 && self.slots.iter().any(|slot| slot.unit > 0 && slot.offset == 0)
    }
}

/// The terms that may stand at one position.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The position relative to the first slot; for a `near`, relative to the first slot of the unit.
    pub offset: u32,
    /// The unit, from 0. Slots of one unit stand exactly at their offsets; different units may be apart.
    pub unit: usize,
    /// The terms that may stand there.
    pub terms: TermSet,
}

/// A set of terms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TermSet {
    /// This term only.
    Exact(String),
    /// All English forms of this word.
    Forms(String),
    /// All terms with this prefix. A single Han character is a prefix: it begins bigrams, and stands alone at the end
    /// of a run.
    Prefix(String),
    /// All terms that the pattern matches.
    Pattern(Pattern),
    /// The union of these sets.
    Any(Vec<TermSet>),
}

impl TermSet {
    /// The matcher that tests tokens of an article. It is compiled once for many tokens.
    #[must_use]
    pub fn matcher(&self) -> TermMatcher<'_> {
        match self {
            Self::Exact(word) => TermMatcher::Exact(word),
            Self::Prefix(prefix) => TermMatcher::Prefix(prefix),
            Self::Forms(word) => Family::new(word).map_or(TermMatcher::Exact(word), TermMatcher::Family),
            Self::Pattern(pattern) => TermMatcher::Pattern(pattern),
            Self::Any(sets) => TermMatcher::Any(sets.iter().map(Self::matcher).collect()),
        }
    }
}

/// Tests whether a term belongs to a [`TermSet`].
#[derive(Debug)]
pub enum TermMatcher<'q> {
    /// The term equals this one.
    Exact(&'q str),
    /// The term has this prefix.
    Prefix(&'q str),
    /// The term is a form of this English word.
    Family(Family<'q>),
    /// The pattern matches the term.
    Pattern(&'q Pattern),
    /// One of these takes the term.
    Any(Vec<TermMatcher<'q>>),
}

impl TermMatcher<'_> {
    /// Whether the set has the term, which must be folded as by [`text::tokens`].
    #[must_use]
    pub fn takes(&self, word: &str) -> bool {
        match self {
            Self::Exact(wanted) => word == *wanted,
            Self::Prefix(prefix) => word.starts_with(prefix),
            Self::Family(family) => word.starts_with(family.prefix()) && family.contains(word),
            Self::Pattern(pattern) => pattern.takes(word),
            Self::Any(tests) => tests.iter().any(|matcher| matcher.takes(word)),
        }
    }
}

/// The first characters of the terms that some matchers take. This alone rules out most tokens of a text.
#[derive(Debug)]
pub struct FirstCharFilter {
    /// Whether a matcher takes terms with any first character.
    any: bool,
    /// The first characters, by their lowest eight bits.
    low_bits: [bool; 256],
}

impl FirstCharFilter {
    /// The filter of these matchers.
    #[must_use]
    pub fn of<'t>(tests: impl Iterator<Item = &'t TermMatcher<'t>>) -> Self {
        let mut first_chars = Self { any: false, low_bits: [false; 256] };
        tests.for_each(|matcher| first_chars.add(matcher));
        first_chars
    }

    fn add(&mut self, matcher: &TermMatcher<'_>) {
        let beginning = match matcher {
            TermMatcher::Exact(word) | TermMatcher::Prefix(word) => word,
            TermMatcher::Family(family) => family.prefix(),
            TermMatcher::Pattern(_) => "",
            TermMatcher::Any(tests) => return tests.iter().for_each(|matcher| self.add(matcher)),
        };
        match beginning.chars().next() {
            Some(first) => self.low_bits[u32::from(first) as usize & 0xFF] = true,
            None => self.any = true,
        }
    }

    /// Whether a matcher may take the term; if false, none does.
    #[must_use]
    pub fn may_take(&self, word: &str) -> bool {
        self.any || word.chars().next().is_some_and(|first| self.low_bits[u32::from(first) as usize & 0xFF])
    }
}

/// How the words of a piece of query text are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As typed, between quotes.
    Exact,
    /// In any English form; several tokens (`COVID-19`) as an exact phrase.
    Forms,
    /// Each token in any English form.
    EachForm,
    /// The last token as a prefix.
    Prefix,
}

/// The tokens of a piece of query text as one leaf; `None` without tokens.
pub(super) fn leaf(piece: &str, at: usize, reading: Reading) -> Option<Words> {
    let words: Vec<Token> = text::tokens(piece).collect();
    let first = words.first()?.position;
    let compound = words.len() > 1;
    let last = words.len() - 1;
    let wanted = |index: usize, word: &Token| match (reading, word.kind) {
        // A tail token says only that the run ends in the query; in the article it may go on.
        (Reading::Exact | Reading::Forms | Reading::EachForm, TokenKind::Tail) => None,
        (Reading::Prefix, TokenKind::Tail) if index != last => None,
        (_, TokenKind::Single | TokenKind::Tail) => Some(TermSet::Prefix(word.text.clone())),
        (Reading::Prefix, _) if index == last => Some(TermSet::Prefix(word.text.clone())),
        (Reading::EachForm, TokenKind::Word) => Some(TermSet::Forms(word.text.clone())),
        (Reading::Forms, TokenKind::Word) if !compound => Some(TermSet::Forms(word.text.clone())),
        _ => Some(TermSet::Exact(word.text.clone())),
    };
    let slots: Vec<Slot> = (words.iter().enumerate())
        .filter_map(|(index, word)| {
            Some(Slot { offset: word.position - first, unit: 0, terms: wanted(index, word)? })
        })
        .collect();
    (!slots.is_empty()).then(|| Words {
        field: None,
        slots,
        slop: 0,
        span: at..at + piece.len(),
        plain: false,
    })
}

/// A run of more bigrams than this becomes min-should-match: an article need not have the bigrams across its word
/// boundaries.
const MAX_HAN_PHRASE_CHARS: usize = 3;
/// A run of more bigrams than this is a sentence, which may be a question.
const MAX_HAN_WORDS_CHARS: usize = 8;

/// Unquoted text: a word in all its forms, adjacent tokens (`COVID-19`, `A股`) as a phrase, and a long Han run as
/// min-should-match over its bigrams. A written date is a phrase.
pub(super) fn unquoted(piece: &str, at: usize, reading: Reading, field: Option<&str>) -> Option<Query> {
    let mut parts = Vec::new();
    let mut behind = 0;
    let is_phrase = |date: &ChineseDate| date.is_phrase() && reading == Reading::Forms;
    while let Some((from, date)) = ChineseDate::within(&piece[behind..], is_phrase) {
        let (from, to) = (behind + from, behind + from + date.length);
        parts.extend(undated(&piece[behind..from], at + behind, reading, field));
        let phrase = leaf(&piece[from..to], at + from, Reading::Exact).map(|mut words| {
            if date.day.is_some() {
                words.take_any_day();
            }
            Words { field: field.map(str::to_owned), plain: field.is_none(), ..words }
        });
        // Synonyms stay together when a query is relaxed.
        parts.extend(phrase.map(|words| Query::Synonyms(vec![Query::Words(words)])));
        behind = to;
    }
    parts.extend(undated(&piece[behind..], at + behind, reading, field));
    (!parts.is_empty()).then(|| Query::and(parts))
}

/// Unquoted text without a written date: words that punctuation separates, as white space does.
fn undated(piece: &str, at: usize, reading: Reading, field: Option<&str>) -> Option<Query> {
    if reading != Reading::Forms {
        return undivided(piece, at, reading, field);
    }
    let words = punctuation::words(piece).into_iter();
    let parts: Vec<Query> =
        words.filter_map(|(start, word)| undivided(word, at + start, reading, field)).collect();
    (!parts.is_empty()).then(|| Query::and(parts))
}

/// Unquoted text that is one word or run, as far as its punctuation says.
fn undivided(piece: &str, at: usize, reading: Reading, field: Option<&str>) -> Option<Query> {
    let mut words = leaf(piece, at, reading)?;
    words.field = field.map(str::to_owned);
    words.plain = reading == Reading::Forms && field.is_none();
    let han = piece.chars().any(text::is_han_like);
    if !han || words.slots.len() <= MAX_HAN_PHRASE_CHARS {
        return Some(Query::Words(words));
    }
    if words.slots.len() > MAX_HAN_WORDS_CHARS {
        words.leave_out_questions();
    }
    let bigrams = words.slots.len();
    Some(Query::MinShouldMatch {
        clauses: words.apart().map(Query::Words).collect(),
        least: Some(bigrams - bigrams / 3),
        optional: Vec::new(),
    })
}

/// Words that make a Chinese sentence a question and say nothing about its topic.
const QUESTIONS: [&str; 18] = [
    "什么", "哪", "谁", "怎么", "怎样", "如何", "为何", "何时", "何地", "何种", "何人", "何者", "何处",
    "多少", "是否", "几个", "吗", "呢",
];

impl Words {
    /// Lets the last slot of a date be 日 or 号.
    fn take_any_day(&mut self) {
        if let Some(slot) = self.slots.last_mut() {
            slot.terms = TermSet::Any(["日", "号"].map(|unit| TermSet::Prefix(unit.into())).into());
        }
    }

    /// Removes the bigrams that overlap a question word, unless no others remain.
    fn leave_out_questions(&mut self) {
        let pair = |slot: &Slot| match &slot.terms {
            TermSet::Exact(word) if word.chars().all(text::is_han_like) => Some(word.clone()),
            _ => None,
        };
        // The characters by position; other tokens leave gaps.
        let mut run: BTreeMap<u32, char> = BTreeMap::new();
        for slot in &self.slots {
            run.extend((slot.offset..).zip(pair(slot).unwrap_or_default().chars()));
        }
        let mut asking = BTreeSet::new();
        for &at in run.keys() {
            for question in QUESTIONS {
                let places = || (at..).zip(question.chars());
                if places().all(|(place, character)| run.get(&place) == Some(&character)) {
                    asking.extend(places().map(|(place, _)| place));
                }
            }
        }
        let asks = |slot: &Slot| {
            pair(slot).is_some_and(|_| asking.contains(&slot.offset) || asking.contains(&(slot.offset + 1)))
        };
        if !self.slots.iter().all(asks) {
            self.slots.retain(|slot| !asks(slot));
        }
    }

    /// Each slot as a leaf of its own.
    fn apart(&self) -> impl Iterator<Item = Words> {
        self.slots.iter().map(|slot| Words { slots: vec![slot.clone()], ..self.clone() })
    }
}

impl Query {
    /// Whether this was typed as plain words, which can be relaxed: it has nothing but these and their synonyms.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        match self {
            Query::Words(words) => words.plain,
            Query::Synonyms(parts) | Query::And(parts) | Query::Or(parts) => {
                parts.iter().all(Query::is_plain)
            }
            Query::MinShouldMatch { clauses, optional, .. } => {
                clauses.iter().chain(optional).all(Query::is_plain)
            }
            _ => false,
        }
    }

    /// The same query with no word plain: all of it is required, as `AND`, `+` and parentheses ask.
    pub(super) fn unrelaxable(mut self) -> Query {
        self.clear_plain();
        self
    }

    fn clear_plain(&mut self) {
        match self {
            Query::Words(words) => words.plain = false,
            Query::MinShouldMatch { clauses, optional, .. } => {
                clauses.iter_mut().chain(optional).for_each(Query::clear_plain);
            }
            Query::Synonyms(parts) | Query::And(parts) | Query::Or(parts) => {
                parts.iter_mut().for_each(Query::clear_plain);
            }
            Query::Boost(inner, _) | Query::Not(inner) => inner.clear_plain(),
            _ => {}
        }
    }

    /// The same query with all its plain words, each by itself, as clauses of one [`Query::MinShouldMatch`] without a
    /// number. `None` if that changes nothing.
    #[must_use]
    pub fn relaxed(&self) -> Option<Query> {
        self.with_fewer_words(None)
    }

    /// The same query with any one of its plain words instead of all.
    #[must_use]
    pub fn any_word(self) -> Query {
        self.with_fewer_words(Some(1)).unwrap_or(self)
    }

    /// The same query with `least` of its plain words. `None` if that changes nothing.
    fn with_fewer_words(&self, least: Option<usize>) -> Option<Query> {
        let parts = match self {
            Query::And(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        let (plain, mut rest): (Vec<Query>, Vec<Query>) = parts.iter().cloned().partition(Query::is_plain);
        // What was typed as one word (COVID-19) stays one, though it has two tokens.
        if let [Query::Words(_)] = plain.as_slice() {
            return None;
        }
        let clauses: Vec<Query> = plain.into_iter().flat_map(Query::apart).collect();
        if clauses.len() < 2 {
            return None;
        }
        rest.insert(0, Query::MinShouldMatch { clauses, least, optional: Vec::new() });
        Some(Query::and(rest))
    }

    /// The words of a plain part, each by itself and in any form; what has synonyms stays with them.
    #[must_use]
    pub fn apart(self) -> Vec<Query> {
        match self {
            Query::Words(words) => words
                .apart()
                .map(|mut word| {
                    for slot in &mut word.slots {
                        if let TermSet::Exact(text) = &slot.terms {
                            slot.terms = TermSet::Forms(text.clone());
                        }
                    }
                    Query::Words(word)
                })
                .collect(),
            Query::MinShouldMatch { clauses, .. } => clauses.into_iter().flat_map(Query::apart).collect(),
            // A long Han run is taken apart as it was typed.
            Query::Synonyms(mut several) if matches!(several.first(), Some(Query::MinShouldMatch { .. })) => {
                several.swap_remove(0).apart()
            }
            other => vec![other],
        }
    }
}
