//! Expands sets of terms to the terms that an index has.

use super::{deadline::DeadlineCheck, guard::too_much};
use crate::{
    problem::message,
    query::{Pattern, State, TermSet},
    text::english::{self, Family},
};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::OnceLock,
};
use tantivy::{
    Searcher, SegmentReader, TantivyError,
    index::SegmentId,
    postings::TermInfo,
    schema::Field,
    termdict::{TermDictionary, TermStreamer},
};
use tantivy_fst::Automaton;

/// Maximum number of terms of one segment to which a word of a query expands.
const MAX_SEGMENT_TERMS: usize = 50_000;

/// Where terms are looked for: in a field, or among those of one free key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Scope {
    pub field: Field,
    /// What all its terms begin with; empty for a whole field.
    pub prefix: String,
}

impl From<Field> for Scope {
    fn from(field: Field) -> Self {
        Self { field, prefix: String::new() }
    }
}

/// The terms of a field to which a set expands: per segment, sorted, each with its `TermInfo`.
#[derive(Clone, Debug, Default)]
pub(super) struct ExpandedTerms {
    segments: HashMap<SegmentId, SegmentTerms>,
    /// The number of bytes of dictionaries at which a pattern has looked.
    walked: u32,
}

impl ExpandedTerms {
    /// The terms of a segment.
    pub(super) fn of_segment(&self, segment: &SegmentReader) -> impl Iterator<Item = &TermInfo> {
        self.segments.get(&segment.segment_id()).into_iter().flatten().map(|(_, info)| info)
    }

    /// The term, if there is only one.
    pub(super) fn only_term(&self) -> Option<&str> {
        let mut words = self.segments.values().flatten().map(|(word, _)| word);
        let first = words.next()?;
        words.all(|word| word == first).then(|| std::str::from_utf8(first).ok()).flatten()
    }

    /// A lower bound of the number of terms: that of the segment with most.
    pub(super) fn len(&self) -> usize {
        self.segments.values().map(Vec::len).max().unwrap_or(0)
    }

    /// The number of terms in all segments, counted in each.
    pub(super) fn terms_of_all_segments(&self) -> usize {
        self.segments.values().map(Vec::len).sum()
    }

    /// An upper bound of the number of documents with any of the terms.
    pub(super) fn doc_freq(&self) -> u64 {
        self.segments.values().flatten().map(|(_, info)| u64::from(info.doc_freq)).sum()
    }

    /// The length of their positions in the index, in bytes.
    pub(super) fn position_bytes(&self) -> u64 {
        self.segments.values().flatten().map(|(_, info)| info.positions_range.len() as u64).sum()
    }

    /// The number of bytes of dictionaries at which a pattern has looked.
    pub(super) fn walked(&self) -> u32 {
        self.walked
    }

    /// The terms with their document frequencies, which count removed documents.
    pub(super) fn words(&self) -> BTreeMap<&str, u64> {
        let mut words = BTreeMap::new();
        for (word, info) in self.segments.values().flatten() {
            // All terms of a text field are UTF-8.
            if let Ok(word) = std::str::from_utf8(word) {
                *words.entry(word).or_default() += u64::from(info.doc_freq);
            }
        }
        words
    }
}

/// Expands a set by the term dictionaries of a scope.
pub(super) fn find(searcher: &Searcher, scope: &Scope, wanted: &TermSet) -> tantivy::Result<ExpandedTerms> {
    let mut found = ExpandedTerms::default();
    let steps = DeadlineCheck::default();
    for segment in searcher.segment_readers() {
        let mut words = Vec::new();
        let index = segment.inverted_index(scope.field)?;
        add(index.terms(), &scope.prefix, wanted, &steps, &mut words)?;
        // Several sets may have a term in common.
        words.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        words.dedup_by(|(a, _), (b, _)| a == b);
        if !words.is_empty() {
            found.segments.insert(segment.segment_id(), words);
        }
    }
    found.walked = steps.count();
    Ok(found)
}

