//! From the words that a query wants to the words that an index has.

use super::deadline::DeadlineCheck;
use crate::{
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

/// A query's word may stand for so many words of a segment.
const MAX_WORDS: usize = 50_000;

/// The words of an index that are wanted in a field: per segment, in order, with where their documents are.
#[derive(Clone, Debug, Default)]
pub(super) struct ExpandedTerms {
    segments: HashMap<SegmentId, WordsOfSegment>,
}

impl ExpandedTerms {
    /// The words of a segment.
    pub(super) fn of_segment(&self, segment: &SegmentReader) -> impl Iterator<Item = &TermInfo> {
        self.segments.get(&segment.segment_id()).into_iter().flatten().map(|(_, info)| info)
    }

    /// The word, if there is but one.
    pub(super) fn only_word(&self) -> Option<&str> {
        let mut words = self.segments.values().flatten().map(|(word, _)| word);
        let first = words.next()?;
        words.all(|word| word == first).then(|| std::str::from_utf8(first).ok()).flatten()
    }

    /// How many words there are, at least: those of the segment that has most.
    pub(super) fn len(&self) -> usize {
        self.segments.values().map(Vec::len).max().unwrap_or(0)
    }

    /// How many terms the segments have, each counted by itself.
    pub(super) fn terms_of_all_segments(&self) -> usize {
        self.segments.values().map(Vec::len).sum()
    }

    /// In how many documents any of them is, at most.
    pub(super) fn doc_freq(&self) -> u64 {
        self.segments.values().flatten().map(|(_, info)| u64::from(info.doc_freq)).sum()
    }

    /// The words, with the number of documents that have each, deleted ones included.
    pub(super) fn words(&self) -> BTreeMap<&str, u64> {
        let mut words = BTreeMap::new();
        for (word, info) in self.segments.values().flatten() {
            // A dictionary of texts holds no other bytes.
            if let Ok(word) = std::str::from_utf8(word) {
                *words.entry(word).or_default() += u64::from(info.doc_freq);
            }
        }
        words
    }
}

/// Looks up the words of a field's dictionaries that are wanted.
pub(super) fn find(searcher: &Searcher, field: Field, wanted: &TermSet) -> tantivy::Result<ExpandedTerms> {
    let mut found = ExpandedTerms::default();
    for segment in searcher.segment_readers() {
        let mut words = Vec::new();
        add(segment.inverted_index(field)?.terms(), wanted, &mut words)?;
        // Several sets may have a word in common.
        words.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        words.dedup_by(|(a, _), (b, _)| a == b);
        if !words.is_empty() {
            found.segments.insert(segment.segment_id(), words);
        }
    }
    Ok(found)
}

type WordsOfSegment = Vec<(Vec<u8>, TermInfo)>;

fn add(dictionary: &TermDictionary, wanted: &TermSet, words: &mut WordsOfSegment) -> tantivy::Result<()> {
    match wanted {
        TermSet::Exact(word) => exactly(dictionary, word, words)?,
        TermSet::Forms(word) => {
            if let Some(family) = Family::new(word) {
                of_family(dictionary, &family, words)?;
            }
            // A spelling that no rule leads to is still found as it is written.
            exactly(dictionary, word, words)?;
        }
        TermSet::Prefix(prefix) => with_prefix(dictionary, prefix, words)?,
        TermSet::Pattern(pattern) => {
            let stream =
                dictionary.search(Walker { pattern, steps: DeadlineCheck::default() }).into_stream()?;
            take(stream, |_| true, words).map_err(|TooMany| too_many(pattern))?;
        }
        TermSet::Any(sets) => sets.iter().try_for_each(|wanted| add(dictionary, wanted, words))?,
    }
    Ok(())
}

fn exactly(dictionary: &TermDictionary, word: &str, words: &mut WordsOfSegment) -> tantivy::Result<()> {
    words.extend(dictionary.get(word)?.map(|info| (word.as_bytes().to_vec(), info)));
    Ok(())
}

fn too_many(written: &dyn fmt::Display) -> TantivyError {
    TantivyError::InvalidArgument(format!(
        "`{written}` expands to over {MAX_WORDS} terms; write more of the word"
    ))
}

/// A pattern as tantivy's dictionaries are walked with one.
struct Walker<'q> {
    pattern: &'q Pattern,
    steps: DeadlineCheck,
}

impl Automaton for Walker<'_> {
    type State = State;

    fn start(&self) -> State {
        self.pattern.start()
    }

    fn is_match(&self, state: &State) -> bool {
        self.pattern.is_match(*state)
    }

    fn can_match(&self, state: &State) -> bool {
        self.pattern.may_match(*state)
    }

    fn accept(&self, state: &State, byte: u8) -> State {
        // Where hardly a word matches, this is all that is done for long.
        self.steps.step();
        self.pattern.step(*state, byte)
    }
}

fn with_prefix(dictionary: &TermDictionary, prefix: &str, words: &mut WordsOfSegment) -> tantivy::Result<()> {
    let mut range = dictionary.range().ge(prefix);
    // The first string after all that begin so: 0xFF is in no UTF-8 text.
    let after = [prefix.as_bytes(), &[0xff]].concat();
    range = range.lt(after);
    take(range.into_stream()?, |_| true, words).map_err(|TooMany| too_many(&format_args!("{prefix}*")))
}

fn of_family(
    dictionary: &TermDictionary,
    family: &Family<'_>,
    words: &mut WordsOfSegment,
) -> tantivy::Result<()> {
    let automaton = Suffixed { prefix: family.prefix().as_bytes(), suffixes: suffixes() };
    let member = |word: &[u8]| std::str::from_utf8(word).is_ok_and(|word| family.contains(word));
    // A family is bounded by the suffixes that it can have.
    take(dictionary.search(automaton).into_stream()?, member, words)
        .map_err(|TooMany| TantivyError::InvalidArgument("a word expands to too many forms".into()))
}

struct TooMany;

fn take<A: Automaton>(
    mut stream: TermStreamer<'_, A>,
    wanted: impl Fn(&[u8]) -> bool,
    words: &mut WordsOfSegment,
) -> Result<(), TooMany>
where
    A::State: Clone,
{
    let steps = DeadlineCheck::default();
    while stream.advance() {
        steps.step();
        if wanted(stream.key()) {
            if words.len() == MAX_WORDS {
                return Err(TooMany);
            }
            words.push((stream.key().to_vec(), stream.value().clone()));
        }
    }
    Ok(())
}

/// Takes a prefix and then one of a set of suffixes.
struct Suffixed<'f> {
    prefix: &'f [u8],
    suffixes: &'static Trie,
}

impl Automaton for Suffixed<'_> {
    /// How much of the prefix was seen, then the node of the trie behind it; none where nothing fits any more.
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

/// A set of strings by their bytes; node 0 is the empty one.
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
