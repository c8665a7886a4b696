//! Patterns: wildcards, fuzzy words and regular expressions.
//!
//! Parsing a query compiles each pattern to an automaton over the bytes of a term. An engine walks its term dictionary
//! with it, and snippets test the tokens of a text with it, so that both match the same terms.

mod lucene;

use crate::problem::Message;
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use regex_automata::{
    Anchored, Input, MatchKind,
    dfa::{Automaton as _, StartKind, dense},
    nfa::thompson,
    util::{primitives::StateID, syntax},
};
use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, OnceLock},
};

/// Size limit of a regular expression's DFA, in bytes. Its NFA and its determinization have the same limit each.
const MAX_AUTOMATON: usize = 1 << 20;
/// Maximum nesting of groups in a regular expression.
const MAX_NESTING: u32 = 40;
/// Maximum length of a fuzzy word, in characters.
pub(super) const MAX_FUZZY: usize = 40;
/// Maximum number of edits of a fuzzy word.
pub(super) const MAX_EDITS: u8 = 2;

/// A set of terms, given by an automaton.
#[derive(Clone)]
pub struct Pattern {
    /// The pattern as a query writes it: `wor?d`, `word~1`, `/colou?r/`.
    written: String,
    /// The regular expression that was compiled; empty for a fuzzy word.
    expression: String,
    automaton: Arc<Automaton>,
}

/// A regular expression of Lucene, which matches whole terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LuceneRegexp {
    /// The expression, for a query without flags.
    pub expression: String,
    /// Whether it matches the same terms as the pattern. Otherwise it also matches others.
    pub is_exact: bool,
}

enum Automaton {
    Regex(Box<dense::DFA<Vec<u32>>>),
    Fuzzy(Box<DFA>),
}

/// The state of an automaton after some bytes; `None` once nothing can match any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State(Option<Place>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Regex(StateID),
    Fuzzy(u32),
}

impl Pattern {
    /// The terms that match a folded word with `*` (any number of characters) and `?` (one character).
    ///
    /// # Errors
    ///
    /// A message fragment if the automaton exceeds its size limit.
    pub fn wildcard(word: &str) -> Result<Self, Message> {
        let mut regex = String::with_capacity(2 * word.len());
        for c in word.chars() {
            match c {
                '*' => regex.push_str(".*"),
                '?' => regex.push('.'),
                c if c.is_ascii_punctuation() => regex.extend(['\\', c]),
                c => regex.push(c),
            }
        }
        let automaton = Arc::new(compile(&regex)?);
        Ok(Self { written: word.to_owned(), expression: regex, automaton })
    }

    /// The terms that a regular expression matches from end to end, in any case.
    ///
    /// # Errors
    ///
    /// A message fragment if the expression is invalid or its automaton exceeds its size limit.
    pub fn regex(expression: &str) -> Result<Self, Message> {
        let automaton = Arc::new(compile(expression)?);
        Ok(Self { written: format!("/{expression}/"), expression: expression.to_owned(), automaton })
    }

    /// The terms within `edits` edits of a folded word, except those with digits or Han characters. An edit inserts,
    /// deletes or replaces a character, or swaps two neighbours. `edits` is capped at 2.
    #[must_use]
    pub fn fuzzy(word: &str, edits: u8) -> Self {
        static BUILDERS: [OnceLock<LevenshteinAutomatonBuilder>; 3] = [const { OnceLock::new() }; 3];
        let edits = edits.min(MAX_EDITS);
        let builder =
            BUILDERS[usize::from(edits)].get_or_init(|| LevenshteinAutomatonBuilder::new(edits, true));
        let automaton = Automaton::Fuzzy(Box::new(builder.build_dfa(word)));
        let written = format!("{word}~{edits}");
        Self { written, expression: String::new(), automaton: Arc::new(automaton) }
    }

    /// The pattern as a regular expression of Lucene; `None` for one that is too long.
    #[must_use]
    pub fn lucene_regexp(&self) -> Option<LuceneRegexp> {
        match &*self.automaton {
            Automaton::Regex(_) => lucene::regexp(&self.expression),
            Automaton::Fuzzy(_) => {
                let expression = self.fuzzy_word().and_then(|(word, edits)| lucene::fuzzy(word, edits))?;
                Some(LuceneRegexp { expression, is_exact: true })
            }
        }
    }