type SegmentTerms = Vec<(Vec<u8>, TermInfo)>;

fn add(
    dictionary: &TermDictionary,
    scope: &str,
    wanted: &TermSet,
    steps: &DeadlineCheck,
    words: &mut SegmentTerms,
) -> tantivy::Result<()> {
    match wanted {
        TermSet::Exact(word) => exactly(dictionary, scope, word, words)?,
        TermSet::Forms(word) => {
            if let Some(family) = Family::new(word) {
                of_family(dictionary, scope, &family, words)?;
            }
            // A spelling that no rule of the family gives is still found as written.
            exactly(dictionary, scope, word, words)?;
        }
        TermSet::Prefix(prefix) => with_prefix(dictionary, scope, prefix, words)?,
        TermSet::Pattern(pattern) => {
            let stream =
                dictionary.search(Walker { scope: scope.as_bytes(), pattern, steps }).into_stream()?;
            take(stream, |_| true, words).map_err(|TooMany| too_many(pattern))?;
        }
        TermSet::Any(sets) => {
            sets.iter().try_for_each(|wanted| add(dictionary, scope, wanted, steps, words))?;
        }
    }
    Ok(())
}

fn exactly(
    dictionary: &TermDictionary,
    scope: &str,
    word: &str,
    words: &mut SegmentTerms,
) -> tantivy::Result<()> {
    let term = [scope, word].concat();
    words.extend(dictionary.get(&term)?.map(|info| (term.into_bytes(), info)));
    Ok(())
}

fn too_many(written: &dyn fmt::Display) -> TantivyError {
    too_much(message!(
        "`{}` expands to over {} terms; write more of the word",
        written.to_string(),
        MAX_SEGMENT_TERMS
    ))
}

/// A pattern behind the prefix of a scope, as the automaton with which tantivy walks a dictionary.
struct Walker<'q> {
    scope: &'q [u8],
    pattern: &'q Pattern,
    steps: &'q DeadlineCheck,
}

impl Automaton for Walker<'_> {
    /// The number of bytes of the scope that were matched, and the state of the pattern behind it. `None` outside the
    /// scope.
    type State = Option<(usize, State)>;

    fn start(&self) -> Self::State {
        Some((0, self.pattern.start()))
    }

    fn is_match(&self, state: &Self::State) -> bool {
        state.is_some_and(|(seen, state)| seen == self.scope.len() && self.pattern.is_match(state))
    }

    fn can_match(&self, state: &Self::State) -> bool {
        state.is_some_and(|(_, state)| self.pattern.may_match(state))
    }

    fn accept(&self, state: &Self::State, byte: u8) -> Self::State {
        // If hardly a term matches, the walk spends nearly all its time here.
        self.steps.step();
        let (seen, state) = (*state)?;
        match self.scope.get(seen) {
            None => Some((seen, self.pattern.step(state, byte))),
            Some(expected) => (*expected == byte).then_some((seen + 1, state)),
        }
    }
}

fn with_prefix(
    dictionary: &TermDictionary,
    scope: &str,
    prefix: &str,
    words: &mut SegmentTerms,
) -> tantivy::Result<()> {
    let from = [scope, prefix].concat();
    let mut range = dictionary.range().ge(&from);
    // The upper bound of all terms with this prefix: no UTF-8 text has the byte 0xFF.
    let after = [from.as_bytes(), &[0xff]].concat();
    range = range.lt(after);
    take(range.into_stream()?, |_| true, words).map_err(|TooMany| too_many(&format_args!("{prefix}*")))
}

fn of_family(
    dictionary: &TermDictionary,
    scope: &str,
    family: &Family<'_>,
    words: &mut SegmentTerms,
) -> tantivy::Result<()> {
    let prefix = [scope, family.prefix()].concat();
    let automaton = Suffixed { prefix: prefix.as_bytes(), suffixes: suffixes() };
    let member =
        |term: &[u8]| std::str::from_utf8(&term[scope.len()..]).is_ok_and(|word| family.contains(word));
    // The set of suffixes bounds the size of a family.
    take(dictionary.search(automaton).into_stream()?, member, words)
        .map_err(|TooMany| too_much(message!("a word expands to too many forms")))
}

struct TooMany;

fn take<A: Automaton>(
    mut stream: TermStreamer<'_, A>,
    wanted: impl Fn(&[u8]) -> bool,
    words: &mut SegmentTerms,
) -> Result<(), TooMany>
where
    A::State: Clone,
{
    let steps = DeadlineCheck::default();
    while stream.advance() {
        steps.step();
        if wanted(stream.key()) {
            if words.len() == MAX_SEGMENT_TERMS {
                return Err(TooMany);
            }
            words.push((stream.key().to_vec(), stream.value().clone()));
        }
    }
    Ok(())
}

/// An automaton that accepts a prefix followed by one of a set of suffixes.
struct Suffixed<'f> {
    prefix: &'f [u8],
    suffixes: &'static Trie,
}

impl Automaton for Suffixed<'_> {
    /// Within the prefix, the number of bytes matched; after it, the prefix length plus the trie node. `None` if
    /// nothing can match any more.
    type State = Option<usize>;

    fn start(&self) -> Self::State {
        Some(0)
    }

    fn is_match(&self, state: &Self::State) -> bool {
        let node = state.and_then(|seen| seen.checked_sub(self.prefix.len()));
        node.is_some_and(|node| self.suffixes.nodes[node].ends)
    }

    fn can_match(&self, state: &Self::State) -> bool {
        state.is_some()
    }

    fn accept(&self, state: &Self::State, byte: u8) -> Self::State {
        let seen = (*state)?;
        match seen.checked_sub(self.prefix.len()) {
            None => (self.prefix[seen] == byte).then_some(seen + 1),
            Some(node) => {
                let next = self.suffixes.nodes[node].next.iter().find(|(on, _)| *on == byte);
                next.map(|(_, node)| node + self.prefix.len())
            }
        }
    }
}

/// A set of byte strings; node 0 is the root.
struct Trie {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    ends: bool,
    next: Vec<(u8, usize)>,
}

fn suffixes() -> &'static Trie {
    static SUFFIXES: OnceLock<Trie> = OnceLock::new();
    SUFFIXES.get_or_init(|| {
        let mut trie = Trie { nodes: vec![Node::default()] };
        for suffix in english::suffixes() {
            let mut at = 0;
            for byte in suffix.bytes() {
                let known = trie.nodes[at].next.iter().find(|(on, _)| *on == byte).map(|(_, node)| *node);
                at = known.unwrap_or_else(|| {
                    trie.nodes.push(Node::default());
                    let new = trie.nodes.len() - 1;
                    trie.nodes[at].next.push((byte, new));
                    new
                });
            }
            trie.nodes[at].ends = true;
        }
        trie
    })
}

#[cfg(test)]
mod tests {
    use super::{Automaton as _, ExpandedTerms, Suffixed, find, suffixes};
    use crate::{
        index::embedded::fixture::Fixture,
        query::{Pattern, TermSet},
        text::{self, english},
    };
    use std::collections::BTreeSet;

    fn found(index: &Fixture, set: &TermSet) -> ExpandedTerms {
        let field = index.commit.searcher.schema().get_field("body").expect("it is built in");
        find(&index.commit.searcher, &field.into(), set).expect("it is within the limits")
    }