    /// The word of a fuzzy pattern and the number of its edits.
    #[must_use]
    pub fn fuzzy_word(&self) -> Option<(&str, u8)> {
        match &*self.automaton {
            Automaton::Fuzzy(_) => {
                let (word, edits) = self.written.rsplit_once('~')?;
                Some((word, edits.parse().ok()?))
            }
            Automaton::Regex(_) => None,
        }
    }

    /// The memory of the automaton, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &*self.automaton {
            Automaton::Regex(dfa) => dfa.memory_usage(),
            Automaton::Fuzzy(dfa) => dfa.num_states() * size_of::<[u32; 256]>(),
        }
    }

    /// Whether a folded term is in the set.
    #[must_use]
    pub fn takes(&self, word: &str) -> bool {
        let mut state = self.start();
        for byte in word.bytes() {
            state = self.step(state, byte);
            if state.0.is_none() {
                return false;
            }
        }
        self.is_match(state)
    }

    /// The state before the first byte.
    #[must_use]
    pub fn start(&self) -> State {
        match &*self.automaton {
            Automaton::Regex(dfa) => {
                let input = Input::new("").anchored(Anchored::Yes);
                State(dfa.start_state_forward(&input).ok().map(Place::Regex))
            }
            Automaton::Fuzzy(dfa) => State(Some(Place::Fuzzy(dfa.initial_state()))),
        }
    }

    /// The state after one more byte.
    #[must_use]
    pub fn step(&self, state: State, byte: u8) -> State {
        match (&*self.automaton, state.0) {
            (Automaton::Regex(dfa), Some(Place::Regex(state))) => {
                let next = dfa.next_state(state, byte);
                let over = dfa.is_dead_state(next) || dfa.is_quit_state(next);
                State((!over).then_some(Place::Regex(next)))
            }
            // Bytes from 0xE0 on begin characters of three or more bytes: Han, kana and hangul among them.
            (Automaton::Fuzzy(dfa), Some(Place::Fuzzy(state))) if !byte.is_ascii_digit() && byte < 0xe0 => {
                let next = dfa.transition(state, byte);
                State((next != SINK_STATE).then_some(Place::Fuzzy(next)))
            }
            _ => State(None),
        }
    }

    /// Whether a term that ends in this state is in the set.
    #[must_use]
    pub fn is_match(&self, state: State) -> bool {
        match (&*self.automaton, state.0) {
            (Automaton::Regex(dfa), Some(Place::Regex(state))) => {
                dfa.is_match_state(dfa.next_eoi_state(state))
            }
            (Automaton::Fuzzy(dfa), Some(Place::Fuzzy(state))) => {
                matches!(dfa.distance(state), Distance::Exact(_))
            }
            _ => false,
        }
    }

    /// Whether more bytes may still lead to a match.
    #[must_use]
    pub fn may_match(&self, state: State) -> bool {
        state.0.is_some()
    }
}

/// Compiles a regular expression to an automaton that must match a whole term.
fn compile(expression: &str) -> Result<Automaton, Message> {
    let config = dense::Config::new()
        // All alternatives count, not only the first that matches: the whole term decides.
        .match_kind(MatchKind::All)
        .start_kind(StartKind::Anchored)
        .dfa_size_limit(Some(MAX_AUTOMATON))
        .determinize_size_limit(Some(MAX_AUTOMATON));
    let mut builder = dense::Builder::new();
    builder.configure(config);
    builder.syntax(syntax::Config::new().case_insensitive(true).nest_limit(MAX_NESTING));
    builder.thompson(thompson::Config::new().nfa_size_limit(Some(MAX_AUTOMATON)));
    let dfa = builder.build(expression).map_err(|error| {
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        // The error message draws the expression and a caret; its last line says what is wrong.
        let message = cause.to_string();
        let last = message.lines().last().unwrap_or_default();
        Message::verbatim(last.trim_start_matches("error: "))
    })?;
    Ok(Automaton::Regex(Box::new(dfa)))
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.written).finish()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.written.hash(state);
    }
}