    /// By definition, a family is all words with the same stem.
    #[test]
    fn a_word_expands_to_all_words_with_its_stem() {
        let words = [
            "able",
            "abilities",
            "ability",
            "agree",
            "agreed",
            "agreeing",
            "agreement",
            "batteries",
            "battery",
            "batter",
            "die",
            "died",
            "dies",
            "dying",
            "happier",
            "happily",
            "happy",
            "hope",
            "hoped",
            "hoping",
            "hop",
            "hopped",
            "hopping",
            "hops",
            "lie",
            "lying",
            "pasted",
            "past",
            "price",
            "priced",
            "prices",
            "pricey",
            "pricing",
            "prize",
            "skies",
            "sky",
            "skying",
            "solarize",
            "solar",
            "solars",
        ];
        let index = Fixture::of_bodies(&words);
        for word in words {
            let found = found(&index, &TermSet::Forms(word.to_owned()));
            let mut expected: Vec<_> =
                words.into_iter().filter(|other| english::stem(other) == english::stem(word)).collect();
            expected.sort_unstable();
            assert_eq!(found.words().into_keys().collect::<Vec<_>>(), expected, "{word}");
        }
    }

    #[test]
    fn the_automaton_takes_the_prefix_with_a_whole_suffix() {
        let automaton = Suffixed { prefix: b"batter", suffixes: suffixes() };
        let state =
            |word: &str| word.bytes().fold(automaton.start(), |state, byte| automaton.accept(&state, byte));
        // Some of the suffixes are none, y, ies, ing and ingly, but not ab, in or ingl.
        for word in ["batter", "battery", "batteries", "battering", "batteringly"] {
            assert!(automaton.is_match(&state(word)), "{word}");
        }
        for word in ["", "batte", "batterab", "batterin", "batteringl"] {
            assert!(!automaton.is_match(&state(word)) && automaton.can_match(&state(word)), "{word}");
        }
        for word in ["butter", "batterx", "batteryx", "batteriesx"] {
            assert!(!automaton.can_match(&state(word)), "{word}");
        }
    }

    #[test]
    fn a_set_expands_to_the_terms_that_its_matcher_takes() {
        let bodies = ["sol solar solars sola som so", "铜价 铜 铝价", "соль со 솔라"];
        let index = Fixture::of_bodies(&bodies);
        let all: BTreeSet<String> =
            bodies.iter().flat_map(|body| text::tokens(body)).map(|token| token.text).collect();
        let exact = |word: &str| TermSet::Exact(word.to_owned());
        let prefix = |word: &str| TermSet::Prefix(word.to_owned());
        let sets = [
            exact("solar"),
            prefix("sol"),
            prefix("solar"),
            prefix("со"),
            prefix("铜"),
            prefix("铜价"),
            TermSet::Pattern(Pattern::wildcard("so?a*").expect("it is small")),
            TermSet::Pattern(Pattern::fuzzy("solar", 1)),
            TermSet::Any(vec![prefix("sola"), exact("solar"), exact("som"), prefix("sol")]),
        ];
        for set in sets {
            let matcher = set.matcher();
            let expected: Vec<&str> =
                all.iter().map(String::as_str).filter(|word| matcher.takes(word)).collect();
            let found = found(&index, &set);
            assert!(!expected.is_empty(), "{set:?}");
            assert_eq!(found.words().into_keys().collect::<Vec<_>>(), expected, "{set:?}");
            assert_eq!(found.len(), expected.len(), "{set:?} has each once");
        }
    }

    #[test]
    fn a_term_of_two_segments_is_one_term_with_the_documents_of_both() {
        let segments = [vec!["solar", "solar wind", "wind"], vec!["solar solars"]];
        let index =
            Fixture::of_segments(segments.map(|bodies| bodies.into_iter().map(Fixture::article).collect()));
        let one = found(&index, &TermSet::Exact("solar".into()));
        assert_eq!((one.only_term(), one.len(), one.terms_of_all_segments()), (Some("solar"), 1, 2));
        assert_eq!((one.doc_freq(), one.words().into_iter().collect()), (3, vec![("solar", 3)]));
        let two = found(&index, &TermSet::Forms("solar".into()));
        assert_eq!((two.only_term(), two.len(), two.terms_of_all_segments()), (None, 2, 3));
        assert_eq!(two.doc_freq(), 4, "an upper bound");
        let none = found(&index, &TermSet::Exact("sun".into()));
        assert_eq!((none.only_term(), none.len(), none.doc_freq()), (None, 0, 0));
    }
}
